"""Who gets an announcement, and that each of its letters is sent by one bot."""

import pytest

from bot.database import Database, guilds, news
from bot.database.news import Announcement, Audience, Letter, Outcome
from bot.news import News
from bot.rules import Rules

OWNER, ANN, BEA, GUILD, CHANNEL = (2**60 + number for number in range(5))
FIRST = Announcement(2**61, OWNER, CHANNEL, 2**61 + 1, "There is more of me.")


async def begun(database: Database, *people: int) -> News:
    """News that are on their way to them."""
    office = News(database)
    for person in people:
        await office.choose(person, wanted=True)
    await office.begin(FIRST)
    return office


async def taken(office: News) -> Letter:
    letter = await office.take()
    assert letter is not None
    return letter


async def served(database: Database, rules: Rules) -> None:
    """A server has those rules."""
    async with database.transaction() as session:
        await guilds.hold(session, GUILD)
        await guilds.put(session, GUILD, rules)


async def test_who_asked_gets_them_and_a_server_where_it_wants_them(database: Database) -> None:
    office = News(database)
    await office.choose(ANN, wanted=True)
    await office.choose(BEA, wanted=False)
    await served(database, Rules(news_channel_id=CHANNEL, locale="de"))
    assert await office.audience() == Audience(people=1, channels=1)
    assert await office.begin(FIRST) == 2
    assert await office.begin(FIRST) == 0, "the same is begun once"
    person, channel = await taken(office), await taken(office)
    assert person == Letter(FIRST.id, ANN, None, FIRST.text, None, again=False)
    assert channel == Letter(FIRST.id, CHANNEL, GUILD, FIRST.text, "de", again=False)


async def test_a_server_that_the_bot_has_left_gets_none(database: Database) -> None:
    await served(database, Rules(news_channel_id=CHANNEL))
    async with database.transaction() as session:
        await guilds.leave(session, GUILD)
    assert not await News(database).audience()


async def test_a_letter_that_a_bot_has_begun_is_no_others(database: Database) -> None:
    office = await begun(database, ANN)
    letter = await taken(office)
    assert await office.take() is None
    for _ in range(2):
        await office.sent(letter, Outcome.REACHED)
    [done] = await office.done()
    assert (done.letters, done.reached, done.closed) == (1, 1, 0)
    await office.remove(done)
    assert not await office.under_way()


async def test_what_a_bot_has_left_is_anothers_after_a_while(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(news, "LEASE", -1.0)
    office = await begun(database, ANN)
    assert not (await taken(office)).again
    assert (await taken(office)).again
    assert await office.done() == []


async def test_only_who_can_not_be_written_to_is_dropped(database: Database) -> None:
    office = await begun(database, ANN, BEA)
    await office.sent(await taken(office), Outcome.CLOSED)
    await office.sent(await taken(office), Outcome.FAILED)
    [done] = await office.done()
    assert (done.letters, done.reached, done.closed) == (2, 0, 1)
    assert (await office.wants(ANN), await office.wants(BEA)) == (False, True)


@pytest.mark.parametrize(("now", "left"), [(CHANNEL, None), (OWNER, OWNER)])
async def test_a_channel_that_can_not_be_written_in_is_dropped_unless_it_is_another_by_now(
    database: Database, now: int, left: int | None
) -> None:
    await served(database, Rules(news_channel_id=CHANNEL))
    office = await begun(database)
    letter = await taken(office)
    await served(database, Rules(news_channel_id=now))
    await office.sent(letter, Outcome.CLOSED)
    async with database.transaction() as session:
        assert (await guilds.rules(session, GUILD)).news_channel_id == left


async def test_who_wants_none_any_more_gets_none(database: Database) -> None:
    office = await begun(database, ANN, BEA)
    await office.choose(ANN, wanted=False)
    assert (await taken(office)).recipient_id == BEA
    assert await office.take() is None
