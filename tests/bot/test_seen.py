"""What a bot writes of what it has seen, and when not yet."""

import asyncio
from contextlib import ExitStack

import pytest

from bot.database import Database, seen
from bot.database.seen import Mark
from bot.seen import EVERYWHERE, Seen


@pytest.fixture
async def eyes(database: Database) -> Seen:
    """A bot's, which has caught up with what was before."""
    eyes = Seen(database)
    await eyes.load()
    eyes.caught_up(eyes.losses)
    return eyes


async def written(database: Database) -> dict[int, Mark]:
    async with database.transaction() as session:
        return await seen.marks(session)


def sees(eyes: Seen, message_id: int, channel_id: int = 1) -> None:
    with eyes.dealing_with(7, channel_id, message_id):
        pass


async def test_all_that_was_seen_is_written_at_once(database: Database, eyes: Seen) -> None:
    sees(eyes, 12)
    sees(eyes, 11)
    sees(eyes, 5, channel_id=2)
    assert await written(database) == {}
    await eyes.write()
    assert await written(database) == {1: Mark(7, 12), 2: Mark(7, 5)}


async def test_what_is_being_dealt_with_has_not_been_seen_yet(
    database: Database, eyes: Seen
) -> None:
    with eyes.dealing_with(7, 1, 11):
        sees(eyes, 12)
        await eyes.write()
        assert await written(database) == {1: Mark(7, 10)}
    await eyes.write()
    assert await written(database) == {1: Mark(7, 12)}


async def test_what_went_wrong_was_dealt_with_and_what_was_left_off_was_not(
    database: Database, eyes: Seen
) -> None:
    with pytest.raises(ValueError, match="wrong"), eyes.dealing_with(7, 1, 11):
        raise ValueError("wrong")
    with pytest.raises(asyncio.CancelledError), eyes.dealing_with(7, 1, 12):
        raise asyncio.CancelledError
    sees(eyes, 13)
    with ExitStack() as dealing:
        dealing.enter_context(eyes.dealing_with(7, 2, 21))
        dealing.pop_all()
    sees(eyes, 22, channel_id=2)
    await eyes.write()
    assert await written(database) == {1: Mark(7, 11), 2: Mark(7, 20)}


async def test_nothing_is_written_before_it_was_looked_for(database: Database, eyes: Seen) -> None:
    sees(eyes, 10)
    await eyes.write()
    again = Seen(database)
    await again.load()
    sees(again, 15)
    await again.write()
    assert again.gap == {1: Mark(7, 10)}
    assert await written(database) == {1: Mark(7, 10)}
    again.caught_up(again.losses)
    await again.write()
    assert await written(database) == {1: Mark(7, 15)}


async def test_a_connection_lost_while_catching_up_is_caught_up_with_later(
    database: Database, eyes: Seen
) -> None:
    eyes.lost_sight(0)
    losses = eyes.losses
    eyes.lost_sight(0)
    eyes.caught_up(losses)
    sees(eyes, 10)
    await eyes.write()
    assert await written(database) == {}
    eyes.regained_sight(0)
    await eyes.write()
    assert await written(database) == {1: Mark(7, 10)}


async def test_what_is_missed_goes_on_until_there_is_a_new_session(
    database: Database, eyes: Seen
) -> None:
    eyes.lost_sight(0)
    eyes.sees_again(0)
    eyes.lost_sight(0)
    # The session before tells of itself only now, when it is gone again.
    eyes.caught_up(eyes.losses)
    sees(eyes, 10)
    await eyes.write()
    assert await written(database) == {}
    eyes.sees_again(0)
    eyes.caught_up(eyes.losses)
    await eyes.write()
    assert await written(database) == {1: Mark(7, 10)}


async def test_a_resumed_connection_does_not_stand_for_the_bot_before(database: Database) -> None:
    eyes = Seen(database)
    await eyes.load()
    eyes.lost_sight(0)
    eyes.regained_sight(0)
    sees(eyes, 10)
    await eyes.write()
    assert await written(database) == {}
    eyes.caught_up(eyes.losses)
    await eyes.flush()
    assert await written(database) == {1: Mark(7, 10)}


async def test_a_resumed_connection_does_not_stand_for_the_session_before_it(
    database: Database, eyes: Seen
) -> None:
    eyes.lost_sight(0)
    eyes.sees_again(0)
    # Before that was looked for, the new session breaks off, and is taken up again.
    eyes.lost_sight(0)
    eyes.regained_sight(0)
    sees(eyes, 10)
    await eyes.write()
    assert await written(database) == {}
    eyes.caught_up(eyes.losses)
    await eyes.write()
    assert await written(database) == {1: Mark(7, 10)}


async def test_the_first_bot_of_all_misses_what_is_said_while_it_starts(database: Database) -> None:
    seen = Seen(database, since=100)
    await seen.load()
    assert seen.gap == {EVERYWHERE: Mark(EVERYWHERE, 100)}
    later = Seen(database, since=200)
    seen.caught_up(seen.losses)
    await seen.write()
    await later.load()
    assert later.gap[EVERYWHERE].message_id == 100
