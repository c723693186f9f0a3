"""A chat to test in: the whole bot in SimCord's Discord, with a quick pool in place of dreams.

Everything else is real: database, queue, storage, and attachments fetched over a socket.
"""

import asyncio
import contextvars
import io
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import discord
import pytest
import simcord
import simcord.backend.cdn
from aiohttp import web
from aiohttp.test_utils import TestServer
from PIL import Image
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle

from bot.acceptance import Acceptance
from bot.client import DreamBot, Parts
from bot.database import Database, migrate
from bot.errors import Refusal
from bot.intake import Intake
from bot.jobs.runner import Runner
from bot.jobs.submit import Submission
from bot.settings import Settings
from bot.storage import Storage
from bot.ui.messenger import DiscordMessenger
from dream import Dream, DreamError, Limits, Output, Probe, Progress, Recipe
from dream import pictures as dream_pictures
from dream.networks import registry

APART = 0.05
"""Seconds between progress edits here."""


def picture(size: tuple[int, int] = (64, 48), kind: str = "PNG", colour: str = "teal") -> bytes:
    """A small picture as a file."""
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, kind)
    return file.getvalue()


def animation() -> bytes:
    """A GIF of three frames."""
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "green", "blue")]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    return file.getvalue()


@dataclass
class QuickPool:
    """Stands at the door of `dream.Pool`: probes for real, dreams a plain picture in no time.

    Attributes:
        steps: States of progress that a dream goes through, each with a preview.
        gate: Dreams wait here after their first state until it is set.
        error: What dreams fail with.
    """

    limits: Limits
    slots: int = 1
    steps: int = 4
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    error: DreamError | None = None
    probe_error: Exception | None = None
    seen: list[Recipe] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.gate.set()

    async def probe(self, data: bytes) -> Probe:
        if self.probe_error is not None:
            raise self.probe_error
        return dream_pictures.probe(data, self.limits)

    async def dream(
        self,
        data: bytes,
        recipe: Recipe,
        output: Output,
        *,
        on_progress: Callable[[Progress], None],
        timeout: float,
    ) -> Dream:
        self.seen.append(recipe)
        found = dream_pictures.decode(data, self.limits)
        for step in range(self.steps):
            preview = picture((32, 24), "JPEG", "plum")
            on_progress(Progress(step / self.steps, step + 1, self.steps, preview))
            await self.gate.wait()
            await asyncio.sleep(0.01)
        if self.error is not None:
            raise self.error
        height, width, _ = found.rgb.shape
        size = recipe.dream_size((width, height))
        return Dream(picture(size, colour="gold"), "PNG", size, recipe, 1.25, found.note)


@dataclass
class Chat:
    """A server with a channel, a few people, and the bot.

    Attributes:
        networks: Folder with a file for each network: all is installed, and nothing dreams.
        expected: Kinds of errors that commands may raise, besides those that are told to people.
    """

    env: simcord.Env
    bot: DreamBot
    pool: QuickPool
    runner: Runner
    submission: Submission
    channel: ChannelHandle
    people: dict[str, MemberActor]
    networks: Path
    expected: tuple[type[BaseException], ...] = (Refusal, DreamError)

    @property
    def alice(self) -> MemberActor:
        return self.people["alice"]

    @property
    def bob(self) -> MemberActor:
        return self.people["bob"]

    def answers(self, channel: ChannelHandle | None = None) -> list[discord.Message]:
        """What the bot has posted, oldest first."""
        me = self.bot.user
        assert me is not None
        return [m for m in (channel or self.channel).history() if m.author.id == me.id]

    def answer(self, channel: ChannelHandle | None = None) -> discord.Message:
        """The one message that the bot has posted."""
        answers = self.answers(channel)
        assert len(answers) == 1, [message.content for message in answers]
        return answers[0]

    async def until(self, true: Callable[[], object], seconds: float = 10) -> None:
        """Wait for what happens outside of any command: dreams and their delivery."""
        async with asyncio.timeout(seconds):
            while not true():
                await asyncio.sleep(0.01)

    async def result(self, channel: ChannelHandle | None = None) -> discord.Message:
        """The bot's one answer, once it is a dream."""
        await self.until(lambda: self.dreams(channel))
        return self.answer(channel)

    def dreams(self, channel: ChannelHandle | None = None) -> list[discord.Message]:
        """The bot's answers that hold a finished dream."""
        return [
            message
            for message in self.answers(channel)
            if any(file.filename.startswith("dream-") for file in message.attachments)
        ]

    def asked(self, method: str, end: str = "") -> list[tuple[str, dict[str, Any]]]:
        """Path and body of what the bot asked of Discord by that method, oldest first.

        Args:
            end: How the path ends.
        """
        return [
            (request.path, request.json or {})
            for request in self.env.http_requests
            if request.method == method and request.path.endswith(end)
        ]

    async def settled(self) -> None:
        """Wait until late edits would have come."""
        await asyncio.sleep(6 * APART)


