"""From a wish for a dream to its job: the picture fetched, looked at, and its cost known."""

import asyncio
import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.database import DatabaseAway
from bot.errors import Refusal
from bot.intake import Candidate, Intake
from bot.jobs.job import Job, Place, Request
from bot.settings import Settings
from bot.ui import words
from dream import Preset, Probe, Recipe, Size, random_seed

log = logging.getLogger(__name__)

LONGEST_SIDE = 16384
"""Pixels: the most a recipe can ask for."""

NARROWEST = 32
"""Pixels that a network sees at least."""


class Submissions(Protocol):
    """Takes requests in; `bot.jobs.submit.Submission`."""

    async def submit(self, request: Request) -> tuple[Job, bool]:
        """The job, and whether it is new. Raises a Refusal."""


class Queue(Protocol):
    """Works on jobs; `bot.jobs.runner.Runner`."""

    def wake(self) -> None:
        """There is a new job."""

    async def position(self, job: Job) -> int:
        """How many dreams come before it."""


class Prober(Protocol):
    """Looks at pictures in a process of its own; `dream.Pool`."""

    async def probe(self, picture: bytes) -> Probe:
        """What it is. Raises a PictureError."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asked for.

    Attributes:
        key: Unique to it, such as `message:123:0`.
        person_id: Who asked.
        place: Where, and the answer there.
        preset: The style.
        candidates: Files that may be the picture; at least one.
    """

    key: str
    person_id: int
    place: Place
    preset: Preset
    candidates: Sequence[Candidate]


@dataclass(frozen=True, slots=True)
class Accepted:
    """A wish that became a job.

    Attributes:
        job: The job.
        new: Whether this wish made it; otherwise the same wish was seen before.
        before: How many dreams come before it.
        remark: What of the wish was left out, or nothing.
    """

    job: Job
    new: bool
    before: int
    remark: str


class Acceptance:
    """Turns wishes into jobs, until it is stopped."""

    def __init__(
        self,
        settings: Settings,
        intake: Intake,
        prober: Prober,
        submissions: Submissions,
        queue: Queue,
    ) -> None:
        self._settings = settings
        self._intake = intake
        self._prober = prober
        self._submissions = submissions
        self._queue = queue
        self._under_way = 0
        self._open = True
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def under_way(self) -> int:
        """How many wishes are being turned into jobs."""
        return self._under_way

    def check_open(self) -> None:
        """Raises Refusal once the bot is stopping."""
        if not self._open:
            raise Refusal(words.STOPPING)

    async def accept(self, wish: Wish) -> Accepted:
        """Fetch the picture, look at it, compute the cost, and hand the job in.

        Raises:
            Refusal: With the sentence for the person; nothing was charged.
            DreamError: The same.
        """
        self.check_open()
        self._under_way += 1
        self._idle.clear()
        try:
            return await self._accept(wish)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()

    async def stop(self, grace: float) -> None:
        """Take no more wishes; those under way have `grace` seconds to become jobs."""
        self._open = False
        try:
            await asyncio.wait_for(self._idle.wait(), grace)
        except TimeoutError:
            log.warning("%d wishes didn't become jobs before the end", self._under_way)

    async def _accept(self, wish: Wish) -> Accepted:
        chosen = await self._intake.picture(wish.candidates)
        probe = await self._prober.probe(chosen.data)
        recipe = fit(wish.preset.recipe, probe.size, self._settings.dream_pixels)
        recipe = recipe.with_(seed=random_seed())
        request = Request(
            key=wish.key,
            person_id=wish.person_id,
            place=wish.place,
            preset=wish.preset.name,
            recipe=recipe,
            picture=chosen.data,
            size=probe.size,
            cost=recipe.cost(probe.size),
        )
        job, new = await self._submissions.submit(request)
        if not new:
            return Accepted(job, False, 0, chosen.remark)
        self._queue.wake()
        return Accepted(job, True, await self._before(job), chosen.remark)

    async def _before(self, job: Job) -> int:
        try:
            return await self._queue.position(job)
        except DatabaseAway:
            return 0


def fit(recipe: Recipe, picture: Size, most: int) -> Recipe:
    """The recipe for that picture, with a size that keeps the dream within `most` pixels.

    A recipe that asks for a size gets no larger one; a picture that is small enough stays as it is.
    """
    width, height = recipe.dream_size(picture)
    if _area(width, height) <= most and max(width, height) <= LONGEST_SIDE:
        return recipe
    size = min(int(max(width, height) * math.sqrt(most / (width * height))), LONGEST_SIDE)
    # The shorter side is rounded, up at times.
    while size > 1 and _area(*recipe.with_(size=size).dream_size(picture)) > most:
        size -= 1
    return recipe.with_(size=max(size, 1))


def _area(width: int, height: int) -> int:
    """Pixels that are dreamt: a picture too thin for a network to see anything is made wider."""
    return max(width, NARROWEST) * max(height, NARROWEST)
