"""The storm: blow after blow at the bots, at what they talk to, and at where they keep their books.

A seed decides which blows fall, when, and how hard; what they hit depends on the moment.
"""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from random import Random

from bot.database import Database, DatabaseAway
from tests.chaos.audit import ONGOING
from tests.chaos.books import running_jobs
from tests.chaos.bots import Bot
from tests.chaos.grounds import Ground
from tests.chaos.server import Server

ROUTES = (
    ("POST", "/channels/*/messages"),
    ("PATCH", "/channels/*/messages/*"),
    ("PATCH", "/channels/*/messages/*"),
    ("GET", "/channels/*"),
    ("*", "/channels/*"),
    ("*", "*"),
)
_RECENT, _HUNT = 30, 20.0

Blow = Callable[[Random], Awaitable[str | None]]
"""Falls, and says what it was; None if it hit nothing."""


class Storm:
    """Blows at all of that.

    Attributes:
        fallen: How many blows of each kind there were.
        widows: Ids of workers whose bot was killed: they have to end by themselves.
    """

    def __init__(
        self, seed: int, server: Server, bots: Sequence[Bot], ground: Ground, database: Database
    ) -> None:
        self._luck = Random(f"storm {seed}")
        self._server = server
        self._bots = bots
        self._ground = ground
        self._database = database
        self.fallen: Counter[str] = Counter()
        self.widows: list[int] = []

    async def rage(self, seconds: float, pause: float) -> None:
        """Blow for so many seconds, on average every `pause` seconds; then all is well again."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        blows: dict[Blow, int] = {
            self._kill_a_worker: 4,
            self._hunt_a_dream: 2,
            self._kill_a_bot: 2,
            self._restart_a_bot: 1,
            self._fail: 5,
            self._be_silent: 2,
            self._limit: 2,
            self._disconnect: 2,
            self._delete_an_answer: 3,
            self._take_the_database_away: 2,
        }
        kinds, weights = list(blows), list(blows.values())
        # Each kind once, then as the weights have it.
        first = self._luck.sample(kinds, len(kinds))
        async with asyncio.TaskGroup() as group:
            while loop.time() < until:
                await asyncio.sleep(min(self._luck.expovariate(1 / pause), 3 * pause))
                blow = first.pop() if first else self._luck.choices(kinds, weights)[0]
                # Each with a chance of its own, so that the order of their moments is no matter.
                group.create_task(self._fall(blow, Random(self._luck.random())))
        await self._server.order("behave")

    async def _fall(self, blow: Blow, luck: Random) -> None:
        what = await blow(luck)
        if what is not None:
            self.fallen[what] += 1

    async def _kill_a_worker(self, luck: Random) -> str | None:
        workers = luck.choice(self._bots).workers
        if not workers:
            return None
        with suppress(ProcessLookupError):
            os.kill(luck.choice(workers), signal.SIGKILL)
        return "worker killed"

    async def _hunt_a_dream(self, luck: Random) -> str | None:
        """Kill whoever dreams, and whoever begins again, as nobody is to try for a third time."""
        killed = 0
        until = asyncio.get_running_loop().time() + _HUNT
        while killed < 2 and asyncio.get_running_loop().time() < until:
            if await self._busy():
                for pid in (pid for bot in self._bots for pid in bot.dreamers):
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                killed += 1
            await asyncio.sleep(0.02)
        return "dreamers hunted" if killed == 2 else None

    async def _busy(self) -> bool:
        try:
            return await running_jobs(self._database) > 0
        except DatabaseAway:
            return False

    async def _kill_a_bot(self, luck: Random) -> str | None:
        workers = [pid for bot in self._bots for pid in bot.workers]
        if not await self._end_a_bot(luck, signal.SIGKILL):
            return None
        self.widows += workers
        return "bot killed"

    async def _restart_a_bot(self, luck: Random) -> str | None:
        return "bot restarted" if await self._end_a_bot(luck, signal.SIGTERM) else None

    async def _end_a_bot(self, luck: Random, number: signal.Signals) -> bool:
        # One that is still on its way back is left alone: on a slow machine none would ever work.
        bot, pause = luck.choice(self._bots), luck.uniform(0, 5)
        return await self._server.bots() > 0 and bot.end(number, pause)

    async def _fail(self, luck: Random) -> str:
        status, done = luck.choice([500, 502, 503]), luck.random() < 0.4
        await self._misbehave(luck, status=status, times=luck.randint(1, 6), done=done)
        return "answers lost" if done else "requests failed"

    async def _be_silent(self, luck: Random) -> str:
        status, done = luck.choice([None, 502]), luck.random() < 0.5
        seconds, times = luck.uniform(2, 20), luck.randint(1, 3)
        await self._misbehave(luck, status=status, times=times, seconds=seconds, done=done)
        return "requests hung"

    async def _limit(self, luck: Random) -> str:
        after, everywhere = luck.uniform(0.3, 4), luck.random() < 0.2
        times = luck.randint(1, 4)
        await self._misbehave(
            luck, status=429, times=times, retry_after=after, **{"global": everywhere}
        )
        return "requests held back"

    async def _misbehave(self, luck: Random, **how: object) -> None:
        method, path = luck.choice(ROUTES)
        bot = str(self._server.bot)
        await self._server.order("fail", method=method, path=path, user=bot, **how)

    async def _disconnect(self, luck: Random) -> str:
        resumable, abruptly = luck.random() < 0.6, luck.random() < 0.5
        await self._server.order("disconnect", resumable=resumable, abruptly=abruptly)
        return "gateway cut" if resumable else "session ended"

    async def _delete_an_answer(self, luck: Random) -> str | None:
        await self._server.read()
        bot, recent = self._server.bot, self._server.writings[-_RECENT:]
        gone = {writing.message for writing in recent if writing.act == "delete"}
        bare = [
            writing
            for writing in recent
            if writing.author == bot
            and writing.content.startswith(ONGOING)
            and writing.message not in gone
        ]
        if not bare:
            return None
        chosen = luck.choice(bare)
        where = {"channel": str(chosen.channel), "message": str(chosen.message)}
        told = await self._server.order("delete_message", **where, bare=True)
        return "answer deleted" if told["deleted"] else None

    async def _take_the_database_away(self, luck: Random) -> str:
        return await self._ground.take_away(luck.uniform(1, 8), luck)
