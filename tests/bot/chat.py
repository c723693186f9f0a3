"""A chat to test in: the whole bot in SimCord's Discord, with a quick pool in place of dreams.

Everything else is real: database, queue, storage, and attachments fetched over a socket.
"""

import asyncio
import contextvars
import io
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

import discord
import numpy as np
import pytest
import simcord
import simcord.backend.cdn
from aiohttp import web
from aiohttp.test_utils import TestServer
from discord.webhook.async_ import async_context
from PIL import Image
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle

from bot.acceptance import Acceptance
from bot.arrivals import Arrivals
from bot.client import DreamBot, Parts
from bot.database import Database
from bot.dreams import Dreams
from bot.errors import Refusal
from bot.gallery import Gallery
from bot.gate import Gate
from bot.guilds import Guilds
from bot.history import History
from bot.intake import SPOILER, Intake
from bot.jobs import shared
from bot.jobs.acts import Acts
from bot.jobs.cancelling import Cancelling
from bot.jobs.forget import Forgetting
from bot.jobs.runner import Runner
from bot.jobs.submit import Submission
from bot.news import News
from bot.outages import Outages
from bot.outside import Outside
from bot.preferences import Preferences
from bot.presets import Presets
from bot.seen import Seen
from bot.settings import Settings
from bot.storage import Storage
from bot.ui.allowance import Allowance
from bot.ui.messenger import DiscordMessenger
from bot.ui.postman import Postman
from dream import (
    Dream,
    DreamError,
    Format,
    Imagination,
    Imagined,
    Limits,
    Output,
    Probe,
    Progress,
    Recipe,
    Series,
    Sheet,
)
from dream import encoding as dream_encoding
from dream import pictures as dream_pictures
from dream.networks import registry
from dream.sheet import grid
from tests.bot.tables import make_tables

APART = 0.05
"""Seconds between progress edits here."""


def picture(size: tuple[int, int] = (64, 48), kind: str = "PNG", colour: str = "teal") -> bytes:
    """A small picture as a file."""
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, kind)
    return file.getvalue()


