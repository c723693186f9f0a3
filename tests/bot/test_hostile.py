"""Files that mean harm, posted by people: nobody pays for one that isn't dreamt."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.acceptance import Acceptance, Wish
from bot.database import Database
from bot.intake import Candidate, Intake
from bot.jobs.job import Place
from bot.jobs.limits import Limits as Allowed
from bot.jobs.runner import Runner
from bot.jobs.submit import Submission
from bot.outside import Outside
from bot.settings import Settings
from bot.storage import Storage
from dream import DreamError, Limits, Pool, Preset, Recipe
from tests.bot.jobs import books
from tests.bot.jobs.other_side import RecordingMessenger
from tests.dream.pool.corpus import CORPUS, FEW

SMALL = Preset(
    "small",
    "Small",
    "Quick to dream.",
    Recipe(network="dreamnet", layer="inception_3b/5x5_reduce", size=64, octaves=1, iterations=1),
)
SETTINGS = Settings()
ENDS = {"done", "failed"}
ALL = tuple(CORPUS)


@pytest.mark.long
@pytest.mark.parametrize(
    ("database_url", "names"),
    [
        ("sqlite", FEW),
        ("postgresql", FEW),
        pytest.param("postgresql", ALL, marks=[pytest.mark.long, pytest.mark.timeout(3600)]),
    ],
    indirect=["database_url"],
)
async def test_nobody_pays_for_a_file_that_is_not_dreamt(
    names: tuple[str, ...], database: Database, storage: Storage
) -> None:
    messenger = RecordingMessenger()
    jobs: dict[str, int] = {}
    refused: set[int] = set()
    limits = Limits(bytes=SETTINGS.picture_bytes, pixels=SETTINGS.picture_pixels)
    async with Pool(["cpu"], threads=1, limits=limits) as pool, shelf(names) as address:
        runner = Runner(database, storage, pool, messenger, lease_seconds=60)
        submission = Submission(database, storage, Allowed(daily_credits=1))
        outside = Outside(hosts=[], own=[], most=SETTINGS.picture_bytes)
        intake = Intake(most=SETTINGS.picture_bytes, outside=outside, storage=storage)
        door = Acceptance(SETTINGS, intake, pool, submission, runner)
        running = asyncio.create_task(runner.run())
        for person in range(len(names)):
            try:
                accepted = await door.accept(wish(person, address))
            except DreamError:
                refused.add(person)
            else:
                jobs[accepted.job.id] = person
        kept = await books.until_books(
            database, lambda kept: set(kept.jobs.values()) <= ENDS and kept.told >= set(jobs), 600
        )
        await runner.stop(5)
        await running
        await intake.close()

    assert kept.jobs.keys() == jobs.keys()
    dreamt = {jobs[job] for job, state in kept.jobs.items() if state == "done"}
    failed = {jobs[job] for job, state in kept.jobs.items() if state == "failed"}
    assert {names[person] for person in refused} >= {"strangers: nothing", "JPEG: sides of 65535"}
    assert {names[person] for person in failed} >= {"PNG: more clear colours than colours"}
    assert {person: used for person, used in kept.used.items() if used} == dict.fromkeys(dreamt, 1)
    assert {jobs[job] for job, _ in messenger.failed} == failed
    assert all(re.search("broken|takes too long", sentence) for _, sentence in messenger.failed)
    assert {jobs[job] for job, _ in messenger.delivered} == dreamt


@asynccontextmanager
async def shelf(names: tuple[str, ...]) -> AsyncIterator[str]:
    """The address of a server of those files, each by its number in the list."""

    async def answer(request: web.Request) -> web.Response:
        name = names[int(request.match_info["number"])]
        return web.Response(body=await asyncio.to_thread(CORPUS[name]))

    app = web.Application()
    app.router.add_get("/{number}", answer)
    async with TestServer(app) as server:
        yield f"http://127.0.0.1:{server.port}"


def wish(person: int, address: str) -> Wish:
    """One person's wish for the dream of the file of that number."""
    return Wish(
        key=f"message:{person}:0",
        person_id=person,
        place=Place(guild_id=1, channel_id=2, message_id=3, answer_id=person),
        preset=SMALL,
        picture=Candidate("holiday.jpg", "image/jpeg", 1000, f"{address}/{person}"),
    )
