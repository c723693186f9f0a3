"""Files that mean harm, through real workers: a sentence or a picture, in little memory, soon."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TypeVar

import pytest
import pytest_asyncio

from dream import Output, PictureError, Pool, Recipe
from dream.pictures import probe
from dream.pool import pool as module
from tests.dream.pool.corpus import CORPUS, FEW
from tests.dream.pool.processes import workers

TINY = Recipe(
    network="dreamnet",
    layer="inception_3b/5x5_reduce",
    size=64,
    octaves=1,
    iterations=1,
    jitter=8,
)

MOST_GROWTH = 512 * 2**20
PATIENCE = 120.0
"""Seconds in which a pool that doesn't hang has long answered, however busy the machine is."""

Answer = TypeVar("Answer")

FORMATS = {"JPEG", "PNG", "GIF", "BMP", "TIFF", "WebP", "ISO", "strangers"}

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells its peaks"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool(rocket: Path) -> AsyncIterator[Pool]:
    """A pool whose workers are warm, shared by these tests: it mends itself."""
    async with Pool(["cpu"], threads=1) as pool:
        good = rocket.read_bytes()
        for _ in range(3):
            await asyncio.gather(*(pool.probe(good) for _ in range(module.OPENERS)))
            await asyncio.gather(*(pool.dream(good, TINY) for _ in range(pool.slots)))
        yield pool


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in FEW else pytest.mark.long) for name in CORPUS]
)
async def test_a_hostile_file_ends_in_a_sentence_or_a_picture(
    pool: Pool, rocket: Path, name: str
) -> None:
    data = CORPUS[name]()
    assert len(data) <= 25 * 2**20

    if told := await answered(pool.probe(data)):
        if dream := await answered(pool.dream(data, TINY)):
            assert probe(dream.data, whole=True).size == dream.size == TINY.dream_size(told.size)
        if written := await answered(pool.reencode(data, Output("JPEG"))):
            assert probe(written[0], whole=True).size == told.size

    good = rocket.read_bytes()
    assert (await pool.probe(good)).size == (640, 427)
    assert (await pool.dream(good, TINY)).size == (64, 43)
    async with asyncio.timeout(PATIENCE):
        while len(workers()) < pool.slots + module.OPENERS:
            await asyncio.sleep(0.05)


async def test_what_large_pictures_took_is_handed_back(pool: Pool) -> None:
    large = CORPUS["JPEG: 50 megapixels in a small file"]()
    before = {pid: memory(pid, "VmRSS") for pid in workers()}

    await asyncio.gather(*(pool.dream(large, TINY) for _ in range(pool.slots)))

    async with asyncio.timeout(PATIENCE):
        while any(memory(pid, "VmRSS") > most + 64 * 2**20 for pid, most in before.items()):
            await asyncio.sleep(0.05)


async def test_there_are_such_files_for_every_format_that_is_read() -> None:
    kinds = [name.partition(":")[0] for name in CORPUS]

    assert set(kinds) == FORMATS
    assert min(kinds.count(kind) for kind in FORMATS) > 30
    assert set(FEW) <= CORPUS.keys()


async def answered(asked: Awaitable[Answer]) -> Answer | None:
    """What a pool answers within little memory; None for a sentence about the picture."""
    try:
        async with growing_little(), asyncio.timeout(PATIENCE):
            return await asked
    except PictureError as error:
        said = str(error)
    assert re.fullmatch(r"This [^\n/\\]{20,300}\.", said)
    return None


@asynccontextmanager
async def growing_little() -> AsyncIterator[None]:
    """No worker that is there comes to have half a GiB more than it has, for however short."""
    before = {pid: forget_peak(pid) for pid in workers()}
    peaks = dict.fromkeys(before, 0)

    async def watch() -> None:
        while True:
            for pid, (resident, peak) in before.items():
                now = memory(pid, "VmHWM")
                # A peak is told only once it is higher than any before.
                peaks[pid] = max(peaks[pid], now - resident if now > peak else 0)
            await asyncio.sleep(0.02)

    watching = asyncio.create_task(watch())
    try:
        yield
        await asyncio.sleep(0.03)
    finally:
        watching.cancel()
    assert max(peaks.values()) <= MOST_GROWTH


def forget_peak(pid: int) -> tuple[int, int]:
    """What a process has in memory and the most it had, in bytes; from now on, if it may be."""
    with suppress(OSError):
        Path(f"/proc/{pid}/clear_refs").write_text("5")
    return memory(pid, "VmRSS"), memory(pid, "VmHWM")


def memory(pid: int, what: str) -> int:
    """One of the numbers that the system keeps of a process, in bytes; 0 once it has ended."""
    try:
        found = re.search(rf"{what}:\s*(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return 1024 * int(found[1]) if found else 0
