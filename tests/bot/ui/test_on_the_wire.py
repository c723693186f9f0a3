"""How a dream reaches its person through what real connections do to a bot."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.commands import errors
from bot.ui import insisting, messenger, progress
from bot.ui.allowance import Allowance
from tests.bot.chat import noise, picture
from tests.bot.wire import Town, open_town
from tests.playground.conftest import Hand, Json


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with open_town(tmp_path) as town:
        yield town


async def growing(town: Town) -> Json:
    """A dream of Ada's has begun to grow, and shows no more for now."""
    town.pool.gate.clear()
    town.pool.steps = 1
    await town.ada.post("!dream", ("cat.png", picture()))
    [answer] = await town.until(lambda answers: answers and "octave" in answers[0]["content"])
    await asyncio.sleep(0.3)
    return answer


async def test_an_edit_whose_answer_is_lost_is_one_dream(town: Town) -> None:
    answer = await growing(town)
    await town.control("fail", method="PATCH", path="*", status=503, done=True, times=2)
    town.pool.gate.set()
    assert (await town.dream())["id"] == answer["id"]
    await asyncio.sleep(0.3)
    assert len(await town.answers()) == 1


@pytest.mark.parametrize("how", [{"status": 503}, {"broken": True}], ids=["503", "broken"])
@pytest.mark.parametrize("done", [True, False])
async def test_a_first_answer_that_is_lost_is_one_dream(town: Town, how: Json, done: bool) -> None:
    path = f"{town.ada.channel}/messages"
    user = town.bot.user.id if town.bot.user else 0
    await town.control("fail", method="POST", path=path, times=2, done=done, user=user, **how)
    await town.ada.post("!dream", ("cat.png", picture()))
    await town.dream()
    assert len(await town.answers()) == 1


async def test_a_first_answer_that_stays_lost_is_one_dream_later(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(insisting.insist.__kwdefaults__ or {}, "patience", 0.1)
    monkeypatch.setattr(errors, "AGAIN", 0.1)
    path = f"{town.ada.channel}/messages"
    user = town.bot.user.id if town.bot.user else 0
    await town.control("fail", method="POST", path=path, done=True, user=user, broken=True)
    await town.ada.post("!dream", ("cat.png", picture()))
    answer = await town.dream()
    assert answer["message_reference"]
    assert len(await town.answers()) == 1


async def test_a_refusal_arrives_over_connections_that_break(town: Town) -> None:
    path = f"{town.ada.channel}/messages"
    user = town.bot.user.id if town.bot.user else 0
    await town.control("fail", method="POST", path=path, times=2, user=user, broken=True)
    await town.control("fail", method="PATCH", path=f"{path}/*", times=2, user=user, broken=True)
    await town.ada.post("!dream", ("cat.png", b"no picture"))
    [answer] = await town.until(lambda answers: answers and "got it" not in answers[0]["content"])
    assert "picture" in answer["content"]


async def test_so_does_one_to_a_slash_command(town: Town) -> None:
    command = await town.ada.command("dream")
    image = {"id": "0", "filename": "cat.png"}
    await town.control("fail", method="PATCH", path="/webhooks/*", times=3, broken=True)
    option = {"name": "image", "type": 11, "value": "0"}
    data = {"id": command["id"], "name": "dream", "type": 1, "options": [option]}
    await town.ada.act(2, data | {"attachments": [image]}, ("cat.png", b"no picture"))
    [answer] = await town.until(lambda answers: answers and answers[0]["content"])
    assert "got it" not in answer["content"]


async def test_a_post_whose_answer_is_lost_is_found_when_its_nonce_is_forgotten(town: Town) -> None:
    answer = await growing(town)
    await town.control("nonces", seconds=0)
    await town.control("delete_message", channel=town.box.channel, message=answer["id"])
    await town.control("fail", method="POST", path="*/messages", status=503, done=True, times=1)
    town.pool.gate.set()
    dream = await town.dream()
    await asyncio.sleep(0.5)
    assert [found["id"] for found in await town.dreams()] == [dream["id"]]
    assert (await town.submission.balance(town.box.persons[0].id)).used == 1


async def test_a_server_that_hangs_is_asked_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messenger, "HANGS", 0.5)
    await growing(town)
    await town.control("fail", method="PATCH", path="*", seconds=60)
    town.pool.gate.set()
    await town.dream()


async def test_who_is_held_back_is_patient(town: Town) -> None:
    await growing(town)
    await town.control("fail", method="PATCH", path="*", status=429, retry_after=0.5, times=3)
    town.pool.gate.set()
    await town.dream()


