"""The pool with real dreamers: dreams, kills, calls dreams off, keeps secrets, outlives all."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image

from dream import (
    BrokenPicture,
    Dream,
    Limits,
    NetworkUnavailable,
    NotAPicture,
    Output,
    PictureTooLarge,
    Pool,
    PoolClosed,
    PoolError,
    Progress,
    Recipe,
    RecipeError,
    Series,
    TookTooLong,
    UnknownName,
    WorkerDied,
)
from dream.imagination import Imagination
from dream.noise import begin
from dream.pictures import decode, read_choices, read_recipe
from dream.pool import pool as module
from dream.pool.wire import MOST_BODY
from dream.starts import Start
from dream.threads import usable_cores
from tests.dream.pool.processes import at_rest, cpu_seconds, wait_until_dead, workers

SHORT = Recipe(
    network="dreamnet",
    layer="inception_3b/5x5_reduce",
    size=96,
    octaves=2,
    iterations=2,
    jitter=8,
)
ENDLESS = SHORT.with_(size=256, octaves=1, iterations=1000)
NOISE = SHORT.with_(start="pink 96x64", size=None)
CHANNEL = Imagination("dreamnet", "inception_3b/output:7", size=72, steps=8, seed=4)
LARGE = SHORT.with_(size=400, octaves=1, iterations=1000)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def picture(rocket: Path) -> bytes:
    return rocket.read_bytes()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool() -> AsyncIterator[Pool]:
    """A pool that dreams two dreams at once, shared by these tests: it mends itself."""
    async with Pool(["cpu", "cpu"], threads=1) as pool:
        yield pool
    assert not workers()


async def test_it_says_what_it_dreams_on(pool: Pool) -> None:
    assert pool.makeup == "cpu x1"
    assert Pool(["cpu"]).makeup == ""


async def complete(pool: Pool) -> set[int]:
    """Ids of all its workers, once those that tests have killed are replaced."""
    async with asyncio.timeout(30):
        while len(workers()) < pool.slots + module.OPENERS:
            await asyncio.sleep(0.05)
    return workers()


async def under_way(pool: Pool, picture: bytes, recipe: Recipe = ENDLESS) -> asyncio.Task[Dream]:
    """A dream that is being dreamt."""
    going = asyncio.Event()
    task = asyncio.create_task(
        pool.dream(picture, recipe, on_progress=lambda progress: going.set())
    )
    await asyncio.wait([task, asyncio.create_task(going.wait())], return_when="FIRST_COMPLETED")
    assert not task.done()
    return task


def half_white() -> bytes:
    """A mask whose left half is dreamt."""
    file = BytesIO()
    mask = Image.new("L", (90, 60))
    mask.paste(255, (0, 0, 45, 60))
    mask.save(file, "PNG")
    return file.getvalue()


async def called_off(*tasks: asyncio.Task[Dream]) -> None:
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        assert isinstance(result, asyncio.CancelledError)


async def test_a_picture_goes_in_and_its_dream_comes_back(pool: Pool, picture: bytes) -> None:
    dream = await pool.dream(picture, SHORT.with_(seed=5))

    assert (dream.format, dream.size, dream.note) == ("PNG", (96, 64), "")
    assert dream.recipe == read_recipe(dream.data) == SHORT.with_(seed=5)
    assert decode(dream.data).rgb.shape == (64, 96, 3)
    assert dream.seconds > 0


async def test_both_workers_dream_the_same(pool: Pool, picture: bytes) -> None:
    one, other = await asyncio.gather(pool.dream(picture, SHORT), pool.dream(picture, SHORT))

    assert one.data == other.data
    assert one.data != (await pool.dream(picture, SHORT.with_(seed=1))).data


async def test_format_and_note_arrive(pool: Pool, picture: bytes) -> None:
    animated = BytesIO()
    with Image.open(BytesIO(picture)) as whole:
        frames = [whole.crop((x, 0, x + 240, 160)) for x in range(12)]
    frames[0].save(animated, "GIF", save_all=True, append_images=frames[1:])

    dream = await pool.dream(animated.getvalue(), SHORT, Output("WEBP"))

    assert (dream.format, dream.suffix) == ("WEBP", ".webp")
    assert dream.note == "only the first of its 12 frames, until films come"


async def test_progress_arrives_with_previews(pool: Pool, picture: bytes) -> None:
    seen: list[Progress] = []

    await pool.dream(picture, SHORT, on_progress=seen.append)

    assert [progress.octave for progress in seen] == [1, 1, 2, 2]
    assert [progress.done for progress in seen] == sorted(progress.done for progress in seen)
    assert seen[-1].done == pytest.approx(1)
    previews = [progress.preview for progress in seen if progress.preview]
    assert previews
    assert decode(previews[0]).rgb.shape[1] <= 320


async def test_what_listens_to_progress_may_fail(pool: Pool, picture: bytes) -> None:
    def listener(_: Progress) -> None:
        raise LookupError("a bug of the listener")

    with pytest.raises(LookupError):
        await pool.dream(picture, ENDLESS, on_progress=listener)

    assert (await pool.dream(picture, SHORT)).size == (96, 64)


async def test_errors_arrive_as_what_they_are(pool: Pool, picture: bytes) -> None:
    with pytest.raises(UnknownName, match="no layer"):
        await pool.dream(picture, SHORT.with_(layer="inception_9z"))
    with pytest.raises(BrokenPicture, match="JPEG is broken"):
        await pool.dream(picture[:5000], SHORT)


async def test_guide_and_mask_go_in_and_their_digests_come_back(pool: Pool, picture: bytes) -> None:
    mask = half_white()

    plain, guided, masked = [
        await pool.dream(None, NOISE, guide=guide, mask=among)
        for guide, among in ((None, None), (picture, None), (None, mask))
    ]

    assert guided.recipe == NOISE.with_(guide=sha256(picture).hexdigest())
    assert masked.recipe == NOISE.with_(mask=sha256(mask).hexdigest())
    assert read_recipe(masked.data) == masked.recipe
    seen = [decode(dream.data).rgb for dream in (plain, guided, masked)]
    assert {pixels.shape for pixels in seen} == {(64, 96, 3)}
    assert (seen[0] != seen[1]).any()
    unchanged = begin(Start.parse(NOISE.start), (96, 64), NOISE.seed).rgb == seen[2]
    assert unchanged[:, 64:].all(), "it is dreamt where the mask is white"
    assert unchanged[:, :32].mean() < 0.5
    again = await pool.dream(None, masked.recipe, mask=mask)
    assert again.data == masked.data


@pytest.mark.parametrize("choice", ["guide", "mask"])
async def test_a_recipe_without_its_file_or_with_another_is_refused_and_the_worker_goes_on(
    pool: Pool, picture: bytes, choice: str
) -> None:
    before = await complete(pool)
    recipe = SHORT.with_(**{choice: sha256(half_white()).hexdigest()})
    wanted = getattr(recipe, choice)
    sentence = f"This recipe has a {choice}: give it {{}}the one of this sha256: {wanted}."

    with pytest.raises(RecipeError) as missing:
        await pool.dream(picture, recipe)
    with pytest.raises(RecipeError) as wrong:
        await pool.dream(picture, recipe, **{choice: picture})  # type: ignore[arg-type]

    assert str(missing.value) == sentence.format("")
    assert str(wrong.value) == sentence.format("another file, ")
    assert (await pool.dream(picture, SHORT)).size == (96, 64)
    assert workers() == before


async def test_a_start_that_takes_no_picture_gets_none_and_the_other_one_gets_one(
    pool: Pool, picture: bytes
) -> None:
    before = await complete(pool)

    with pytest.raises(RecipeError, match=r"dreams on pink 96x64: it takes no picture\."):
        await pool.dream(picture, NOISE)
    with pytest.raises(RecipeError, match=r"dreams on a picture: give it one\."):
        await pool.dream(None, SHORT)
    with pytest.raises(BrokenPicture):
        await pool.dream(picture, SHORT, mask=picture[:5000])

    assert (await pool.dream(None, NOISE)).size == (96, 64)
    assert workers() == before


async def test_a_picture_from_scratch_comes_back_with_its_choices(pool: Pool) -> None:
    seen: list[Progress] = []

    made = await pool.imagine(CHANNEL, Output("WEBP"), on_progress=seen.append, timeout=60)

    assert (made.format, made.imagination) == ("WEBP", CHANNEL)
    assert Imagination.from_json(read_choices(made.data)) == CHANNEL
    assert decode(made.data).rgb.shape == (72, 72, 3)
    assert made.seconds > 0
    assert [progress.octave for progress in seen] == [1, 1, 1, 2, 2, 2, 3, 3]
    assert seen[0].preview is not None


async def test_a_series_comes_back_as_one_sheet(pool: Pool, picture: bytes) -> None:
    told: list[Progress] = []
    stops = tuple((f"step {step}", SHORT.with_(step=step)) for step in (0.5, 1.5, 3.0))
    series = Series(stops, columns=2, width=48, original="photograph")
    sheet = await pool.sheet(picture, series, on_progress=told.append)
    with Image.open(BytesIO(sheet.data)) as drawn:
        assert drawn.size == sheet.size
        assert drawn.width == 6 + 2 * (48 + 6)
    assert sheet.series == series
    assert [progress.octave for progress in told] == [1] * 4 + [2] * 4 + [3] * 4
    assert told[-1].done == pytest.approx(1.0)
    assert [each.done for each in told] == sorted(each.done for each in told)


async def test_a_series_can_do_without_a_picture_and_be_called_off(pool: Pool) -> None:
    noise = Series((("", NOISE), ("", NOISE.with_(seed=1))), columns=2, width=32)
    assert (await pool.sheet(None, noise)).size[0] == 6 + 2 * (32 + 6)
    endless = Series((("", NOISE.with_(iterations=1000)),) * 40, columns=2, width=32)
    task = asyncio.create_task(pool.sheet(None, endless))
    await asyncio.sleep(0.3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await pool.sheet(None, noise)).format == "PNG"


async def test_a_series_with_a_recipe_that_can_not_be_dreamt_is_refused(
    pool: Pool, picture: bytes
) -> None:
    with pytest.raises(UnknownName):
        await pool.sheet(picture, Series((("", SHORT.with_(layer="nowhere")),), columns=1))


async def test_two_pictures_are_drawn_side_by_side(pool: Pool, picture: bytes) -> None:
    dreamt = await pool.dream(picture, SHORT)
    shown = [("before", picture), ("after", dreamt.data)]
    data, form = await pool.compare(shown, 100, Output("JPEG"))
    with Image.open(BytesIO(data)) as drawn:
        assert (drawn.width, form) == (6 + 2 * (100 + 6), "JPEG")
    with pytest.raises(NotAPicture):
        await pool.compare([("before", picture), ("after", b"text")], 100, Output())


async def test_what_can_not_be_imagined_is_said_and_the_worker_goes_on(pool: Pool) -> None:
    before = await complete(pool)

    with pytest.raises(RecipeError, match="dreamnet has no classes"):
        await pool.imagine(CHANNEL.with_(what="class:banana"))
    with pytest.raises(UnknownName, match="Nearest: inception_3b/output"):
        await pool.imagine(CHANNEL.with_(what="inception_3b/outptu:7"))
    with pytest.raises(TookTooLong):
        await pool.imagine(CHANNEL.with_(steps=4096, size=512), timeout=0.3)

    made = await asyncio.gather(*(pool.imagine(CHANNEL) for _ in range(2)))
    assert made[0].data == made[1].data
    assert workers() == before


async def test_a_killed_dreamer_costs_its_own_dream_only(pool: Pool, picture: bytes) -> None:
    before = workers("dreamer")
    one, other = await under_way(pool, picture), await under_way(pool, picture)
    victim = min(before)
    os.kill(victim, signal.SIGKILL)

    done, still = await asyncio.wait([one, other], return_when="FIRST_COMPLETED", timeout=10)

    assert len(done) == len(still) == 1
    with pytest.raises(WorkerDied):
        await done.pop()
    await called_off(still.pop())
    assert (await pool.dream(picture, SHORT)).size == (96, 64)
    assert victim not in await complete(pool)
    await asyncio.gather(*(pool.dream(picture, SHORT) for _ in range(3)))


async def test_a_cancelled_dream_ends_at_once_and_its_worker_goes_on(
    pool: Pool, picture: bytes
) -> None:
    before = workers("dreamer")
    tasks = await under_way(pool, picture), await under_way(pool, picture)
    start = time.monotonic()
    await called_off(*tasks)
    assert time.monotonic() - start < 0.2

    await asyncio.gather(pool.dream(picture, SHORT), pool.dream(picture, SHORT))

    assert workers("dreamer") == before


async def test_a_dreamer_that_hangs_is_replaced(pool: Pool, picture: bytes) -> None:
    before = workers("dreamer")
    tasks = await under_way(pool, picture), await under_way(pool, picture)
    hung = min(before)
    os.kill(hung, signal.SIGSTOP)

    await called_off(*tasks)

    assert (await pool.dream(picture, SHORT)).size == (96, 64)
    await asyncio.to_thread(wait_until_dead, {hung}, 6)


async def test_a_dream_that_takes_too_long_is_stopped(pool: Pool, picture: bytes) -> None:
    with pytest.raises(TookTooLong):
        await pool.dream(picture, ENDLESS, timeout=0.3)

    assert (await pool.dream(picture, SHORT, timeout=60)).size == (96, 64)


async def test_opening_never_waits_behind_dreaming(pool: Pool, picture: bytes) -> None:
    tasks = await under_way(pool, picture), await under_way(pool, picture)
    start = time.monotonic()

    told = await pool.probe(picture)

    assert time.monotonic() - start < 1
    assert (told.format, told.size) == ("JPEG", (640, 427))
    await called_off(*tasks)


async def test_the_event_loop_stays_quick_beside_large_dreams(pool: Pool, picture: bytes) -> None:
    large = BytesIO()
    with Image.open(BytesIO(picture)) as whole:
        whole.resize((4000, 3000)).save(large, "JPEG")
    tasks = [await under_way(pool, large.getvalue(), LARGE) for _ in range(2)]
    for pid in workers("dreamer"):
        ours = os.getpriority(os.PRIO_PROCESS, 0)
        assert os.getpriority(os.PRIO_PROCESS, pid) == min(ours + 10, 19)
    longest = 0.0
    for _ in range(50):
        start = time.monotonic()
        await asyncio.sleep(0.01)
        longest = max(longest, time.monotonic() - start - 0.01)

    assert longest < 0.2
    await called_off(*tasks)


async def test_writing_anew_keeps_the_recipe_and_fits(pool: Pool, picture: bytes) -> None:
    dream = await pool.dream(picture, SHORT.with_(seed=8))

    data, form = await pool.reencode(dream.data, Output("PNG", 6000))

    assert form == "JPEG"
    assert len(data) <= 6000
    assert read_recipe(data) == SHORT.with_(seed=8)


async def test_writing_anew_keeps_the_choices_of_a_picture_from_scratch(pool: Pool) -> None:
    made = await pool.imagine(CHANNEL)

    data, _ = await pool.reencode(made.data, Output("JPEG"))

    assert Imagination.from_json(read_choices(data)) == CHANNEL


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "AVIF"])
async def test_a_file_that_breaks_off_is_told_before_anybody_dreams_it(
    pool: Pool, picture: bytes, kind: str
) -> None:
    file = BytesIO()
    with Image.open(BytesIO(picture)) as whole:
        whole.save(file, kind)

    assert (await pool.probe(file.getvalue())).size == (640, 427)
    with pytest.raises(BrokenPicture):
        await pool.probe(file.getvalue()[: len(file.getvalue()) // 2])


@pytest.mark.long
async def test_a_picture_that_takes_too_long_to_read_is_to_blame_wherever_it_is_read(
    picture: bytes,
) -> None:
    slow = b"GIF89a\1\0\1\0\x80\0\0" + bytes(6) + b"!\xfe" + b"\x01a" * 30_000_000
    series = Series((("1", SHORT),), columns=1, width=64, original="")
    async with Pool(["cpu", "cpu"], threads=1, limits=Limits(seconds=1)) as pool:
        tried = await asyncio.gather(
            pool.dream(slow, SHORT),
            pool.sheet(slow, series),
            pool.probe(slow),
            pool.reencode(slow, Output("JPEG")),
            pool.compare([("slow", slow)], 64, Output()),
            return_exceptions=True,
        )

        assert [type(error) for error in tried] == [BrokenPicture] * len(tried)
        assert {str(error) for error in tried} == {
            "This picture takes too long to open. Save it anew and try again."
        }
        assert (await pool.probe(picture)).size == (640, 427)
        going = await under_way(pool, picture)
        await asyncio.sleep(1.2)
        assert not going.done()
        await called_off(going)


async def test_a_picture_that_hangs_its_opener_is_to_blame(
    pool: Pool, picture: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging = b"GIF89a\1\0\1\0\x80\0\0" + bytes(6) + b"!\xfe" + b"\x01a" * 30_000_000
    monkeypatch.setattr(module, "OPENER_SECONDS", 0.5)

    with pytest.raises(BrokenPicture, match="too long"):
        await asyncio.gather(*(pool.probe(hanging) for _ in range(2)))

    monkeypatch.undo()
    assert (await pool.probe(picture)).size == (640, 427)


async def test_a_picture_that_kills_its_opener_is_to_blame(pool: Pool, picture: bytes) -> None:
    file = BytesIO()
    Image.new("RGBA", (7000, 7000)).save(file, "WEBP", lossless=True, quality=0, method=0)
    slow = file.getvalue()
    before = await at_rest("opener", module.OPENERS)
    task = asyncio.create_task(pool.probe(slow))
    busy: list[int] = []
    async with asyncio.timeout(10):
        while not busy:
            await asyncio.sleep(0.02)
            busy = [pid for pid, cpu in before.items() if cpu_seconds(pid) > cpu + 0.2]
    os.kill(busy[0], signal.SIGKILL)

    with pytest.raises(BrokenPicture, match="memory"):
        await task
    assert (await pool.probe(picture)).size == (640, 427)


async def test_too_many_bytes_are_not_even_sent(picture: bytes) -> None:
    pool = Pool(limits=Limits(bytes=1000))

    with pytest.raises(PictureTooLarge):
        await pool.dream(picture, SHORT)
    with pytest.raises(PictureTooLarge):
        await pool.dream(None, NOISE, guide=picture)
    with pytest.raises(PictureTooLarge):
        await pool.dream(None, NOISE, mask=picture)
    with pytest.raises(PictureTooLarge):
        await pool.probe(picture)


async def test_more_bytes_together_than_a_frame_holds_are_not_even_sent() -> None:
    half = bytes(MOST_BODY // 2 + 1)
    pool = Pool(limits=Limits(bytes=len(half)))

    with pytest.raises(PoolClosed):
        await pool.dream(half, SHORT)
    with pytest.raises(PictureTooLarge, match="1024 MB"):
        await pool.dream(half, SHORT, mask=half)


async def test_a_pool_that_was_not_started_says_so(picture: bytes) -> None:
    with pytest.raises(PoolClosed):
        await Pool().dream(picture, SHORT)
    with pytest.raises(PoolClosed):
        await Pool().imagine(CHANNEL)


async def test_a_device_that_is_not_there_is_named(pool: Pool) -> None:
    before = await complete(pool)

    with pytest.raises(PoolError, match=r"cuda:97"):
        await Pool(["cuda:97"]).start()

    assert workers() == before


@pytest.mark.long
async def test_alone_a_pool_finds_out_what_there_is_to_dream_on(picture: bytes) -> None:
    async with Pool() as pool:
        assert pool.slots >= 1
        assert (await pool.dream(picture, SHORT)).size == (96, 64)


async def test_dreams_and_pictures_from_scratch_share_one_network(
    picture: bytes, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "squeezenet_v1.1.caffemodel"
    file.symlink_to(weights / file.name)
    monkeypatch.setenv("DREAM_WEIGHTS", str(tmp_path))
    recipe = SHORT.with_(network="squeezenet", layer="fire3/concat")
    banana = Imagination("squeezenet", "class:banana", size=64, steps=8)
    async with Pool(["cpu"], threads=usable_cores()) as pool:
        assert pool.slots == 1
        await pool.dream(picture, recipe)
        file.unlink()
        assert (await pool.imagine(banana)).imagination == banana
        with pytest.raises(NetworkUnavailable):
            await pool.imagine(banana.with_(network="googlenet"))


ORPHANS = """
import asyncio, sys
from pathlib import Path
from dream import Pool, Recipe

async def main():
    async with Pool(["cpu"], threads=4) as pool:
        going = lambda progress: print("dreaming", flush=True)
        recipe = Recipe(network="dreamnet", size=256, octaves=1, iterations=1000)
        await pool.dream(Path(sys.argv[1]).read_bytes(), recipe, on_progress=going)

asyncio.run(main())
"""


async def test_workers_die_with_their_parent_even_in_a_dream(rocket: Path) -> None:
    command = [sys.executable, "-c", ORPHANS, str(rocket)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"dreaming\n"
        orphans = workers(parent=parent.pid)
        assert len(orphans) >= 3
        parent.kill()
        parent.wait()
        wait_until_dead(orphans, 5)
