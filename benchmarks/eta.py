"""How far off the times are that people are told: of a mixed run, foretold and taken.

    DREAM_PHOTOS=… [DREAM_WEIGHTS=…] python -m benchmarks.eta [--jobs 100] [--devices cpu]

Persons ask for dreams of all presets whose network is here, in several sizes, so that there is
always somebody who waits. Everything is real but the chat: database, storage, pool and runner,
which knows nothing of the machine at first. Printed is how far off the time was that was told when
a dream began, and the one that was told when it was asked for, each in shares of what it took.
"""

import argparse
import asyncio
import io
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from bot.database import Database, migrate
from bot.jobs.estimates import Machine
from bot.jobs.forecast import Forecast
from bot.jobs.job import Job, Place, Request, Result
from bot.jobs.limits import Limits
from bot.jobs.messenger import Telling
from bot.jobs.recipes import effort
from bot.jobs.runner import Runner
from bot.jobs.submit import Submission
from bot.jobs.turns import Bounds
from bot.storage import Storage
from dream import Dream, Format, Output, Pool, Preset, Progress, Recipe, available, presets

PERSONS = 8

AHEAD = 6
"""Dreams that are under way at least, as long as there are any left to ask for."""


@dataclass
class Told:
    """Of one job: what was told, and when what happened, in seconds of one clock."""

    network: str
    asked: float
    foretold: float
    began: float = 0.0
    takes: float = 0.0
    ended: float = 0.0


@dataclass
class Listener:
    """Hears what people would be told."""

    told: dict[str, Told]
    ended: int = 0
    more: asyncio.Event = field(default_factory=asyncio.Event)

    async def upload_limit(self, _job: Job) -> int:
        return 10 * 2**20

    def moved(self, job: Job, forecast: Forecast) -> None: ...

    def progress(self, job: Job, progress: Progress, left: float, held: object) -> None: ...

    def lost(self, job: Job) -> None: ...

    def restarted(self, job: Job) -> None: ...

    async def deliver(self, job: Job, _result: Result, _data: bytes, _telling: Telling) -> int:
        self.told[job.id].ended = time.monotonic()
        self.ended += 1
        self.more.set()
        return job.place.answer_id

    async def fail(self, job: Job, sentence: str, _telling: Telling) -> int:
        raise RuntimeError(f"{job.preset}: {sentence}")


class ListeningPool:
    """A pool, and what is foretold at the moment it begins a dream."""

    def __init__(
        self, pool: Pool, by_seed: dict[int, asyncio.Future[str]], told: dict[str, Told]
    ) -> None:
        self._pool = pool
        self.imagine, self.sheet = pool.imagine, pool.sheet
        self._by_seed = by_seed
        self._told = told
        self.runner: Runner | None = None

    @property
    def slots(self) -> int:
        return self._pool.slots

    async def dream(
        self,
        picture: bytes | None,
        recipe: Recipe,
        output: Output,
        *,
        guide: bytes | None = None,
        mask: bytes | None = None,
        on_progress: Callable[[Progress], None],
        timeout: float,  # noqa: ASYNC109 - of the pool's own
    ) -> Dream:
        job_id = await self._by_seed[recipe.seed]
        assert self.runner is not None
        outlook = await self.runner.lineup.outlook()
        told = self._told[job_id]
        told.began, told.takes = time.monotonic(), outlook.left[job_id]
        return await self._pool.dream(
            picture,
            recipe,
            output,
            guide=guide,
            mask=mask,
            on_progress=on_progress,
            timeout=timeout,
        )

    async def reencode(self, picture: bytes, output: Output) -> tuple[bytes, Format]:
        return await self._pool.reencode(picture, output)


def main() -> None:
    """Run it, and print how far off the times were."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=100)
    parser.add_argument("--devices", default="cpu")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--sides", type=int, nargs="+", default=[160, 256, 384])
    arguments = parser.parse_args()
    told = asyncio.run(_run(arguments))
    print(f"{len(told)} dreams, {sum(t.ended - t.began for t in told):.0f} s of dreaming")
    for network in sorted({t.network for t in told}):
        print(f"  {network}: {_off([t for t in told if t.network == network])}")
    print(f"all: {_off(told)}")
    print(f"without the first 20: {_off(told[20:])}")


async def _run(arguments: argparse.Namespace) -> list[Told]:
    told: dict[str, Told] = {}
    by_seed: dict[int, asyncio.Future[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/bot.sqlite"
        await migrate(url)
        database, storage = Database(url), Storage(Path(folder) / "pictures")
        submission = Submission(database, storage, Limits(daily_credits=10**6, waiting=0))
        listener = Listener(told)
        async with Pool(arguments.devices.split(","), threads=arguments.threads) as real:
            pool = ListeningPool(real, by_seed, told)
            runner = Runner(
                database,
                storage,
                pool,
                listener,
                lease_seconds=60,
                bounds=Bounds(person=2, guild=100),
                machine=Machine("here", real.makeup),
            )
            pool.runner = runner
            running = asyncio.create_task(runner.run())
            chance = random.Random(1)
            for number in range(arguments.jobs):
                while number - listener.ended >= AHEAD + chance.randrange(AHEAD):
                    listener.more.clear()
                    await listener.more.wait()
                by_seed[number] = asyncio.get_running_loop().create_future()
                request = _request(number, chance, arguments.sides)
                job, _ = await submission.submit(request)
                told[job.id] = Told(effort(job.recipe, job.work).network, time.monotonic(), 0.0)
                by_seed[number].set_result(job.id)
                forecast = await runner.expect(job)
                told[job.id].foretold = (forecast.begins_in or 0.0) + forecast.takes
            while listener.ended < arguments.jobs:
                listener.more.clear()
                await listener.more.wait()
            await runner.stop(30)
            await running
        await database.close()
    return sorted(told.values(), key=lambda t: t.ended)


def _request(number: int, chance: random.Random, sides: list[int]) -> Request:
    here = [preset for preset in presets().values() if available(preset.recipe.network)]
    networks = sorted({preset.recipe.network for preset in here})
    network = chance.choice(networks)
    preset: Preset = chance.choice([each for each in here if each.recipe.network == network])
    photographs = sorted(Path(os.environ["DREAM_PHOTOS"]).glob("*.jpg"))
    side = chance.choice(sides)
    with Image.open(chance.choice(photographs)) as photograph:
        picture = photograph.convert("RGB")
        picture.thumbnail((side, side))
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=92)
    return Request(
        key=f"message:{number}:0",
        person_id=chance.randrange(PERSONS),
        place=Place(1, 1, number + 1, number + 1),
        preset=preset.name,
        recipe=preset.recipe.with_(seed=number),
        picture=file.getvalue(),
        size=picture.size,
        cost=preset.recipe.cost(picture.size),
    )


def _off(told: list[Told]) -> str:
    """Median errors of the two times, in shares of what it took, and how many there were."""
    begun = [abs(t.takes / (t.ended - t.began) - 1) for t in told]
    asked = [abs(t.foretold / (t.ended - t.asked) - 1) for t in told]
    return (
        f"when it began {statistics.median(begun):.0%} off, "
        f"when it was asked for {statistics.median(asked):.0%} off ({len(told)})"
    )


if __name__ == "__main__":
    main()
