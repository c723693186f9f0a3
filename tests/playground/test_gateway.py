"""The gateway in plain JSON, as a browser speaks with it."""

import zlib

import aiohttp
import pytest

from bot.playground import DiscordBox
from tests.playground.conftest import Hand, Listener, People, listening, order


async def test_a_person_hears_what_is_said_and_done(box: DiscordBox, people: People) -> None:
    async with listening(box, box.persons[2].token) as linus:
        message = await people.ada.post("hello")
        heard = await linus.next("MESSAGE_CREATE")
        assert (heard["id"], heard["content"]) == (message["id"], "hello")
        assert heard["member"]["roles"] == []
        path = f"{people.ada.channel}/messages/{message['id']}"
        await people.ada.ask("PATCH", path, json={"content": "hello there"})
        assert (await linus.next("MESSAGE_UPDATE"))["content"] == "hello there"
        await people.ada.ask("PUT", f"{path}/reactions/✨/@me")
        assert (await linus.next("MESSAGE_REACTION_ADD"))["emoji"]["name"] == "✨"
        await people.ada.ask("POST", f"{people.ada.channel}/typing")
        assert (await linus.next("TYPING_START"))["user_id"] == message["author"]["id"]
        await people.ada.ask("DELETE", path)
        assert (await linus.next("MESSAGE_DELETE"))["id"] == message["id"]


async def test_the_guild_comes_with_its_people_and_rooms(box: DiscordBox) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(box.gateway) as socket:
        listener = Listener(socket)
        hello = await listener.frame()
        assert hello["d"]["heartbeat_interval"] > 10_000
        await listener.send(1, None)
        assert (await listener.frame())["op"] == 11
        await listener.send(2, {"token": box.persons[0].token})
        assert (await listener.next("READY"))["user"]["username"] == "ada"
        guild = await listener.next("GUILD_CREATE")
    assert guild["name"] == "The Dream House"
    assert [channel["name"] for channel in guild["channels"]] == ["dreams", "lounge"]
    assert str(box.channel) == guild["channels"][0]["id"]
    names = {member["user"]["username"] for member in guild["members"]}
    assert names == {"Dreambot", "ada", "grace", "linus", "barbara", "edsger"}


async def test_compressed_frames_are_one_stream(box: DiscordBox) -> None:
    address = f"{box.gateway}?v=10&encoding=json&compress=zlib-stream"
    inflate = zlib.decompressobj()
    async with aiohttp.ClientSession() as session, session.ws_connect(address) as socket:
        await socket.send_json({"op": 2, "d": {"token": box.persons[0].token}})
        frames = [await socket.receive_bytes(timeout=5) for _ in range(3)]
    assert all(frame.endswith(b"\x00\x00\xff\xff") for frame in frames)
    assert [b'"op":10' in inflate.decompress(frames[0]), len(frames)] == [True, 3]
    assert b'"t":"READY"' in inflate.decompress(frames[1])


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ({"op": 2, "d": {"token": "nonsense"}}, 4004),
        ({"op": 3, "d": {}}, 4003),
        ("{", 4002),
        ("[]", 4002),
        ("[" * 50_000, 4002),
        ("x" * 100_000, 1009),
        ({"op": 2, "d": {"token": "é"}}, 4004),
        ({"op": []}, 4003),
    ],
)
async def test_who_misspeaks_is_shut_out(box: DiscordBox, frame: object, code: int) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(box.gateway) as socket:
        await socket.receive_json(timeout=5)
        if isinstance(frame, str):
            await socket.send_str(frame)
        else:
            await socket.send_json(frame)
        await socket.receive(timeout=5)
        assert socket.close_code == code


async def test_a_bot_needs_intents_and_a_shard_that_is(box: DiscordBox) -> None:
    for identity, code in (
        ({}, 4013),
        ({"intents": 1 << 1}, 4014),
        ({"intents": 1, "shard": [2, 2]}, 4010),
        ({"intents": 1, "shard": [0, "x"]}, 4010),
    ):
        async with aiohttp.ClientSession() as session, session.ws_connect(box.gateway) as socket:
            await socket.receive_json(timeout=5)
            await socket.send_json({"op": 2, "d": {"token": box.bot_token, **identity}})
            await socket.receive(timeout=5)
            assert socket.close_code == code


