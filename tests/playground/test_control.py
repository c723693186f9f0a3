"""The control: what it makes go wrong, and that it isn't there unasked."""

import asyncio
import time
from urllib.parse import urlsplit

import httpx
import pytest

from bot.playground import DiscordBox
from tests.playground.conftest import (
    Dreamer,
    Hand,
    People,
    connected,
    form,
    listening,
    order,
    picture,
)


async def test_the_control_is_not_there_unless_asked_for() -> None:
    async with DiscordBox() as box, httpx.AsyncClient() as client:
        answer = await client.post(f"{box.page}playground/control", json={"do": "behave"})
    assert answer.status_code == 404


async def test_the_next_requests_fail_as_ordered_and_then_no_more(
    box: DiscordBox, ada: Hand
) -> None:
    await order(box, do="fail", method="GET", path="/channels/*/messages", times=2, status=500)
    await order(box, do="fail", path="/users/@me", status=429, retry_after=0.2)
    paths = [f"{ada.channel}/messages", "/users/@me", f"{ada.channel}/messages"]
    answers = [await ada.ask("GET", path) for path in paths]
    assert [answer.status_code for answer in answers] == [500, 429, 500]
    assert answers[1].json()["retry_after"] == 0.2
    assert [(await ada.ask("GET", path)).status_code for path in paths] == [200] * 3


async def test_an_answer_can_be_lost_after_its_effect(box: DiscordBox, ada: Hand) -> None:
    await order(box, do="fail", method="POST", path="*/messages", status=502, done=True)
    assert (await ada.try_to_post("heard all the same")).status_code == 502
    assert [message["content"] for message in await ada.messages()] == ["heard all the same"]


async def test_a_fault_may_be_meant_for_one_sender(box: DiscordBox, people: People) -> None:
    await order(box, do="fail", method="GET", path="/users/@me", status=500, user=box.bot_id)
    assert (await people.ada.ask("GET", "/users/@me")).status_code == 200
    assert (await people.bot.ask("GET", "/users/@me")).status_code == 500
    assert (await people.bot.ask("GET", "/users/@me")).status_code == 200


async def test_silence_lasts_as_long_as_ordered(box: DiscordBox, ada: Hand) -> None:
    await order(box, do="fail", path="/users/@me", seconds=0.3)
    began = time.monotonic()
    assert (await ada.ask("GET", "/users/@me")).status_code == 200
    assert time.monotonic() - began >= 0.3


async def test_who_hangs_up_before_a_refusal_is_no_error(
    box: DiscordBox, ada: Hand, caplog: pytest.LogCaptureFixture
) -> None:
    await order(box, do="fail", method="POST", path="*/messages", status=500, seconds=0.2)
    address = urlsplit(box.page)
    _, writer = await asyncio.open_connection(address.hostname, address.port)
    head = f"POST /api/v10{ada.channel}/messages HTTP/1.1\r\nHost: {address.netloc}\r\n"
    writer.write(f"{head}Content-Length: 1000000\r\n\r\n".encode() + bytes(1000))
    await writer.drain()
    await asyncio.sleep(0.1)
    writer.close()
    await writer.wait_closed()
    await asyncio.sleep(0.3)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_the_library_gets_over_a_429_and_a_500(box: DiscordBox, ada: Hand) -> None:
    async with connected(box, Dreamer()) as bot:
        await ada.post("hello")
        channel = (await bot.hears()).channel
        await order(box, do="fail", method="POST", path="*/messages", status=429, retry_after=0.1)
        await order(box, do="fail", method="POST", path="*/messages", status=500)
        await channel.send("after all")
    assert (await ada.messages())[0]["content"] == "after all"


async def test_requests_are_counted_with_their_moments(box: DiscordBox, people: People) -> None:
    began = time.time()
    message = await people.bot.post("one")
    path = f"{people.bot.channel}/messages/{message['id']}"
    for number in range(3):
        await people.bot.ask("PATCH", path, json={"content": str(number)})
    await people.ada.messages()
    seen = (await order(box, do="requests"))["requests"]
    edits = [each for each in seen if each["method"] == "PATCH"]
    assert [each["path"] for each in edits] == [path] * 3
    assert {each["route"] for each in edits} == {"/channels/{channel_id}/messages/{message_id}"}
    assert all(began - 1 < each["at"] < time.time() + 1 for each in edits)
    assert {each["sender"] for each in edits} != {seen[-1]["sender"]}
    await order(box, do="forget")
    assert (await order(box, do="requests"))["requests"] == []


async def test_messages_and_channels_disappear(box: DiscordBox, ada: Hand) -> None:
    message = await ada.post("soon gone")
    await order(box, do="delete_message", channel=box.channel, message=message["id"])
    assert await ada.messages() == []
    await order(box, do="delete_channel", channel=box.channel)
    assert (await ada.try_to_post("where?")).json()["code"] == 10003


