"""Jobs of every kind: kept, made by what a pool has for them, measured, and never lost."""

import asyncio
import io
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from bot import classes
from bot.database import Database, jobs, waiting_line
from bot.database.models import InputRow, JobRow, PaceRow
from bot.jobs import recipes
from bot.jobs.job import Kind, Request, Result
from bot.jobs.limits import Limits
from bot.jobs.pool import Pool as AnyPool
from bot.jobs.recipes import AnyRecipe, effort
from bot.jobs.runner import Runner
from bot.jobs.submit import Submission
from bot.plans import AllPresets, Explore, FromScratch, OnNoise, Plan, Tour
from bot.storage import Storage
from dream import BrokenPicture, Imagination, Pool, Recipe, Size, presets
from tests.bot.jobs import books
from tests.bot.jobs.bots import ended
from tests.bot.jobs.other_side import RecordingMessenger, ScriptedPool, breaking, wish
from tests.bot.jobs.test_recovery import bot as killed
from tests.bot.jobs.test_recovery import journal

SIZE = (640, 480)
PLANS: dict[str, Plan] = {
    "noise": OnNoise(),
    "class": FromScratch(954),
    "tour": Tour(),
    "explore": Explore(),
    "presets": AllPresets(list(presets().values())),
}
ON_A_PICTURE = {"tour", "explore", "presets"}


def asked(name: str, base: Recipe | None = None, size: Size = SIZE, data: bytes = b"") -> Request:
    """A wish of that kind; `data` in place of a picture that nobody can open."""
    plan, common = PLANS[name], wish()
    given = size if name in ON_A_PICTURE else None
    recipe = plan.recipe(base or Recipe(seed=1), given, 10**6)
    return replace(
        common,
        recipe=recipe,
        kind=plan.kind,
        picture=(data or common.picture) if given else b"",
        size=given,
        cost=recipes.cost(recipe, given),
    )


@asynccontextmanager
async def running(
    database: Database, storage: Storage, pool: AnyPool, messenger: RecordingMessenger
) -> AsyncIterator[None]:
    runner = Runner(database, storage, pool, messenger, lease_seconds=5)
    task = asyncio.create_task(runner.run())
    try:
        yield
    finally:
        await runner.stop(5)
        await task


async def stored(database: Database) -> tuple[AnyRecipe, Kind, list[str]]:
    """Recipe and kind of the one job as they are read, and the roles of its inputs."""
    async with database.transaction() as session:
        [row] = await session.scalars(select(JobRow))
        roles = list(await session.scalars(select(InputRow.role)))
        job = jobs.read(row).job
        return job.recipe, job.kind, roles


@pytest.mark.parametrize("name", PLANS)
async def test_a_job_of_each_kind_is_kept_as_it_was_asked_for(
    database: Database, submission: Submission, storage: Storage, name: str
) -> None:
    request = asked(name)
    job, new = await submission.submit(request)
    assert new
    assert job.work == recipes.work(request.recipe, request.size)
    assert await stored(database) == (
        request.recipe,
        Kind(name),
        ["picture"] if name in ON_A_PICTURE else [],
    )
    assert len(await storage.keys("inputs")) == (name in ON_A_PICTURE)


@pytest.mark.parametrize("name", PLANS)
async def test_each_kind_is_made_delivered_and_paid_once(
    database: Database,
    submission: Submission,
    storage: Storage,
    pool: ScriptedPool,
    messenger: RecordingMessenger,
    name: str,
) -> None:
    request = asked(name)
    job, _ = await submission.submit(request)
    async with running(database, storage, pool, messenger):
        now = await books.until_books(database, lambda now: now.ledger == {job.id: "settled"})
    [(picture, recipe, _)] = pool.begun
    assert (picture or b"", recipe) == (request.picture, request.recipe)
    kind = {"noise": b"dream", "class": b"class"}.get(name, b"sheet")
    assert [data[:5] for _, data in messenger.delivered] == [kind]
    assert messenger.shown == [0.5]
    assert now.used == {1: request.cost}


@pytest.mark.parametrize("name", PLANS)
async def test_what_each_kind_costs_is_back_when_it_fails(
    database: Database,
    submission: Submission,
    storage: Storage,
    pool: ScriptedPool,
    messenger: RecordingMessenger,
    name: str,
) -> None:
    job, _ = await submission.submit(asked(name))
    pool.acts.append(breaking(BrokenPicture("It breaks off.")))
    async with running(database, storage, pool, messenger):
        now = await books.until_books(database, lambda now: job.id in now.told)
    assert messenger.failed == [(job.id, "It breaks off.")]
    assert now.ledger == {job.id: "refunded"}


@pytest.mark.parametrize("name", ["noise", "explore"])
async def test_a_job_whose_bot_is_killed_is_made_by_the_next(
    database: Database,
    database_url: str,
    submission: Submission,
    storage: Storage,
    tmp_path: Path,
    name: str,
) -> None:
    job, _ = await submission.submit(asked(name))
    async with killed(database_url, tmp_path, "slow") as first:
        await books.until_books(database, lambda now: now.jobs[job.id] == "running")
        first.send_signal(signal.SIGKILL)
    async with killed(database_url, tmp_path, "quick"):
        await books.until_books(database, lambda now: now.ledger == {job.id: "settled"})
    [line] = journal(tmp_path)
    assert line.startswith(f"delivered {job.id} ")


