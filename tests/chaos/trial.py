"""One trial: persons ask, the storm rages, it grows quiet, and the books are audited."""

import asyncio
import os
import signal
import time
from collections import Counter
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import aiohttp

from bot.database import Database, DatabaseAway
from bot.playground import DiscordBox
from tests.chaos.audit import Audit, Fault, audit
from tests.chaos.books import open_jobs, read_books
from tests.chaos.bots import Bot, gone, running
from tests.chaos.grounds import Ground, cluster, sqlite_file
from tests.chaos.persons import Persons, plan
from tests.chaos.server import Server
from tests.chaos.storm import Storm

LULL = 15.0
"""Seconds without a word of any bot, with no job open, after which nothing more will come."""


LATECOMERS = 180.0
"""Seconds in which an answer may still come that nothing announces: a channel that couldn't be
looked through is looked through again after a minute, one with answers left behind after two."""


@dataclass(frozen=True)
class Conditions:
    """Of a trial.

    Attributes:
        seconds: In which the persons ask.
        pause: Seconds between two blows on average; None for no storm.
        two_bots: Whether two share the token and the database, of which one is killed midway.
        credits: Of a person a day; some need more.
        limit: Seconds that the bots have to come to an end afterwards.
    """

    seed: int
    database: Literal["sqlite", "postgresql"]
    requests: int
    persons: int
    seconds: float
    pause: float | None = 6.0
    two_bots: bool = False
    credits: int = 1000
    limit: float = 900.0


@dataclass
class Outcome:
    """Of a trial.

    Attributes:
        quiet: Whether the bots came to an end in time.
        orphans: Ids of workers that outlived a bot that was killed.
        endings: Exit codes of bots that ended unasked.
        fallen: The storm's blows.
        seconds: That it took.
        log: Folder with the bots' logs.
    """

    audit: Audit
    quiet: bool
    orphans: list[int]
    endings: list[int]
    fallen: Counter[str]
    seconds: float
    log: Path
    load: tuple[float, float, float] = field(default_factory=os.getloadavg)

    @property
    def passed(self) -> bool:
        """Whether nothing was found that must not be."""
        return self.quiet and not self.orphans and not self.audit.findings


async def trial(conditions: Conditions, folder: Path) -> Outcome:
    """Hold a trial; `folder` takes the bots' data and logs.

    Raises:
        NoCluster: PostgreSQL isn't here.
    """
    began = time.monotonic()
    async with AsyncExitStack() as stack:
        box = await stack.enter_async_context(DiscordBox(control=True))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        ground = await stack.enter_async_context(_ground(conditions, folder))
        server = Server(box, session)
        channels = max(4, conditions.persons // 4)
        persons = Persons(
            session,
            box.api,
            await server.people(conditions.persons),
            await server.channels(channels),
            box.bot_id,
        )
        bots = [
            await stack.enter_async_context(running(_bot(conditions, box, ground, folder, number)))
            for number in range(1 + conditions.two_bots)
        ]
        await server.until_connected(len(bots))
        await persons.greet()
        database = Database(ground.url)
        stack.push_async_callback(database.close)
        storm = Storm(conditions.seed, server, bots, ground, database)
        wishes = plan(
            conditions.seed,
            requests=conditions.requests,
            persons=conditions.persons,
            channels=channels,
            seconds=conditions.seconds,
        )
        async with asyncio.TaskGroup() as group:
            group.create_task(persons.act(wishes))
            if conditions.two_bots:
                group.create_task(_kill_one(storm, bots[0], conditions.seconds / 2))
            elif conditions.pause is not None:
                group.create_task(storm.rage(conditions.seconds, conditions.pause))
        await server.until_connected(1)
        quiet = await _until_quiet(server, database, conditions.limit)
        found = await _audit(persons, server, database)
        latest = time.monotonic() + LATECOMERS
        while quiet and found.count(Fault.UNANSWERED) and time.monotonic() < latest:
            quiet = await _until_quiet(server, database, conditions.limit)
            found = await _audit(persons, server, database)
        orphans = await gone(storm.widows)
        return Outcome(
            found,
            quiet,
            orphans,
            [code for bot in bots for code in bot.endings],
            storm.fallen,
            time.monotonic() - began,
            folder,
        )


def _ground(conditions: Conditions, folder: Path) -> AbstractAsyncContextManager[Ground]:
    return sqlite_file(folder) if conditions.database == "sqlite" else cluster()


def _bot(conditions: Conditions, box: DiscordBox, ground: Ground, folder: Path, number: int) -> Bot:
    environment = {
        **os.environ,
        "DISCORD_TOKEN": box.bot_token,
        "DREAMBOT_DISCORD_API": box.api,
        "DREAMBOT_DISCORD_GATEWAY": box.gateway,
        "DREAMBOT_DISCORD_CDN": box.cdn,
        "DATABASE_URL": ground.url,
        "DREAMBOT_DATA": str(folder / f"bot-{number}"),
        "DREAMBOT_STORAGE": str(folder / "pictures"),
        "DREAMBOT_PRESET": "stones",
        "DREAMBOT_DREAM_PIXELS": "3072",
        "DREAMBOT_DEVICES": "cpu",
        "DREAMBOT_THREADS": "1",
        "DREAMBOT_DAILY_CREDITS": str(conditions.credits),
        "DREAMBOT_SERVER_CREDITS": "0",
        "DREAMBOT_SERVER_WAITING": "0",
        "DREAMBOT_LEASE_SECONDS": "10",
        "DREAMBOT_DRAIN_SECONDS": "3",
        # The network of the package alone, and nothing is downloaded.
        "DREAM_WEIGHTS": "",
        "DREAM_CACHE": str(folder / "cache"),
        "DREAM_MIRROR": "http://127.0.0.1:9",
    }
    return Bot(environment, folder / f"bot-{number}.log")


async def _kill_one(storm: Storm, bot: Bot, after: float) -> None:
    """Kill that bot, and start none in its place."""
    await asyncio.sleep(after)
    storm.widows += bot.workers
    assert bot.end(signal.SIGKILL, None)
    storm.fallen["bot killed for good"] += 1


async def _until_quiet(server: Server, database: Database, limit: float) -> bool:
    """Wait until no job is open and no bot says anything any more; whether that came in time."""
    loop = asyncio.get_running_loop()
    until, last = loop.time() + limit, loop.time()
    while loop.time() < until:
        said = [writing for writing in await server.read() if writing.author == server.bot]
        if said or not await server.bots() or await _open(database):
            last = loop.time()
        if loop.time() - last > LULL:
            return True
        await asyncio.sleep(0.5)
    return False


async def _audit(persons: Persons, server: Server, database: Database) -> Audit:
    await server.read()
    return audit(persons.asked, server.writings, server.bot, await read_books(database))


async def _open(database: Database) -> bool:
    try:
        return await open_jobs(database) > 0
    except DatabaseAway:
        return True