async def test_a_bare_message_disappears_only_while_it_is_bare(
    box: DiscordBox, people: People
) -> None:
    message = await people.bot.post("looking")
    wanted = {"do": "delete_message", "channel": box.channel, "message": message["id"]}
    path = f"{people.bot.channel}/messages/{message['id']}"
    files = {"files[0]": ("dream.png", picture())}
    await people.bot.ask("PATCH", path, data={"payload_json": "{}"}, files=files)
    assert await order(box, **wanted, bare=True) == {"deleted": False}
    await people.bot.ask("PATCH", path, json={"attachments": []})
    assert await order(box, **wanted, bare=True) == {"deleted": True}
    assert await people.ada.messages() == []


async def test_whoever_is_admitted_talks_in_a_new_room(box: DiscordBox, people: People) -> None:
    async with connected(box, Dreamer()) as bot:
        assert await order(box, do="connected") == {"bots": 1}
        room = (await order(box, do="open_channel", name="attic"))["id"]
        alan = await order(box, do="admit", name="Alan")
        hand = Hand(box.api, room, alan["token"])
        await hand.post("hello")
        heard = await bot.hears()
        await hand.client.aclose()
    assert (str(heard.author.id), heard.author.display_name) == (alan["id"], "Alan")
    assert (str(heard.channel.id), heard.channel.name) == (room, "attic")  # type: ignore[union-attr]


async def test_every_writing_is_in_the_chronicle(box: DiscordBox, people: People) -> None:
    asked = await people.ada.post("!dream", ("cat.png", picture()))
    answer = await people.bot.post("soon", message_reference={"message_id": asked["id"]}, nonce="7")
    path = f"{people.bot.channel}/messages/{answer['id']}"
    files = {"files[0]": ("dream.png", picture())}
    await people.bot.ask("PATCH", path, data={"payload_json": "{}"}, files=files)
    await people.bot.ask("DELETE", path)
    writings = (await order(box, do="chronicle"))["writings"]
    assert [(each["act"], each["content"], each["files"]) for each in writings] == [
        ("post", "!dream", ["cat.png"]),
        ("post", "soon", []),
        ("edit", "soon", ["dream.png"]),
        ("delete", "soon", ["dream.png"]),
    ]
    assert [each["reply_to"] for each in writings] == [None, *[int(asked["id"])] * 3]
    assert writings[1]["nonce"] == "7"
    assert writings[1]["author"] == box.bot_id
    assert (await order(box, do="chronicle", after=3))["writings"] == writings[3:]


async def test_somebody_takes_no_whispers(box: DiscordBox, people: People) -> None:
    ada = box.persons[0].id
    channel = await people.bot.ask("POST", "/users/@me/channels", json={"recipient_id": str(ada)})
    path = f"/channels/{channel.json()['id']}/messages"
    await order(box, do="whispers", user=ada, open=False)
    refused = await people.bot.ask("POST", path, json={"content": "psst"})
    assert (refused.status_code, refused.json()["code"]) == (403, 50007)
    await order(box, do="whispers", user=ada, open=True)
    assert (await people.bot.ask("POST", path, json={"content": "psst"})).status_code == 200


async def test_an_order_that_cannot_be_read_is_refused(box: DiscordBox) -> None:
    async with httpx.AsyncClient() as client:
        for what in ({"do": "sing"}, {"do": "fail"}, {"do": "revoke", "permission": "fly"}):
            answer = await client.post(f"{box.page}playground/control", json=what)
            assert answer.status_code == 400, answer.text


async def test_a_forgotten_nonce_makes_a_second_message(box: DiscordBox, ada: Hand) -> None:
    for _ in range(2):
        await ada.post("once", nonce="n", enforce_nonce=True)
    await order(box, do="nonces", seconds=0)
    await ada.post("once", nonce="n", enforce_nonce=True)
    assert len(await ada.messages()) == 2


async def test_how_large_a_file_may_be_depends_on_the_boosts(
    box: DiscordBox, people: People
) -> None:
    large = ("large.bin", bytes(11 * 2**20))
    private = await people.bot.ask(
        "POST", "/users/@me/channels", json={"recipient_id": str(box.persons[0].id)}
    )
    refused = await people.bot.try_to_post("", large)
    assert (refused.status_code, refused.json()["code"]) == (413, 40005)
    async with listening(box, box.persons[0].token) as listener:
        assert (await order(box, do="boosts", level=2))["file_bytes"] == 50 * 2**20
        assert (await listener.next("GUILD_UPDATE"))["premium_tier"] == 2
    assert (await people.bot.try_to_post("", large)).status_code == 200
    path = f"/channels/{private.json()['id']}/messages"
    there = await people.bot.ask("POST", path, **form({}, large))
    assert there.status_code == 413, "no server's boosts count in direct messages"