async def test_a_server_that_lost_its_boosts_gets_a_smaller_file(town: Town) -> None:
    await town.control("boosts", level=2)
    await growing(town)
    town.pool.result = noise((2000, 1900))
    assert len(town.pool.result) > 10 * 2**20
    await town.control("boosts", level=0)
    town.pool.gate.set()
    [file] = (await town.dream())["attachments"]
    assert file["filename"].endswith(".jpg")
    assert 5 * 2**20 < file["size"] <= 10 * 2**20
    assert (file["width"], file["height"]) == (2000, 1900)


async def test_a_boosted_server_gets_the_dream_as_it_is(town: Town) -> None:
    await town.control("boosts", level=2)
    await growing(town)
    town.pool.result = noise((2000, 1900))
    town.pool.gate.set()
    [file] = (await town.dream())["attachments"]
    assert file["size"] == len(town.pool.result)


async def test_a_deleted_channel_leads_to_a_direct_message(town: Town) -> None:
    await growing(town)
    await town.control("delete_channel", channel=town.box.channel)
    town.pool.gate.set()
    assert "You asked for this in" in (await town.dream(town.others))["content"]


async def test_a_direct_message_whose_answer_is_lost_is_found(town: Town) -> None:
    await growing(town)
    await town.control("nonces", seconds=0)
    await town.control("revoke", permission="view_channel", channel=town.box.channel)
    path = f"{town.others.channel}/messages"
    await town.control("fail", method="POST", path=path, status=503, done=True)
    town.pool.gate.set()
    dream = await town.dream(town.others)
    await asyncio.sleep(0.5)
    assert [found["id"] for found in await town.dreams(town.others)] == [dream["id"]]


async def test_who_is_out_of_reach_gets_it_from_the_history(town: Town) -> None:
    ada = town.box.persons[0]
    await growing(town)
    await town.control("revoke", permission="attach_files", channel=town.box.channel)
    await town.control("whispers", user=ada.id, open=False)
    town.pool.gate.set()
    [answer] = await town.until(lambda answers: "`/history` gets it" in answers[0]["content"])
    assert not answer["attachments"]
    assert (await town.submission.balance(ada.id)).used == 0
    command = await town.ada.command("history")
    await town.ada.act(2, {"id": command["id"], "name": "history", "type": 1, "options": []})
    async with asyncio.timeout(20):
        while not (found := await town.dreams()):
            await asyncio.sleep(0.05)
    [handed] = found
    assert handed["flags"] & 1 << 6, "nobody else sees it"


@pytest.mark.long
async def test_each_picture_of_a_message_is_dreamt_over_connections_that_break(town: Town) -> None:
    path = f"{town.ada.channel}/messages"
    user = town.bot.user.id if town.bot.user else 0
    await town.control("fail", method="POST", path=path, times=2, done=True, user=user, broken=True)
    files = [(f"{side}.png", picture((side, side))) for side in (40, 48, 56)]
    await town.ada.post("!dream", *files)
    async with asyncio.timeout(30):
        while len(await town.dreams()) < 3:
            await asyncio.sleep(0.05)
    answers = await town.answers()
    lines = [line for answer in answers for line in answer["content"].splitlines()]
    assert [line for line in lines if "/3`" in line] == [
        f"-# I dreamt your picture `{number}/3`" for number in (1, 2, 3)
    ]


async def test_the_newest_picture_is_found_in_the_history(town: Town) -> None:
    await town.ada.post("look", ("cat.png", picture()))
    await town.ada.post("!dream")
    assert "the newest picture here" in (await town.dream())["content"]


async def test_an_avatar_is_had_from_the_server_that_serves_them(town: Town) -> None:
    await town.ada.post("!dream avatar")
    assert "your avatar" in (await town.dream())["content"]


@pytest.mark.long
async def test_ten_dreams_of_one_channel_stay_below_what_discord_grants(town: Town) -> None:
    board = town.bot.parts.messenger._board
    board._apart, board._allowance = progress.APART, Allowance()
    town.pool.gate.clear()
    town.pool.slots = 10
    for number in range(10):
        person = await town.control("admit", name=f"Dreamer {number}")
        hand = Hand(town.box.api, town.box.channel, person["token"])
        await hand.post("!dream", ("cat.png", picture()))
        await hand.client.aclose()
    await asyncio.sleep(8)
    town.pool.gate.set()
    async with asyncio.timeout(60):
        while len(await town.dreams()) < 10:
            await asyncio.sleep(0.2)
    writings = (await town.control("chronicle"))["writings"]
    edits = [each["at"] for each in writings if each["act"] == "edit"]
    assert len(edits) >= 12
    assert min(fifth - first for first, fifth in zip(edits, edits[4:], strict=False)) > 5
