"""Load: what many persons at once do to the bot, with the server's rate limits on.

    python -m benchmarks.load [--persons 200] [--channels 50] [--seconds 10]

A playground's server listens on a socket; one bot, a process of its own with real workers, is
connected to it; simulated persons post pictures over HTTP as their own client would. Dreams are
made small, so that the bot is what is measured. First some persons warm it up; then every person
posts one picture within the given time; then one person posts thirty at once, and another one.

Times are read off the server's chronicle: from the post to the first answer, and to the dream.
CPU time and memory are those of the bot's process alone, without its workers; what it takes while
idle, the probe's included, is taken off the CPU time of its jobs. The lag of its event
loop is how much later than asked a sleep of 10 ms ends in it; the same sleep in a process that
does nothing else tells what is the machine's.
"""

import argparse
import asyncio
import logging
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import aiohttp
from sqlalchemy import select

from bot import app
from bot.__main__ import LOG_FORMAT
from bot.database import Database
from bot.database.models import JobRow
from bot.playground import DiscordBox
from bot.settings import Settings
from tests.chaos.audit import dreams_in
from tests.chaos.books import open_jobs
from tests.chaos.persons import Kind, Persons, Wish
from tests.chaos.server import Server

STEP = 0.01
"""Seconds of the sleep whose lateness is the lag."""

WARM_UP = 40
BURST = 30
SETTLE = 15.0
LIMIT = 600.0
PRESET, SLOW_PRESET = "engraving", "dreamy"