def noise(size: tuple[int, int]) -> bytes:
    """A picture that hardly gets smaller in a file: 3 bytes a pixel."""
    file = io.BytesIO()
    Image.frombytes("RGB", size, Random(1).randbytes(size[0] * size[1] * 3)).save(file, "PNG")
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
        seen: Recipes that were dreamt.
        imagined: What was made from scratch.
        sheets: Series that were dreamt, each drawn on its sheet as it will be.
        further: Guide and mask that came with each.
        dreamt: What each was dreamt on.
        compared: What was to be shown side by side.
        labels: What was to stand above that, the last time.
        steps: States of progress that a dream goes through, each with a preview.
        gate: Dreams wait here after their first state until it is set.
        error: What dreams fail with.
        result: What dreams are, if not plain gold.
    """

    limits: Limits
    slots: int = 1
    steps: int = 4
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    error: DreamError | None = None
    result: bytes | None = None
    probe_error: Exception | None = None
    seen: list[Recipe] = field(default_factory=list)
    imagined: list[Imagination] = field(default_factory=list)
    sheets: list[Series] = field(default_factory=list)
    further: list[dict[str, bytes | None]] = field(default_factory=list)
    dreamt: list[bytes] = field(default_factory=list)
    compared: list[list[bytes]] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.gate.set()

    async def probe(self, data: bytes) -> Probe:
        if self.probe_error is not None:
            raise self.probe_error
        return dream_pictures.probe(data, self.limits)

    async def dream(
        self,
        data: bytes | None,
        recipe: Recipe,
        output: Output,
        *,
        guide: bytes | None = None,
        mask: bytes | None = None,
        on_progress: Callable[[Progress], None],
        timeout: float,
    ) -> Dream:
        self.seen.append(recipe)
        self.further.append({"guide": guide, "mask": mask})
        self.dreamt.append(data or b"")
        found = None if data is None else dream_pictures.decode(data, self.limits)
        await self._work(on_progress)
        size = recipe.dream_size(None if found is None else found.rgb.shape[1::-1])
        made = self.result or picture(size, colour="gold")
        return Dream(made, "PNG", size, recipe, 1.25, found.note if found else "")

    async def imagine(
        self,
        imagination: Imagination,
        output: Output,
        *,
        on_progress: Callable[[Progress], None],
        timeout: float,
    ) -> Imagined:
        self.imagined.append(imagination)
        await self._work(on_progress)
        made = picture((imagination.size, imagination.size), colour="gold")
        return Imagined(made, "PNG", imagination, 1.25)

    async def sheet(
        self,
        data: bytes | None,
        series: Series,
        output: Output,
        *,
        on_progress: Callable[[Progress], None],
        timeout: float,
    ) -> Sheet:
        assert data is not None
        self.sheets.append(series)
        found = dream_pictures.decode(data, self.limits)
        await self._work(on_progress)
        cells = [(label, dream_pictures.eight_bits(found.rgb)) for label in series.labels]
        drawn = np.asarray(grid(cells, series.columns, series.width))
        made, form = dream_encoding.encode(drawn, None, output)
        height, width, _ = drawn.shape
        return Sheet(made, form, (width, height), series, 1.25, found.note)

    async def _work(self, on_progress: Callable[[Progress], None]) -> None:
        for step in range(self.steps):
            preview = picture((32, 24), "JPEG", "plum")
            on_progress(Progress(step / self.steps, step + 1, self.steps, preview))
            await self.gate.wait()
            await asyncio.sleep(0.01)
        if self.error is not None:
            raise self.error

    async def reencode(self, data: bytes, output: Output) -> tuple[bytes, Format]:
        found = dream_pictures.decode(data, self.limits)
        return dream_encoding.encode(found.rgb, found.alpha, output)

    async def compare(
        self, shown: Sequence[tuple[str, bytes]], width: int, output: Output
    ) -> tuple[bytes, Format]:
        opened = [dream_pictures.decode(data, self.limits).rgb for _, data in shown]
        pixels = map(dream_pictures.eight_bits, opened)
        cells = list(zip([label for label, _ in shown], pixels, strict=True))
        self.compared.append([data for _, data in shown])
        self.labels = [label for label, _ in shown]
        sheet = np.asarray(grid(cells, len(cells), width))
        return dream_encoding.encode(sheet, None, output)


@dataclass
class Chat:
    """A server with a channel, a few people, and the bot.

    Attributes:
        networks: Folder with a file for each network: all is installed, and nothing dreams.
        pictures: Folder of the storage.
        expected: Kinds of errors that commands may raise, besides those that are told to people.
    """

    env: simcord.Env
    bot: DreamBot
    pool: QuickPool
    runner: Runner
    submission: Submission
    database: Database
    channel: ChannelHandle
    people: dict[str, MemberActor]
    networks: Path
    forgetting: Forgetting
    pictures: Path
    expected: tuple[type[BaseException], ...] = (Refusal, DreamError)

    @property
    def alice(self) -> MemberActor:
        return self.people["alice"]

    @property
    def me(self) -> discord.ClientUser:
        assert self.bot.user is not None
        return self.bot.user

    @property
    def bob(self) -> MemberActor:
        return self.people["bob"]

    def answers(self, channel: ChannelHandle | None = None) -> list[discord.Message]:
        """What the bot has posted, oldest first."""
        return [m for m in (channel or self.channel).history() if m.author.id == self.me.id]

    def answer(self, channel: ChannelHandle | None = None) -> discord.Message:
        """The one message that the bot has posted."""
        answers = self.answers(channel)
        assert len(answers) == 1, [message.content for message in answers]
        return answers[0]

    async def until(self, true: Callable[[], object], seconds: float = 30) -> None:
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
            if any(
                file.filename.removeprefix(SPOILER).startswith("dream-")
                for file in message.attachments
            )
        ]

    def sizes(self, channel: ChannelHandle | None = None) -> list[tuple[int, int]]:
        """Of the dreams, as they were delivered: each picture may have its own."""
        found = []
        for message in self.dreams(channel):
            data = self.env.backend.cdn.get(message.attachments[0].url)
            assert data is not None
            with Image.open(io.BytesIO(data)) as image:
                found.append(image.size)
        return found

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

    def post_unheard(
        self,
        author: MemberActor | discord.ClientUser,
        content: str,
        *files: tuple[str, bytes],
        channel: ChannelHandle | None = None,
        reply_to: int | None = None,
    ) -> int:
        """Post something that the gateway tells nobody of; the id of the message."""
        place = (channel or self.channel).id
        backend = self.env.backend
        reference = {"channel_id": str(place), "message_id": str(reply_to)} if reply_to else None
        stored = backend.create_message(
            place,
            author.id,
            content,
            attachments=backend.store_attachments(place, files),
            reference=reference,
            broadcast=False,
        )
        return int(stored.id)

    async def restart(self) -> None:
        """A new bot on the same database, as after a kill: what wasn't written is forgotten."""
        seen = Seen(self.database)
        await seen.load()
        self.bot = DreamBot(replace(self.bot.parts, seen=seen), shard_count=1)
        await self.env.restart_bot(self.bot)

    async def settled(self) -> None:
        """Wait until late edits would have come."""
        await asyncio.sleep(6 * APART)