async def test_sheets_and_pictures_from_scratch_are_measured_apart_from_dreams(
    database: Database,
    submission: Submission,
    storage: Storage,
    pool: ScriptedPool,
    messenger: RecordingMessenger,
) -> None:
    async with running(database, storage, pool, messenger):
        # One after the other: of two that end at once, one's seconds may go unnoted.
        for request in (wish(), asked("tour"), asked("class"), asked("presets")):
            job, _ = await submission.submit(request)
            await ended(database, job, "done")
    async with database.transaction() as session:
        rows = {row.network: row.dreams for row in await session.scalars(select(PaceRow))}
    assert rows["googlenet"] == 3
    assert {
        "googlenet sheet of several layers",
        "googlenet class from scratch",
        "dreamnet+googlenet+squeezenet",
    } <= rows.keys()
    assert "googlenet inception_4c/output" not in rows


async def test_the_line_foretells_each_kind_by_what_it_will_be_measured_as(
    database: Database, submission: Submission
) -> None:
    waiting = [(await submission.submit(asked(name)))[0] for name in PLANS]
    async with database.transaction() as session:
        roster = await waiting_line.roster(session)
    found = {job.id: job.effort for job in roster.waiting}
    assert found == {job.id: effort(job.recipe, job.work) for job in waiting}


async def test_a_kind_of_a_later_version_fails_with_a_reason(
    database: Database,
    submission: Submission,
    storage: Storage,
    pool: ScriptedPool,
    messenger: RecordingMessenger,
) -> None:
    job, _ = await submission.submit(asked("tour"))
    async with database.transaction() as session:
        [row] = await session.scalars(select(JobRow))
        row.kind, row.recipe = "film", '{"made": "series", "version": 99}'
    async with running(database, storage, pool, messenger):
        now = await books.until_books(database, lambda now: job.id in now.told)
    assert messenger.failed == [(job.id, "This series was written by another version.")]
    assert now.ledger == {job.id: "refunded"}


# With a real pool


@pytest.fixture(scope="module")
def photograph(rocket: Path) -> bytes:
    file = io.BytesIO()
    with Image.open(rocket) as image:
        image.resize((96, 64)).save(file, "PNG")
    return file.getvalue()


class Keeping(RecordingMessenger):
    """Keeps all progress that was shown."""

    limit = 8 * 2**20


@pytest.fixture
async def file(tmp_path: Path, migrated_file: Path) -> AsyncIterator[Database]:
    """A database in a file: what a pool makes is the same on any."""
    copied = shutil.copyfile(migrated_file, tmp_path / "bot.sqlite")
    database = Database(f"sqlite:///{copied}")
    yield database
    await database.close()


async def made(
    database: Database, storage: Storage, *requests: Request
) -> list[tuple[Image.Image, Result]]:
    """What a real pool makes of those wishes, in their order."""
    messenger = Keeping()
    submission = Submission(database, storage, Limits(daily_credits=20))
    waiting = [(await submission.submit(request))[0].id for request in requests]
    async with Pool(["cpu"], threads=1) as pool, running(database, storage, pool, messenger):
        await books.until_books(database, lambda now: len(now.told) == len(requests), 120)
    assert not messenger.failed
    assert messenger.shown
    came = [job_id for job_id, _ in messenger.delivered]
    found: list[tuple[Image.Image, Result]] = []
    for at in map(came.index, waiting):
        image = Image.open(io.BytesIO(messenger.delivered[at][1]))
        image.load()
        found.append((image, messenger.results[at]))
    return found


def is_a_picture(image: Image.Image) -> bool:
    """Whether it shows something, not a plain area."""
    return float(np.asarray(image.convert("RGB")).std(axis=(0, 1)).min()) > 5


async def test_a_dream_out_of_noise_and_a_tour_are_pictures(
    file: Database, storage: Storage, photograph: bytes
) -> None:
    noise = asked("noise", presets()["painted"].recipe.with_(seed=1, size=64))
    base = presets()["fables"].recipe.with_(seed=1, size=96)
    tour = asked("tour", base, (96, 64), photograph)
    (dream, of_dream), (sheet, of_sheet) = await made(file, storage, noise, tour)
    assert dream.size == of_dream.size == (64, 64)
    assert is_a_picture(dream)
    assert Recipe.from_json(dream.info["dreambot-recipe"]) == noise.recipe
    assert sheet.size == of_sheet.size
    assert sheet.width == 6 + 4 * (128 + 6), "small dreams stay wide enough for what stands above"
    assert is_a_picture(sheet)


@pytest.mark.long
async def test_what_a_network_calls_so_is_a_picture(
    weights: Path, file: Database, storage: Storage
) -> None:
    number, _ = classes.find("squeezenet", "banana")
    request = asked("class", Recipe(network="squeezenet", seed=1, size=64))
    assert request.recipe == FromScratch(number).recipe(
        Recipe(network="squeezenet", seed=1, size=64), None, 10**6
    )
    [(image, result)] = await made(file, storage, request)
    assert image.size == result.size == (64, 64)
    assert is_a_picture(image)
    assert Imagination.from_json(image.info["dreambot-recipe"]) == request.recipe