def main() -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=200)
    parser.add_argument("--channels", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--database", help="its address; else a SQLite file")
    parser.add_argument("--bot", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--idle", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.bot:
        asyncio.run(_bot(chosen.bot))
    elif chosen.idle:
        asyncio.run(_probe(chosen.idle))
    else:
        asyncio.run(_measure(chosen))


# In the processes that are measured


async def _bot(lags: Path) -> None:
    """The bot as it is, with the probe beside it in its loop."""
    settings = Settings()
    logging.basicConfig(level=settings.log, format=LOG_FORMAT, stream=sys.stderr)
    stop = asyncio.Event()
    probing = asyncio.create_task(_probe(lags))
    with app.stopped_by_signals(stop.set):
        await app.serve(settings, stop)
    probing.cancel()


async def _probe(lags: Path) -> None:
    """Write down when each sleep ended, and how much too late."""
    with lags.open("w", buffering=1 << 16) as file:
        while True:
            due = time.monotonic() + STEP
            await asyncio.sleep(STEP)
            now = time.monotonic()
            file.write(f"{now:.4f} {now - due:.5f}\n")


# Around them


@dataclass
class Process:
    """A process that is measured; seconds and MiB."""

    pid: int

    @property
    def cpu(self) -> float:
        """CPU time that it has taken."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def memory(self) -> float:
        """Memory that it takes now."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@dataclass
class Answered:
    """How a round went: seconds from each post to its first answer, and to its dream."""

    first: list[float]
    dreams: list[float]
    posted: int


class Load:
    """The persons and the bot, and what is measured of it."""

    def __init__(
        self, server: Server, persons: Persons, database: Database, bot: Process, channels: int
    ) -> None:
        self._server = server
        self._persons = persons
        self._database = database
        self._channels = channels
        self.bot = bot
        self.peak = 0.0

    async def round(self, persons: Sequence[int], seconds: float, preset: str = "") -> Answered:
        """Each of those posts a picture within that time; until everything is answered."""
        luck = Random(1)
        wishes = [
            Wish(luck.uniform(0, seconds), n, index % self._channels, Kind.DREAM, preset, index)
            for index, n in enumerate(persons)
        ]
        known = len(self._persons.asked)
        watching = asyncio.create_task(self._watch())
        try:
            await self._persons.act(sorted(wishes, key=lambda wish: wish.at))
            asked = {each.message for each in self._persons.asked[known:]}
            async with asyncio.timeout(LIMIT):
                await self._until_answered(asked)
        finally:
            watching.cancel()
        return self._answered(asked)

    async def _watch(self) -> None:
        while True:
            self.peak = max(self.peak, self.bot.memory)
            await asyncio.sleep(0.1)

    async def _until_answered(self, asked: set[int]) -> None:
        while True:
            await self._server.read()
            answered = self._answered(asked)
            if len(answered.first) == len(asked) and await self._is_over(asked):
                return
            await asyncio.sleep(1)

    async def _is_over(self, asked: set[int]) -> bool:
        """Whether all of them have become jobs, for nobody is refused here, and these are done."""
        async with self._database.transaction() as session:
            known = await session.scalars(
                select(JobRow.message_id).where(JobRow.message_id.in_(asked))
            )
            accepted = set(known)
        return accepted == asked and not await open_jobs(self._database)

    def _answered(self, asked: set[int]) -> Answered:
        posted: dict[int, float] = {}
        first: dict[int, float] = {}
        dreams: dict[int, float] = {}
        for writing in self._server.writings:
            request = writing.reply_to
            if writing.message in asked and writing.act == "post":
                posted[writing.message] = writing.at
            elif request in posted and writing.author == self._server.bot:
                first.setdefault(request, writing.at - posted[request])
                if dreams_in(writing):
                    dreams.setdefault(request, writing.at - posted[request])
        return Answered(sorted(first.values()), sorted(dreams.values()), len(asked))

    async def overtaken(self) -> int:
        """How many of a burst's dreams begin after another's only dream came, and before it."""
        await self.round([0] * BURST + [1], 0.0, SLOW_PRESET)
        asked = self._persons.asked[-BURST - 1 :]
        async with self._database.transaction() as session:
            rows = await session.scalars(
                select(JobRow).where(JobRow.message_id.in_([each.message for each in asked]))
            )
            jobs = list(rows)
        (single,) = {
            each.person for each in asked if sum(a.person == each.person for a in asked) == 1
        }
        own = next((job for job in jobs if job.person_id == single), None)
        if own is None:
            raise SystemExit("The single dream was refused.")
        begun = {job.id: job.started_at or job.ended_at or job.created_at for job in jobs}
        return sum(own.created_at < begun[job.id] < begun[own.id] for job in jobs)


async def _measure(chosen: argparse.Namespace) -> None:
    began = os.getloadavg()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dreambot-load-")))
        box = await stack.enter_async_context(DiscordBox(control=True))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        server = Server(box, session)
        people, rooms = await server.people(chosen.persons), await server.channels(chosen.channels)
        persons = Persons(session, box.api, people, rooms, box.bot_id)
        url = chosen.database or f"sqlite:///{folder / 'bot.sqlite'}"
        environment = _environment(box, url, folder)
        await stack.enter_async_context(_process("--idle", folder / "idle", environment))
        bot = await stack.enter_async_context(_process("--bot", folder / "bot", environment))
        await server.until_connected(1)
        database = Database(url)
        stack.push_async_callback(database.close)
        load = Load(server, persons, database, bot, chosen.channels)
        await load.round(range(min(WARM_UP, chosen.persons)), chosen.seconds / 2)
        cpu, start = bot.cpu, time.monotonic()
        await asyncio.sleep(SETTLE)
        idle = (bot.cpu - cpu) / (time.monotonic() - start)

        before, cpu, start = bot.memory, bot.cpu, time.monotonic()
        load.peak = before
        answered = await load.round(range(chosen.persons), chosen.seconds)
        end = time.monotonic()
        took = bot.cpu - cpu - idle * (end - start)
        await asyncio.sleep(SETTLE)
        after = bot.memory
        lags = [_lags(folder / name, start, end) for name in ("bot", "idle")]
        overtaken = await load.overtaken()
    loads = " ".join(f"{each:.1f}" for each in (*began, *os.getloadavg()))
    print(f"{chosen.persons} persons, {chosen.channels} channels, {chosen.seconds:g} s to post;")
    print(f"{os.cpu_count()} cores, load averages before and after: {loads}\n")
    print("| what | measured | at most |\n|---|---|---|")
    dreams = len(answered.dreams)
    rows = [
        ("answered", f"{len(answered.first)} of {answered.posted}", ""),
        ("dreams, refusals", f"{dreams}, {answered.posted - dreams}", ""),
        ("first answer, s: median, p99, last", _three(answered.first), "3 (last)"),
        ("dream, s: median, p99, last", _three(answered.dreams), ""),
        ("bot CPU for each job, ms", f"{1000 * took / max(dreams, 1):.1f}", "40"),
        ("bot CPU while idle, the probe's included, share of a core", f"{idle:.1%}", ""),
        ("event loop's lag, ms: median, p99, last", _three(lags[0], 1000), "100 (p99)"),
        ("an idle loop's in the same time", _three(lags[1], 1000), ""),
        ("memory, MiB: before, peak, after", f"{before:.0f}, {load.peak:.0f}, {after:.0f}", ""),
        (f"of a burst of {BURST}, begun before another's single dream", f"{overtaken}", "1"),
    ]
    for row in rows:
        print(f"| {' | '.join(row)} |")


def _environment(box: DiscordBox, url: str, folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "DISCORD_TOKEN": box.bot_token,
        "DREAMBOT_DISCORD_API": box.api,
        "DREAMBOT_DISCORD_GATEWAY": box.gateway,
        "DREAMBOT_DISCORD_CDN": box.cdn,
        "DATABASE_URL": url,
        "DREAMBOT_DATA": str(folder),
        "DREAMBOT_PRESET": PRESET,
        "DREAMBOT_DREAM_PIXELS": "3072",
        "DREAMBOT_DAILY_CREDITS": "1000",
        "DREAMBOT_SERVER_CREDITS": "0",
        "DREAMBOT_WAITING": "0",
        "DREAMBOT_SERVER_WAITING": "0",
        "DREAMBOT_LOG": "WARNING",
        # The network of the package alone, and nothing is downloaded meanwhile.
        "DREAM_WEIGHTS": "",
        "DREAM_CACHE": str(folder / "cache"),
        "DREAM_MIRROR": "http://127.0.0.1:9",
    }


@asynccontextmanager
async def _process(what: str, lags: Path, environment: dict[str, str]) -> AsyncIterator[Process]:
    """One of the processes that are measured, ended with this block."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "ignore", "-m", "benchmarks.load", what, str(lags)),
        env=environment,
        stdout=sys.stderr.fileno(),
    )
    try:
        yield Process(process.pid)
    finally:
        process.terminate()
        await process.wait()


def _lags(file: Path, start: float, end: float) -> list[float]:
    # The last line may be half written.
    lines = [line.split() for line in file.read_text().splitlines()[:-1]]
    return sorted(float(lag) for at, lag in lines if start <= float(at) <= end)


def _three(ordered: Sequence[float], unit: float = 1.0) -> str:
    if not ordered:
        return "none"
    chosen = (ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100], ordered[-1])
    return ", ".join(f"{each * unit:.3g}" for each in chosen)


if __name__ == "__main__":
    main()