def plain(error: BaseException) -> BaseException:
    """What a command error wraps."""
    while isinstance(original := getattr(error, "original", None), BaseException):
        error = original
    return error


async def parts_of(
    settings: Settings, database: Database, pool: QuickPool, gate: Gate | None = None
) -> tuple[Parts, Runner, Intake]:
    """What a bot on that database works with, and what has to be run or closed beside it."""
    storage = Storage(settings.pictures)
    guilds = Guilds(database, settings.limits)
    submission = Submission(database, storage, settings.limits, key=b"a key", guilds=guilds)
    allowance = Allowance(seconds=2 * APART)
    messenger = DiscordMessenger(
        submission.waits, apart=APART, allowance=allowance, pause=0.05, lull=0.1
    )
    runner = Runner(database, storage, pool, messenger, lease_seconds=5)
    outside = Outside(hosts=[], own=[], most=settings.picture_bytes)
    intake = Intake(most=settings.picture_bytes, outside=outside, storage=storage, patience=5)
    acceptance = Acceptance(settings, intake, pool, submission, runner, gate=gate, guilds=guilds)
    seen = Seen(database)
    await seen.load()
    news = News(database)
    parts = Parts(
        settings,
        acceptance,
        submission,
        messenger,
        acts=Acts(database, b"a key"),
        forgetting=Forgetting(database, storage, b"a key", patience=2),
        lineup=runner.lineup,
        cancelling=Cancelling(database, runner.tidy),
        history=History(database, storage, pool),
        dreams=Dreams(database, storage, intake, pool),
        gallery=Gallery(database),
        news=news,
        postman=Postman(news),
        preferences=Preferences(database),
        presets=Presets(database, settings.saved_presets),
        guilds=guilds,
        outages=Outages(database),
        seen=seen,
        arrivals=Arrivals(database),
    )
    return parts, runner, intake


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
    database_url: str | None = None,
    gated_by: Gate | None = None,
    **further: Any,
) -> AsyncIterator[Chat]:
    """A chat for one test; fails at its end over errors that nobody expected.

    Args:
        gated_by: Judges pictures.
        further: Other settings.
    """
    settings = Settings(
        data=folder,
        daily_credits=daily_credits,
        picture_bytes=picture_bytes,
        picture_pixels=picture_pixels,
        preset=preset,
        database_url=database_url,
        **further,
    )
    await make_tables(settings.database)
    database = Database(settings.database)
    pool = QuickPool(Limits(bytes=picture_bytes, pixels=picture_pixels), slots=slots)
    with pytest.MonkeyPatch.context() as patch:
        # While SimCord waits for all that is under way, its clock stands still.
        patch.setattr(shared, "APART", 0.0)
        parts, runner, intake = await parts_of(settings, database, pool, gated_by)
    bot = DreamBot(parts, message_content=message_content, shard_count=1)
    env = simcord.Env(bot, settle_timeout=10)
    networks = folder / "networks"
    with networks_in(networks):
        async with _files_over_a_socket(env):
            await env.start()
            # Outside of the commands' context: actions wait for commands, not for dreams.
            running = [
                asyncio.get_running_loop().create_task(routine, context=_outside(env))
                for routine in (runner.run(), parts.outages.run(), parts.postman.run())
            ]
            guild = env.create_guild()
            channel = guild.create_text_channel("dreams")
            people = {name: guild.add_member(env.create_user(name)) for name in ("alice", "bob")}
            kept = (networks, parts.forgetting, Path(settings.pictures))
            chat = Chat(env, bot, pool, runner, parts.submission, database, channel, people, *kept)
            try:
                yield chat
            finally:
                pool.gate.set()
                await runner.stop(5)
                for task in running:
                    task.cancel()
                await asyncio.gather(*running, return_exceptions=True)
                await parts.messenger.close()
                await intake.close()
                await env.shutdown()
                await database.close()
        left = [e for e in env.errors if not isinstance(plain(e), chat.expected)]
        assert not left, left


def _outside(env: simcord.Env) -> contextvars.Context:
    """A context of which nothing is known but how answers to interactions are edited."""
    context = contextvars.Context()
    context.run(async_context.set, env._webhook_adapter)
    return context


@contextmanager
def networks_in(folder: Path) -> Iterator[None]:
    """All networks are installed in that folder, which is made, and none of them dreams."""
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
