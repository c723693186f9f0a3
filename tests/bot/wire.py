"""The whole bot on real sockets: connected to a box, with a quick pool in place of dreams."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import discord

from bot.client import DreamBot, use_addresses
from bot.database import Database
from bot.jobs.submit import Submission
from bot.playground import DiscordBox
from bot.settings import Settings
from dream import Limits
from tests.bot.chat import QuickPool, networks_in, parts_of
from tests.bot.tables import make_tables
from tests.playground.conftest import Hand, Json, order

LIMITS = Limits(bytes=32 * 2**20, pixels=10**7)


@dataclass
class Town:
    """A box with a bot in it, and Ada, who writes.

    Attributes:
        others: Her direct messages with the bot.
    """

    box: DiscordBox
    bot: DreamBot
    pool: QuickPool
    submission: Submission
    database: Database
    ada: Hand
    others: Hand

    async def control(self, do: str, **what: object) -> Json:
        return await order(self.box, do=do, **what)

    async def answers(self, hand: Hand | None = None) -> list[Json]:
        """What the bot has posted, oldest first."""
        messages = await (hand or self.ada).messages(limit=100)
        return [message for message in reversed(messages) if message["author"]["bot"]]

    async def dreams(self, hand: Hand | None = None) -> list[Json]:
        """Those that hold a dream."""
        return [
            message
            for message in await self.answers(hand)
            if any(file["filename"].startswith("dream-") for file in message["attachments"])
        ]

    async def until(
        self, true: Callable[[list[Json]], object], hand: Hand | None = None, seconds: float = 30
    ) -> list[Json]:
        """The bot's posts as soon as that is true of them."""
        async with asyncio.timeout(seconds):
            while not true(found := await self.answers(hand)):
                await asyncio.sleep(0.05)
        return found

    async def dream(self, hand: Hand | None = None) -> Json:
        """The first dream, once there is one."""
        async with asyncio.timeout(30):
            while not (found := await self.dreams(hand)):
                await asyncio.sleep(0.05)
        return found[0]


@asynccontextmanager
async def open_town(folder: Path) -> AsyncIterator[Town]:
    """A town for one test."""
    async with DiscordBox(control=True) as box:
        before = (
            discord.http.Route.BASE,
            discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY,
            discord.Asset.BASE,
        )
        settings = Settings(
            data=folder, discord_api=box.api, discord_gateway=box.gateway, discord_cdn=box.cdn
        )
        use_addresses(settings)
        try:
            with networks_in(folder / "networks"):
                async with _town(box, settings) as town:
                    yield town
        finally:
            discord.http.Route.BASE = before[0]
            discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = before[1]
            discord.Asset.BASE = before[2]


@asynccontextmanager
async def _town(box: DiscordBox, settings: Settings) -> AsyncIterator[Town]:
    await make_tables(settings.database)
    pool = QuickPool(LIMITS)
    ada = Hand(box.api, box.channel, box.persons[0].token)
    async with _bot(box, settings, pool) as (bot, database):
        me = {"recipient_id": bot.user.id if bot.user else 0}
        opened = await ada.ask("POST", "/users/@me/channels", json=me)
        others = Hand(box.api, opened.json()["id"], box.persons[0].token)
        try:
            yield Town(box, bot, pool, bot.parts.submission, database, ada, others)
        finally:
            await ada.client.aclose()
            await others.client.aclose()


@asynccontextmanager
async def another_bot(town: Town) -> AsyncIterator[DreamBot]:
    """A second bot on the same token and the same database."""
    async with _bot(town.box, town.bot.parts.settings, town.pool) as (bot, _):
        yield bot


@asynccontextmanager
async def _bot(
    box: DiscordBox, settings: Settings, pool: QuickPool
) -> AsyncIterator[tuple[DreamBot, Database]]:
    database = Database(settings.database)
    parts, runner, intake = await parts_of(settings, database, pool)
    bot = DreamBot(parts)
    routines = (bot.start(box.bot_token), runner.run(), parts.outages.run(), parts.postman.run())
    tasks = [asyncio.create_task(routine) for routine in routines]
    try:
        await asyncio.wait_for(box.bot_ready(), 15)
        await asyncio.wait_for(bot.up.wait(), 15)
        yield bot, database
    finally:
        pool.gate.set()
        await runner.stop(1)
        await parts.messenger.close()
        await bot.close()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await intake.close()
        await database.close()