def plain(error: BaseException) -> BaseException:
    """What a command error wraps."""
    while isinstance(original := getattr(error, "original", None), BaseException):
        error = original
    return error


@asynccontextmanager
async def open_chat(
    folder: Path,
    *,
    message_content: bool = True,
    daily_credits: int = 20,
    picture_bytes: int = 2**20,
    picture_pixels: int = 10**6,
    slots: int = 1,
    preset: str | None = None,
) -> AsyncIterator[Chat]:
    """A chat for one test; fails at its end over errors that nobody expected."""
    settings = Settings(
        data=folder,
        daily_credits=daily_credits,
        picture_bytes=picture_bytes,
        picture_pixels=picture_pixels,
        preset=preset,
    )
    await migrate(settings.database)
    database = Database(settings.database)
    storage = Storage(settings.pictures)
    pool = QuickPool(Limits(bytes=picture_bytes, pixels=picture_pixels), slots=slots)
    submission = Submission(database, storage, daily_credits=daily_credits)
    messenger = DiscordMessenger(submission.waits, apart=APART, pause=0.05, lull=0.1)
    runner = Runner(database, storage, pool, messenger, lease_seconds=5)
    intake = Intake(most=picture_bytes, patience=5)
    acceptance = Acceptance(settings, intake, pool, submission, runner)
    parts = Parts(settings, acceptance, submission, messenger)
    bot = DreamBot(parts, message_content=message_content, shard_count=1)
    env = simcord.Env(bot, settle_timeout=10)
    networks = folder / "networks"
    with _networks_in(networks):
        async with _files_over_a_socket(env):
            await env.start()
            # Outside of the commands' context: actions wait for commands, not for dreams.
            running = asyncio.get_running_loop().create_task(
                runner.run(), context=contextvars.Context()
            )
            guild = env.create_guild()
            channel = guild.create_text_channel("dreams")
            people = {name: guild.add_member(env.create_user(name)) for name in ("alice", "bob")}
            chat = Chat(env, bot, pool, runner, submission, channel, people, networks)
            try:
                yield chat
            finally:
                pool.gate.set()
                await runner.stop(5)
                running.cancel()
                with suppress(asyncio.CancelledError):
                    await running
                await messenger.close()
                await intake.close()
                await env.shutdown()
                await database.close()
        left = [e for e in env.errors if not isinstance(plain(e), chat.expected)]
        assert not left, left


@contextmanager
def _networks_in(folder: Path) -> Iterator[None]:
    folder.mkdir()
    for network in registry.networks().values():
        (folder / network.weights.file).touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DREAM_WEIGHTS", str(folder))
        patch.setenv("DREAM_CACHE", str(folder))
        yield


@asynccontextmanager
async def _files_over_a_socket(env: simcord.Env) -> AsyncIterator[None]:
    """Serve what people attach from a real server, as Discord does."""
    base = simcord.backend.cdn.CDN_BASE

    async def file(request: web.Request) -> web.Response:
        found = env.backend.cdn.get(f"{simcord.backend.cdn.CDN_BASE}{request.path}")
        return web.Response(body=found) if found is not None else web.Response(status=404)

    app = web.Application()
    app.router.add_get("/{path:.*}", file)
    async with TestServer(app) as server:
        simcord.backend.cdn.CDN_BASE = f"http://127.0.0.1:{server.port}"
        try:
            yield
        finally:
            simcord.backend.cdn.CDN_BASE = base
