"""From a wish for a dream to its job: the picture fetched, looked at, and its cost known."""

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from bot.database import DatabaseAway
from bot.database.standing import Standing
from bot.errors import Refusal
from bot.gate import Gate, Verdict, judge
from bot.intake import Candidate, Intake, Stored
from bot.jobs import recipes
from bot.jobs.forecast import Forecast
from bot.jobs.job import Job, Place, Request
from bot.jobs.recipes import AnyRecipe
from bot.plans import LONGEST_SIDE, OnPicture, Plan
from bot.rules import Rules
from bot.settings import Settings
from bot.typed import Choices
from bot.ui import words
from bot.ui.languages import spoken
from dream import DreamError, Format, Output, Preset, Probe, Recipe, random_seed

log = logging.getLogger(__name__)

MOST_LOOKED_AT = 4
"""Pictures of one person that are fetched and looked at at the same time: it costs no credits."""

MOST_IN_HAND = 40
"""Wishes of one person that are being turned into jobs, most of them waiting to be looked at."""

AT_ONCE = 8
"""Pictures fetched and looked at at the same time, everybody's: each is held in memory."""

COPY = Output("JPEG", 2**16)
"""What a gate is shown of a picture."""


class Submissions(Protocol):
    """Takes requests in; `bot.jobs.submit.Submission`."""

    async def submit(self, request: Request, stood: Standing) -> tuple[Job, bool]:
        """The job, and whether it is new, where things stood so. Raises a Refusal."""

    async def look(
        self, request_key: str, person_id: int, guild_id: int | None, roles: Collection[int]
    ) -> Job | Standing:
        """The job that a wish became before, or how things stand. Raises a Refusal where none
        can become one, for any picture."""


class RulesOf(Protocol):
    """Knows the rules of servers; `bot.guilds.Guilds`."""

    async def rules(self, guild_id: int | None) -> Rules:
        """Those of that server, or of direct messages."""


class Queue(Protocol):
    """Works on jobs; `bot.jobs.runner.Runner`."""

    async def expect(self, job: Job) -> Forecast:
        """There is a new job: where it stands."""