async def test_of_two_shards_one_gets_the_guild_and_the_first_the_whispers(
    box: DiscordBox, ada: Hand
) -> None:
    own = (await ada.ask("GET", "/users/@me/guilds")).json()[0]["id"]
    right = (int(own) >> 22) % 2
    identity = {"intents": 1 << 9 | 1 << 12 | 1 << 15 | 1, "shard": [1 - right, 2]}
    async with aiohttp.ClientSession() as session, session.ws_connect(box.gateway) as socket:
        wrong = Listener(socket)
        await wrong.frame()
        await wrong.send(2, {"token": box.bot_token, **identity})
        assert (await wrong.next("READY"))["guilds"] == []
        identity["shard"] = [right, 2]
        async with listening(box, box.bot_token, **identity) as other:
            await ada.post("in the room")
            assert (await other.next("MESSAGE_CREATE"))["content"] == "in the room"
            bot = (await wrong_or(other, wrong, right)).socket
            assert not bot.closed
            channel = await whisper(ada, box)
            first = other if right == 0 else wrong
            await ada.ask("POST", f"/channels/{channel}/messages", json={"content": "psst"})
            assert (await first.next("MESSAGE_CREATE"))["content"] == "psst"


async def wrong_or(one: Listener, other: Listener, right: int) -> Listener:
    return one if right == 0 else other


async def whisper(hand: Hand, box: DiscordBox) -> str:
    members = (await hand.ask("GET", f"/guilds/{await guild(hand)}/members?limit=9")).json()
    bot = next(member["user"]["id"] for member in members if member["user"]["bot"])
    answer = await hand.ask("POST", "/users/@me/channels", json={"recipient_id": bot})
    number: str = answer.json()["id"]
    return number


async def guild(hand: Hand) -> str:
    number: str = (await hand.ask("GET", "/users/@me/guilds")).json()[0]["id"]
    return number


async def test_a_session_that_said_goodbye_is_not_resumed(box: DiscordBox, ada: Hand) -> None:
    async with aiohttp.ClientSession() as session:
        for code, lasting in ((1000, False), (4000, True)):
            socket = await session.ws_connect(box.gateway)
            listener = Listener(socket)
            await listener.frame()
            await listener.send(2, {"token": box.persons[0].token})
            number = (await listener.next("READY"))["session_id"]
            await socket.close(code=code)
            await ada.post(f"after {code}")
            async with session.ws_connect(box.gateway) as again:
                listener = Listener(again)
                await listener.frame()
                resume = {"token": box.persons[0].token, "session_id": number, "seq": 2}
                await listener.send(6, resume)
                if lasting:
                    assert (await listener.next("MESSAGE_CREATE"))["content"] == "after 4000"
                    await listener.next("RESUMED")
                else:
                    assert await listener.frame() == {"op": 9, "d": False}


async def test_what_was_said_while_the_line_was_cut_is_heard_after_a_resume(
    box: DiscordBox, ada: Hand
) -> None:
    person = box.persons[0]
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(box.gateway) as socket:
            listener = Listener(socket)
            await listener.frame()
            await listener.send(2, {"token": person.token})
            number = (await listener.next("READY"))["session_id"]
            await listener.next("GUILD_CREATE")
            ended = await order(box, do="disconnect", user=person.id, abruptly=True)
            assert ended == {"ended": 1}
            await ada.post("meanwhile")
            # A client that closes what it takes for open says goodbye to nobody.
            await socket.close(code=1000)
        async with session.ws_connect(box.gateway) as again:
            listener = Listener(again)
            await listener.frame()
            resume = {"token": person.token, "session_id": number, "seq": 2}
            await listener.send(6, resume)
            assert (await listener.next("MESSAGE_CREATE"))["content"] == "meanwhile"
            await listener.next("RESUMED")


async def test_after_an_invalid_session_one_may_identify_on_the_same_line(box: DiscordBox) -> None:
    person = box.persons[0]
    async with listening(box, person.token) as listener:
        await order(box, do="disconnect", user=person.id, resumable=False)
        assert await listener.frame() == {"op": 9, "d": False}
        await listener.send(2, {"token": person.token})
        assert (await listener.next("READY"))["user"]["username"] == "ada"


async def test_the_bots_coming_and_going_is_seen(box: DiscordBox) -> None:
    async with listening(box, box.persons[0].token) as ada:
        async with listening(box, box.bot_token, intents=1):
            assert (await ada.next("PRESENCE_UPDATE"))["status"] == "online"
        assert (await ada.next("PRESENCE_UPDATE"))["status"] == "offline"


async def test_a_whisper_is_heard_by_the_two_alone(box: DiscordBox, people: People) -> None:
    channel = await whisper(people.ada, box)
    async with listening(box, box.persons[2].token) as linus:
        path = f"/channels/{channel}/messages"
        await people.ada.ask("POST", path, json={"content": "secret"})
        await people.ada.post("aloud")
        assert (await linus.next("MESSAGE_CREATE"))["content"] == "aloud"


async def test_a_lost_permission_to_see_ends_hearing(box: DiscordBox, people: People) -> None:
    async with listening(box, box.persons[2].token) as linus:
        await order(box, do="revoke", permission="view_channel", user=box.persons[2].id)
        await people.ada.post("unheard")
        await order(box, do="grant", permission="view_channel", user=box.persons[2].id)
        await people.ada.post("heard")
        assert (await linus.next("MESSAGE_CREATE"))["content"] == "heard"
