"""What jobs meet at their doors: wishes, and a pool and a messenger that do as a test says."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count

from bot.jobs.job import Job, Place, Request, Result
from dream import Dream, Output, Progress, Recipe

_numbers = count(1000)

Act = Callable[[], Awaitable[object]]


def wish(person_id: int = 1, *, key: str | None = None, cost: int = 1) -> Request:
    """A wish like no other, unless its key is given."""
    number = next(_numbers)
    return Request(
        key=key or f"message:{number}:0",
        person_id=person_id,
        place=Place(guild_id=2**62, channel_id=7, message_id=number, answer_id=2**61 + number),
        preset="classic",
        recipe=Recipe(seed=number),
        picture=f"picture {number}".encode(),
        size=(640, 480),
        cost=cost,
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
    begun: list[tuple[bytes, Recipe, Output]] = field(default_factory=list)
    cancelled: int = 0
    at_work: int = 0
    most_at_work: int = 0

    async def dream(
        self,
        picture: bytes,
        recipe: Recipe,
        output: Output,
        *,
        on_progress: Callable[[Progress], None],
        timeout: float,
    ) -> Dream:
        self.begun.append((picture, recipe, output))
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
        return Dream(b"dream of " + picture, "PNG", (640, 480), recipe, 1.5, "its first frame of 2")


@dataclass
class RecordingMessenger:
    """Writes down what people are told; meets its troubles first, one each time it speaks."""

    troubles: deque[Exception] = field(default_factory=deque)
    delivered: list[tuple[str, bytes]] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    shown: list[float] = field(default_factory=list)
    limit: int = 123_456

    async def upload_limit(self, job: Job) -> int:
        return self.limit

    def progress(self, job: Job, progress: Progress) -> None:
        self.shown.append(progress.done)

    def restarted(self, job: Job) -> None:
        self.again.append(job.id)

    async def deliver(self, job: Job, result: Result, data: bytes) -> None:
        self._meet_trouble()
        self.delivered.append((job.id, data))
        self.results.append(result)

    async def fail(self, job: Job, sentence: str) -> None:
        self._meet_trouble()
        self.failed.append((job.id, sentence))

    def _meet_trouble(self) -> None:
        if self.troubles:
            raise self.troubles.popleft()
