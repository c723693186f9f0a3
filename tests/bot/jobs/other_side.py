"""What jobs meet at their doors: wishes, and a pool and a messenger that do as a test says."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from itertools import count

from bot.jobs.forecast import Forecast
from bot.jobs.job import Job, Place, Request, Result
from bot.jobs.messenger import Telling
from bot.jobs.recipes import AnyRecipe
from dream import (
    Dream,
    Format,
    Imagination,
    Imagined,
    Output,
    Progress,
    Recipe,
    Series,
    Sheet,
    Size,
)

_numbers = count(1000)

Act = Callable[[], Awaitable[object]]


SERVER = 2**62
"""Where wishes come from, unless they say."""


def wish(
    person_id: int = 1,
    *,
    key: str | None = None,
    cost: int = 1,
    size: Size = (640, 480),
    guild_id: int | None = SERVER,
    roles: Collection[int] = (),
) -> Request:
    """A wish like no other, unless its key is given."""
    number = next(_numbers)
    return Request(
        key=key or f"message:{number}:0",
        person_id=person_id,
        place=Place(guild_id=guild_id, channel_id=7, message_id=number, answer_id=2**61 + number),
        preset="classic",
        recipe=Recipe(seed=number),
        picture=f"picture {number}".encode(),
        size=size,
        cost=cost,
        roles=frozenset(roles),
    )


async def at_once() -> None:
    """What a quick dream takes."""


async def forever() -> None:
    """What a dream takes that has to be interrupted."""
    await asyncio.Event().wait()


def breaking(error: Exception) -> Act:
    """What happens in a dream that goes wrong."""

    async def act() -> None:
        raise error

    return act


@dataclass
class ScriptedPool:
    """Dreams `dream of …`; before each it does the next of its acts, if there is one left."""

    acts: deque[Act] = field(default_factory=deque)
    slots: int = 1
    begun: list[tuple[bytes | None, AnyRecipe, Output]] = field(default_factory=list)
    limits: list[float] = field(default_factory=list)
    reencoded: list[Output] = field(default_factory=list)
    cancelled: int = 0
    at_work: int = 0
    most_at_work: int = 0

    async def dream(
        self,
        picture: bytes | None,
        recipe: Recipe,
        output: Output,
        *,
        guide: bytes | None = None,
        mask: bytes | None = None,
        on_progress: Callable[[Progress], None],
        timeout: float,
    ) -> Dream:
        await self._work(picture, recipe, output, on_progress, timeout)
        made = b"dream of " + (picture or b"noise")
        return Dream(made, "PNG", (640, 480), recipe, 1.5, "its first frame of 2")

    async def imagine(
        self,
        imagination: Imagination,
        output: Output,
        *,
        on_progress: Callable[[Progress], None],
        timeout: float,
    ) -> Imagined:
        await self._work(None, imagination, output, on_progress, timeout)
        return Imagined(imagination.what.encode(), "PNG", imagination, 2.5)

    async def sheet(
        self,
        picture: bytes | None,
        series: Series,
        output: Output,
        *,
        on_progress: Callable[[Progress], None],
        timeout: float,
    ) -> Sheet:
        await self._work(picture, series, output, on_progress, timeout)
        made = b"sheet of " + (picture or b"noise")
        return Sheet(made, "PNG", (800, 600), series, 3.5, "its first frame of 2")

    async def _work(
        self,
        picture: bytes | None,
        recipe: AnyRecipe,
        output: Output,
        on_progress: Callable[[Progress], None],
        timeout: float,
    ) -> None:
        self.begun.append((picture, recipe, output))
        self.limits.append(timeout)
        self.at_work += 1
        self.most_at_work = max(self.most_at_work, self.at_work)
        try:
            on_progress(Progress(0.5, 1, 2))
            await (self.acts.popleft() if self.acts else at_once)()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.at_work -= 1

    async def reencode(self, picture: bytes, output: Output) -> tuple[bytes, Format]:
        assert output.budget is not None
        self.reencoded.append(output)
        return picture[: output.budget], "JPEG"


@dataclass
class RecordingMessenger:
    """Writes down what people are told; meets its troubles first, one each time it speaks."""

    troubles: deque[Exception] = field(default_factory=deque)
    delivered: list[tuple[str, bytes]] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    tellings: list[Telling] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    moves: list[tuple[str, Forecast]] = field(default_factory=list)
    shown: list[float] = field(default_factory=list)
    left: list[float] = field(default_factory=list)
    held: Callable[[], float] = lambda: 0.0
    gone: list[str] = field(default_factory=list)
    limit: int = 123_456

    async def upload_limit(self, job: Job) -> int:
        return self.limit

    def moved(self, job: Job, forecast: Forecast) -> None:
        self.moves.append((job.id, forecast))

    def progress(
        self, job: Job, progress: Progress, left: float, held: Callable[[], float]
    ) -> None:
        self.shown.append(progress.done)
        self.left.append(left)
        self.held = held

    def lost(self, job: Job) -> None:
        self.gone.append(job.id)

    def restarted(self, job: Job) -> None:
        self.again.append(job.id)

    async def deliver(self, job: Job, result: Result, data: bytes, telling: Telling) -> int:
        self._meet_trouble()
        self.delivered.append((job.id, data))
        self.results.append(result)
        self.tellings.append(telling)
        return job.place.answer_id

    async def fail(self, job: Job, sentence: str, telling: Telling) -> int:
        self._meet_trouble()
        self.failed.append((job.id, sentence))
        self.tellings.append(telling)
        return job.place.answer_id

    def _meet_trouble(self) -> None:
        if self.troubles:
            raise self.troubles.popleft()
