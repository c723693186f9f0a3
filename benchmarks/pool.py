"""The pool: what it costs over the dream itself, what a second worker brings, what a start takes.

    DREAM_PHOTOS=… python -m benchmarks.pool [--rounds 15] [--pairs 5] [--dreams 4]

Two workers of one thread. A photograph of 4 MB goes through them, and comes back as a PNG of some
MB; the round trip is what passes in the caller beyond the seconds that the worker says it dreamt.
Then some dreams one after another and as many two at a time, in turn: how many times as many a
second. Then workers' starts, shut in and not, in turn. Printed as well are the memory of the
processes, and the load of the machine: beside others' work none of the times means much.
"""

import argparse
import asyncio
import os
import statistics
import time
from io import BytesIO
from pathlib import Path

from PIL import Image

from dream import Limits, Pool, Recipe
from dream.memory import resident
from dream.pool.plan import Plan
from dream.pool.process import WorkerProcess

PHOTOGRAPH = "lake.jpg"
MEGABYTES = 4
MOST_MILLISECONDS = 15
LEAST_TIMES = 1.6

_TRIP = Recipe(
    network="dreamnet", layer="inception_3b/5x5_reduce", size=1600, octaves=1, iterations=1
)
_WORK = Recipe(network="dreamnet", layer="inception_3b/output", size=512, octaves=3, iterations=10)


def main() -> None:
    """Print each round and pair, and the medians beside what they should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--dreams", type=int, default=4, help="of each side of a pair; even")
    arguments = parser.parse_args()
    print(f"load at the start: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    asyncio.run(_measure(_photograph(), arguments.rounds, arguments.pairs, arguments.dreams))
    print(f"load at the end: {os.getloadavg()[0]:.1f}")


async def _measure(picture: bytes, rounds: int, pairs: int, dreams: int) -> None:
    async with Pool(["cpu", "cpu"], threads=1) as pool:
        # Two at once are one at each worker: from then on both have their network.
        await asyncio.gather(*(pool.dream(picture, _WORK) for _ in range(2)))
        await _round_trips(pool, picture, rounds)
        await _pairs(pool, picture, pairs, dreams)
        print(f"memory: {resident() / 2**20:.0f} MiB here, {_workers()} MiB in the workers")
    for kind in ("opener", "dreamer"):
        shut_in, open_to_all = await _starts(kind, pairs)
        print(f"start of the {kind}: {shut_in:.2f} s shut in, {open_to_all:.2f} s not")


async def _round_trips(pool: Pool, picture: bytes, rounds: int) -> None:
    taken, sizes = [], []
    for _ in range(rounds):
        began = time.perf_counter()
        dream = await pool.dream(picture, _TRIP)
        taken.append(1000 * (time.perf_counter() - began - dream.seconds))
        sizes.append(len(dream.data))
    print(
        f"round trip of {len(picture) / 1e6:.1f} MB, and {statistics.mean(sizes) / 1e6:.1f} MB "
        f"back: {statistics.median(taken):.1f} ms (at most {MOST_MILLISECONDS}), "
        f"from {min(taken):.1f} to {max(taken):.1f}"
    )


async def _pairs(pool: Pool, picture: bytes, pairs: int, dreams: int) -> None:
    times = []
    for number in range(1, pairs + 1):
        began = time.perf_counter()
        for _ in range(dreams):
            await pool.dream(picture, _WORK)
        between = time.perf_counter()
        await asyncio.gather(*(pool.dream(picture, _WORK) for _ in range(dreams)))
        one, two = between - began, time.perf_counter() - between
        times.append(one / two)
        print(f"pair {number}: {dreams} dreams in {one:.2f} s by one, {two:.2f} s by two")
    print(f"two workers: {statistics.median(times):.2f} times one (at least {LEAST_TIMES})")


async def _starts(kind: str, pairs: int) -> tuple[float, float]:
    """Median seconds until a worker is ready, shut in and not."""
    seconds: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(pairs):
        for isolated, taken in seconds.items():
            plan = Plan("dreamer" if kind == "dreamer" else "opener", Limits(), isolated=isolated)
            began = time.perf_counter()
            worker = await WorkerProcess.start(plan)
            taken.append(time.perf_counter() - began)
            await worker.kill()
    return statistics.median(seconds[True]), statistics.median(seconds[False])


def _workers() -> str:
    """What each of our child processes has in memory."""
    tasks = Path("/proc/self/task").glob("*/children")
    children = " ".join(task.read_text() for task in tasks).split()
    return ", ".join(f"{resident(child) / 2**20:.0f}" for child in map(int, children))


def _photograph() -> bytes:
    """The photograph enlarged, as a JPEG of about that size."""
    with Image.open(Path(os.environ["DREAM_PHOTOS"]) / PHOTOGRAPH) as photo:
        enlarged = photo.convert("RGB").resize((5 * photo.width, 5 * photo.height))
    for quality in range(50, 101):
        file = BytesIO()
        enlarged.save(file, "JPEG", quality=quality, subsampling=0)
        if file.tell() >= MEGABYTES * 1_000_000:
            break
    return file.getvalue()


if __name__ == "__main__":
    main()