class Prober(Protocol):
    """Looks at pictures in a process of its own; `dream.Pool`."""

    async def probe(self, picture: bytes) -> Probe:
        """What it is. Raises a DreamError: the picture's fault, or nobody can look just now."""

    async def reencode(self, picture: bytes, output: Output) -> tuple[bytes, Format]:
        """The picture as a file of that output. Raises a DreamError, as above."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asked for.

    Attributes:
        key: Unique to it, such as `message:123:0`.
        person_id: Who asked.
        place: Where, and the answer there.
        preset: The style.
        picture: The file to dream on; None where it needs none.
        roles: Ids of the roles that the person has there.
        choices: What of the preset's recipe is wanted otherwise.
        further: Other files by what they are for: `guide`, `mask`.
        remark: What of the wish was left out, or which picture was taken; or nothing.
        parent_id: Of the job whose dream this one comes from, if it comes from one.
        depth: Which dream of a dream it is; 0 for that of a picture.
        plan: What is to be made of all that.
    """

    key: str
    person_id: int
    place: Place
    preset: Preset
    picture: Candidate | Stored | None = None
    roles: frozenset[int] = frozenset()
    choices: Choices = field(default_factory=Choices)
    further: Mapping[str, Candidate | Stored] = field(default_factory=dict)
    remark: str = ""
    parent_id: str | None = None
    depth: int = 0
    plan: Plan = field(default_factory=OnPicture)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A wish that became a job.

    Attributes:
        job: The job.
        new: Whether this wish made it; otherwise the same wish was seen before.
        forecast: Where it stands.
    """

    job: Job
    new: bool
    forecast: Forecast


class Stopping(Refusal):
    """This bot takes no more wishes; the one that comes next does, or one beside it."""

    def __init__(self) -> None:
        super().__init__(words.stopping())


class Acceptance:
    """Turns wishes into jobs, until it is stopped.

    Args:
        gate: Judges small copies of all pictures; None where nobody does.
        guilds: Knows on which servers dreams are smaller; None if they are on none.
    """

    def __init__(
        self,
        settings: Settings,
        intake: Intake,
        prober: Prober,
        submissions: Submissions,
        queue: Queue,
        *,
        gate: Gate | None = None,
        guilds: RulesOf | None = None,
    ) -> None:
        self._gate = gate
        self._settings = settings
        self._intake = intake
        self._prober = prober
        self._submissions = submissions
        self._queue = queue
        self._guilds = guilds
        self._in_hand = Counter[int]()
        self._turns = defaultdict[int, asyncio.Semaphore](lambda: asyncio.Semaphore(MOST_LOOKED_AT))
        self._gently = asyncio.Semaphore(AT_ONCE)
        self._under_way = 0
        self._open = True
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def under_way(self) -> int:
        """How many wishes are being turned into jobs."""
        return self._under_way

    @property
    def open(self) -> bool:
        """Whether wishes are taken; not once the bot is stopping."""
        return self._open

    def check_open(self) -> None:
        """Raises Stopping once the bot is."""
        if not self._open:
            raise Stopping

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
        guild_id = wish.place.guild_id
        async with self._in_turn(wish.person_id):
            found = await self._submissions.look(wish.key, wish.person_id, guild_id, wish.roles)
            if isinstance(found, Job):
                return Accepted(found, False, Forecast(0))
            # Until it is stored, lest more of them are held than were let in.
            async with self._gently:
                job, new = await self._submit(wish, found)
        if not new:
            return Accepted(job, False, Forecast(0))
        try:
            return Accepted(job, True, await self._queue.expect(job))
        except DatabaseAway:
            return Accepted(job, True, Forecast(0))

    async def _submit(self, wish: Wish, stood: Standing) -> tuple[Job, bool]:
        """The wish's job, and whether it is new."""
        picture, size = b"", None
        if wish.picture is not None:
            picture = await self._intake.fetch(wish.picture)
            size = (await self._prober.probe(picture)).size
        further = {role: await self._looked_at(role, file) for role, file in wish.further.items()}
        posted = [picture, *further.values()] if wish.picture else [*further.values()]
        verdicts = [await self._judged(data) for data in posted]
        side = await self._longest_side(wish.place.guild_id)
        recipe = wish.plan.recipe(_wanted(wish), size, self._settings.dream_pixels, side)
        if isinstance(recipe, Recipe):
            recipe = recipe.with_files(**further)
        request = Request(
            key=wish.key,
            person_id=wish.person_id,
            place=wish.place,
            preset=wish.preset.name,
            recipe=recipe,
            picture=picture,
            size=size,
            cost=recipes.cost(recipe, size),
            remark=_remark(wish, recipe),
            roles=wish.roles,
            locale=spoken(),
            further=further,
            parent_id=wish.parent_id,
            depth=wish.depth,
            spoiler=bool(wish.picture and wish.picture.spoiler) or Verdict.SPOILER in verdicts,
            kind=wish.plan.kind,
        )
        return await self._submissions.submit(request, stood)

    async def _longest_side(self, guild_id: int | None) -> int:
        """Pixels that a dream's longer side may have on that server."""
        rules = Rules() if self._guilds is None else await self._guilds.rules(guild_id)
        return min(rules.dream_size or LONGEST_SIDE, LONGEST_SIDE)

    @asynccontextmanager
    async def _in_turn(self, person_id: int) -> AsyncIterator[None]:
        """Entered by few of a person's wishes at a time, the others in their order after them.

        Raises:
            Refusal: Too many of them wait.
        """
        if self._in_hand[person_id] >= MOST_IN_HAND:
            raise Refusal(words.looking_at_others(MOST_IN_HAND))
        self._in_hand[person_id] += 1
        try:
            async with self._turns[person_id]:
                yield
        finally:
            self._in_hand[person_id] -= 1
            if not self._in_hand[person_id]:
                del self._in_hand[person_id], self._turns[person_id]

    async def _judged(self, picture: bytes) -> Verdict:
        """What the gate makes of a picture; it sees only a copy that a worker has written.

        Raises:
            Refusal: The picture may not be dreamt, or the gate can't tell.
        """
        if self._gate is None:
            return Verdict.FINE
        copy, _ = await self._prober.reencode(picture, COPY)
        verdict = await judge(self._gate, copy)
        if verdict is Verdict.REFUSE:
            raise Refusal(words.kept_out())
        return verdict

    async def _looked_at(self, role: str, file: Candidate | Stored) -> bytes:
        """The bytes of a further picture; whoever posted several learns which one is at fault."""
        try:
            data = await self._intake.fetch(file)
            await self._prober.probe(data)
        except (Refusal, DreamError) as error:
            raise Refusal(words.about_the(role, str(error))) from error
        return data


def _wanted(wish: Wish) -> Recipe:
    recipe = wish.choices.of(wish.preset.recipe)
    return recipe if wish.choices.seed is not None else recipe.with_(seed=random_seed())


def _remark(wish: Wish, recipe: AnyRecipe) -> str:
    asked, side = wish.choices.size, recipes.side(recipe)
    smaller = asked is not None and side != asked
    return words.remark(wish.remark, words.smaller_than_asked(side) if smaller else "")
