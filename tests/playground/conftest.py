"""A box, a person's side of it, and real clients of discord.py in it."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import discord
import httpx
import pytest
import yarl
from discord.ext import commands
from PIL import Image

from bot.playground import DiscordBox, Person

Json = dict[str, Any]


def picture(size: tuple[int, int] = (32, 24), colour: str = "teal", kind: str = "PNG") -> bytes:
    """A small picture as a file."""
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, kind)
    return file.getvalue()


class Hand:
    """Acts for somebody through REST, as their own client does."""

    def __init__(self, api: str, channel: int | str, token: str) -> None:
        self.client = httpx.AsyncClient(base_url=api, headers={"Authorization": token}, timeout=20)
        self.channel = f"/channels/{channel}"
        self._channel_id = str(channel)

    async def ask(self, method: str, path: str, **what: Any) -> httpx.Response:
        return await self.client.request(method, path, **what)

    async def post(self, content: str = "", *files: tuple[str, bytes], **fields: Any) -> Json:
        answer = await self.try_to_post(content, *files, **fields)
        assert answer.status_code == 200, answer.text
        message: Json = answer.json()
        return message

    async def try_to_post(
        self, content: str = "", *files: tuple[str, bytes], **fields: Any
    ) -> httpx.Response:
        return await self.ask(
            "POST", f"{self.channel}/messages", **form({"content": content, **fields}, *files)
        )

    async def messages(self, **window: Any) -> list[Json]:
        answer = await self.ask("GET", f"{self.channel}/messages", params=window)
        assert answer.status_code == 200, answer.text
        found: list[Json] = answer.json()
        return found

    async def act(self, kind: int, data: Json, *files: tuple[str, bytes], **fields: Any) -> None:
        answer = await self.try_to_act(kind, data, *files, **fields)
        assert answer.status_code == 204, answer.text

    async def try_to_act(
        self, kind: int, data: Json, *files: tuple[str, bytes], **fields: Any
    ) -> httpx.Response:
        body = {"type": kind, "channel_id": self._channel_id, "data": data, **fields}
        return await self.ask("POST", "/interactions", **form(body, *files))

    async def command(self, name: str, kind: int = 1) -> Json:
        index = (await self.ask("GET", f"{self.channel}/application-command-index")).json()
        return next(
            each
            for each in index["application_commands"]
            if (each["name"], each["type"]) == (name, kind)
        )


def form(body: Json, *files: tuple[str, bytes]) -> Json:
    """A request's body: JSON, or a form with files."""
    if not files:
        return {"json": body}
    uploads = [(f"files[{index}]", file) for index, file in enumerate(files)]
    return {"data": {"payload_json": json.dumps(body)}, "files": uploads}


class Listener:
    """A person's gateway connection, in plain JSON as a browser's."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def next(self, name: str, seconds: float = 5) -> Json:
        """The next event of that name."""
        async with asyncio.timeout(seconds):
            while True:
                frame = await self.frame()
                if frame.get("t") == name:
                    data: Json = frame["d"]
                    return data

    async def frame(self) -> Json:
        frame: Json = await self.socket.receive_json(timeout=5)
        return frame

    async def send(self, op: int, data: Any) -> None:
        await self.socket.send_json({"op": op, "d": data})


@asynccontextmanager
async def listening(box: DiscordBox, token: str, **identity: Any) -> AsyncIterator[Listener]:
    """Somebody connected to the gateway, their guild received."""
    async with aiohttp.ClientSession() as session, session.ws_connect(box.gateway) as socket:
        listener = Listener(socket)
        assert (await listener.frame())["op"] == 10
        await listener.send(2, {"token": token, **identity})
        await listener.next("GUILD_CREATE")
        yield listener


@dataclass(frozen=True)
class People:
    """Those of the house, each by a hand; and the bot's."""

    ada: Hand
    grace: Hand
    linus: Hand
    barbara: Hand
    edsger: Hand
    bot: Hand


@pytest.fixture
async def box() -> AsyncIterator[DiscordBox]:
    async with DiscordBox(control=True) as box:
        yield box


@pytest.fixture
async def people(box: DiscordBox) -> AsyncIterator[People]:
    tokens = [*(person.token for person in box.persons), f"Bot {box.bot_token}"]
    hands = [Hand(box.api, box.channel, token) for token in tokens]
    yield People(*hands)
    for hand in hands:
        await hand.client.aclose()


@pytest.fixture
def ada(people: People) -> Hand:
    return people.ada


@pytest.fixture
def person(box: DiscordBox) -> Person:
    """Ada."""
    return box.persons[0]


async def order(box: DiscordBox, **what: Any) -> Json:
    """Give the control an order."""
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{box.page}playground/control", json=what)
    assert answer.status_code == 200, answer.text
    done: Json = answer.json()
    return done


class Dreamer(commands.AutoShardedBot):
    """A bot as anybody would write it with discord.py."""

    def __init__(self, **options: Any) -> None:
        intents = discord.Intents(guilds=True, messages=True, message_content=True, reactions=True)
        super().__init__("!", intents=options.pop("intents", intents), **options)
        self.heard: asyncio.Queue[discord.Message] = asyncio.Queue()
        self.resumes = asyncio.Event()

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def on_message(self, message: discord.Message, /) -> None:
        if message.author != self.user:
            await self.heard.put(message)

    async def on_shard_resumed(self, shard_id: int) -> None:
        self.resumes.set()

    async def hears(self) -> discord.Message:
        """The next message of somebody else."""
        return await asyncio.wait_for(self.heard.get(), 5)


@asynccontextmanager
async def connected(box: DiscordBox, bot: Dreamer) -> AsyncIterator[Dreamer]:
    """That bot, connected to the box as it would be to Discord."""
    before = (
        discord.http.Route.BASE,
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY,
        discord.Asset.BASE,
    )
    discord.http.Route.BASE = box.api
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(box.gateway)
    discord.Asset.BASE = box.cdn
    running = asyncio.create_task(bot.start(box.bot_token))
    ready = asyncio.create_task(box.bot_ready())
    try:
        await asyncio.wait({running, ready}, timeout=15, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
        assert ready.done()
        yield bot
    finally:
        ready.cancel()
        await bot.close()
        await asyncio.wait({running})
        discord.http.Route.BASE = before[0]
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = before[1]
        discord.Asset.BASE = before[2]


async def until(condition: Any, seconds: float = 5) -> Any:
    """What a condition (an async function) gives, once it gives something."""
    async with asyncio.timeout(seconds):
        while True:
            found = await condition()
            if found:
                return found
            await asyncio.sleep(0.02)
