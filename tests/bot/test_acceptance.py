"""From a wish to its job: how many pictures are looked at, and the recipe that each gets."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st

from bot.acceptance import AT_ONCE, MOST_IN_HAND, MOST_LOOKED_AT, Acceptance, Wish
from bot.database import Database
from bot.errors import Refusal
from bot.intake import Candidate, Intake
from bot.jobs.forecast import Forecast
from bot.jobs.job import Job, Place
from bot.jobs.limits import Limits
from bot.jobs.submit import Submission
from bot.outside import Outside
from bot.plans import fit
from bot.settings import Settings
from bot.storage import Storage
from dream import Format, Output, Probe, Recipe, presets
from dream import encoding as dream_encoding
from dream import pictures as dream_pictures
from tests.bot.chat import picture
from tests.bot.jobs.books import until

LIMIT = 1024 * 768


class SlowHost:
    """Hands out a picture as often as it is asked, once its gate is open."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.asked = 0
        self.at_once = 0
        self.most_at_once = 0

    async def answer(self, _: web.Request) -> web.Response:
        self.asked += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await self.gate.wait()
        await asyncio.sleep(0.01)
        self.at_once -= 1
        return web.Response(body=picture())


class Here:
    """Looks at pictures in this process, and has a line without an end."""

    async def probe(self, data: bytes) -> Probe:
        return dream_pictures.probe(data)

    async def reencode(self, data: bytes, output: Output) -> tuple[bytes, Format]:
        found = dream_pictures.decode(data)
        return dream_encoding.encode(found.rgb, found.alpha, output)

    async def expect(self, _: Job) -> Forecast:
        return Forecast(0)


Wishes = Callable[[int, int], Wish]


@pytest.fixture
def host() -> SlowHost:
    return SlowHost()


@pytest.fixture
async def wish(host: SlowHost) -> AsyncIterator[Wishes]:
    """Makes the wish of that number, somebody's, for a picture of that host."""
    app = web.Application()
    app.router.add_get("/", host.answer)
    async with TestServer(app) as server:
        url = str(server.make_url("/"))

        def make(number: int, person_id: int) -> Wish:
            picture = Candidate("a.png", "image/png", 1000, url)
            place = Place(1, 2, number, 1000 + number)
            preset = presets()["strokes"]
            return Wish(f"message:{number}:0", person_id, place, preset, picture)

        yield make


@pytest.fixture
async def acceptance(database: Database, storage: Storage) -> AsyncIterator[Acceptance]:
    intake = Intake(most=2**20, outside=Outside(hosts=[], own=[], most=2**20), storage=storage)
    submission = Submission(database, storage, Limits(daily_credits=1000))
    yield Acceptance(Settings(), intake, Here(), submission, Here())
    await intake.close()


async def test_nobody_has_many_pictures_looked_at_and_so_keeps_others_out(
    acceptance: Acceptance, host: SlowHost, wish: Wishes
) -> None:
    async with asyncio.TaskGroup() as group:
        mob = [
            group.create_task(acceptance.accept(wish(number, 1))) for number in range(MOST_IN_HAND)
        ]
        await until(lambda: host.asked == MOST_LOOKED_AT)

        other = group.create_task(acceptance.accept(wish(101, 2)))
        await until(lambda: host.asked == MOST_LOOKED_AT + 1)
        with pytest.raises(Refusal, match="once I've answered those"):
            await acceptance.accept(wish(100, 1))
        assert host.asked == MOST_LOOKED_AT + 1
        host.gate.set()

    taken = [task.result().job.created_at for task in mob]
    assert max(taken[:MOST_LOOKED_AT]) < min(taken[-MOST_LOOKED_AT:])
    assert all(task.result().new for task in [*mob, other])
    assert (await acceptance.accept(wish(100, 1))).new


async def test_pictures_of_many_people_are_looked_at_a_few_at_a_time(
    acceptance: Acceptance, host: SlowHost, wish: Wishes
) -> None:
    people = 3 * AT_ONCE
    async with asyncio.TaskGroup() as group:
        wishes = [
            group.create_task(acceptance.accept(wish(number, number))) for number in range(people)
        ]
        await until(lambda: host.at_once == AT_ONCE)
        await asyncio.sleep(0.1)
        host.gate.set()

    assert all(task.result().new for task in wishes)
    assert host.most_at_once == AT_ONCE


@given(st.integers(1, 60_000), st.integers(1, 60_000), st.sampled_from([None, 64, 500, 16384]))
def test_no_dream_is_larger_than_allowed(width: int, height: int, asked: int | None) -> None:
    recipe = fit(Recipe(size=asked), (width, height), LIMIT)
    assert math.prod(recipe.dream_size((width, height))) <= LIMIT
    if asked is not None:
        assert recipe.size is not None
        assert recipe.size <= asked


@given(st.integers(1, 1024), st.integers(1, 768))
def test_a_picture_small_enough_keeps_its_size(width: int, height: int) -> None:
    assert fit(Recipe(), (width, height), LIMIT).size is None


def test_a_thin_picture_counts_as_wide_as_it_is_dreamt() -> None:
    recipe = fit(Recipe(), (LIMIT, 1), LIMIT)
    assert recipe.size is not None
    assert recipe.size * 32 <= LIMIT


def test_a_large_picture_uses_what_is_allowed() -> None:
    recipe = fit(Recipe(), (4000, 3000), LIMIT)
    assert recipe.dream_size((4000, 3000)) == (1024, 768)
