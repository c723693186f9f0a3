"""The one scheduler of progress edits, so that many dreams share a channel's allowance."""

import asyncio
import logging
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from bot.jobs.job import Place
from bot.ui.allowance import Allowance
from bot.ui.cards import Card

log = logging.getLogger(__name__)

Put = Callable[[Place, Card], Awaitable[bool]]
"""Turns the answer of that place into the card; False where there is no answer any more."""

Still = Callable[[], Awaitable[float]]
"""Seconds for which a state is true for sure, asked just before it would be shown."""

APART = 2.5
"""Seconds between the edits in one channel, whatever the number of its dreams."""

PATIENCE = 15.0
"""Seconds that a result waits for an edit of its own dream that is under way."""

REMEMBERED = 4096
"""Number of jobs whose late progress is still told from that of a new one."""


class ProgressBoard:
    """Shows how far dreams are; nobody waits for it.

    Of each job the latest state wins. The jobs of a channel take turns, at least `apart` seconds
    from edit to edit, and make way for results. Once `finish` has returned, no progress of that
    job is shown any more.
    """

    def __init__(
        self, put: Put, *, apart: float = APART, allowance: Allowance | None = None
    ) -> None:
        self._put = put
        self._apart = apart
        self._allowance = allowance or Allowance()
        self._pressing = Counter[int]()
        self._channels: dict[int, _Channel] = {}
        self._begun: OrderedDict[str, None] = OrderedDict()
        self._finished: OrderedDict[str, None] = OrderedDict()
        self._closed = False

    def show(self, job_id: str, place: Place, card: Card, still: Still | None = None) -> None:
        """Show that state of the job as soon as its channel allows. Returns at once.

        A state that somebody else may bring to its end needs `still`: the result stands there
        then, and must not be written over. An edit that takes longer than that is given up.
        """
        if self._closed or job_id in self._finished:
            return
        _remember(self._begun, job_id)
        channel = self._channels.get(place.channel_id)
        if channel is None:
            channel = _Channel(self, place.channel_id)
            self._channels[place.channel_id] = channel
        channel.show(job_id, _State(place, card, still))

    def show_first(self, job_id: str, place: Place, card: Card, still: Still | None = None) -> None:
        """Show that state unless another one of the job came before."""
        if job_id not in self._begun:
            self.show(job_id, place, card, still)

    async def finish(self, job_id: str, channel_id: int) -> None:
        """Show no more of that job; an edit of it under way has landed when this returns."""
        _remember(self._finished, job_id)
        if channel := self._channels.get(channel_id):
            await channel.drop(job_id)

    async def room(self, channel_id: int) -> None:
        """Wait until a result may be shown in that channel: many dreams may end there at once."""
        self._pressing[channel_id] += 1
        try:
            await self._allowance.wait(channel_id)
            self._allowance.use(channel_id)
        finally:
            self._pressing[channel_id] -= 1
            if not self._pressing[channel_id]:
                del self._pressing[channel_id]

    def cut(self, job_id: str, channel_id: int) -> None:
        """Drop what is to be shown of that job, in the middle of its edit if need be.

        Returns at once. What is shown later is another matter: the job may come back.
        """
        if channel := self._channels.get(channel_id):
            channel.cut(job_id)

    async def close(self) -> None:
        """Show nothing more at all."""
        self._closed = True
        tasks = [channel.task for channel in self._channels.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._channels.clear()

    def _pressed(self, channel_id: int) -> bool:
        """Whether results wait there, or are about to."""
        return channel_id in self._pressing or self._allowance.pause(channel_id) > 0

    async def _edit(self, job_id: str, state: "_State") -> None:
        try:
            sure = None if state.still is None else await state.still()
            if sure is not None and sure <= 0:
                return
            self._allowance.use(state.place.channel_id)
            async with asyncio.timeout(sure):
                there = await self._put(state.place, state.card)
            if not there:
                _remember(self._finished, job_id)
        except Exception as error:
            # The next state comes soon, and the result is delivered with patience.
            log.info("progress of %s not shown: %s", job_id, error)

    def _left(self, channel_id: int) -> None:
        self._channels.pop(channel_id, None)


@dataclass(frozen=True, slots=True)
class _State:
    """A state of a job, to be shown at its channel's next turn."""

    place: Place
    card: Card
    still: Still | None


def _remember(jobs: OrderedDict[str, None], job_id: str) -> None:
    jobs[job_id] = None
    jobs.move_to_end(job_id)
    if len(jobs) > REMEMBERED:
        jobs.popitem(last=False)


class _Channel:
    """The turns of one channel, for as long as it has any and its allowance is used."""

    def __init__(self, board: ProgressBoard, channel_id: int) -> None:
        self._board = board
        self._id = channel_id
        self._waiting: OrderedDict[str, _State] = OrderedDict()
        self._editing: tuple[str, asyncio.Task[None]] | None = None
        self.task = asyncio.create_task(self._take_turns(), name=f"progress in {channel_id}")

    def show(self, job_id: str, state: _State) -> None:
        earlier = self._waiting.get(job_id)
        if earlier is not None and state.card.picture is None:
            state = replace(state, card=replace(state.card, picture=earlier.card.picture))
        # A job that waits already keeps its turn.
        self._waiting[job_id] = state

    async def drop(self, job_id: str) -> None:
        self._waiting.pop(job_id, None)
        if self._editing is None or self._editing[0] != job_id:
            return
        task = self._editing[1]
        await asyncio.wait([task], timeout=PATIENCE)
        # Its connection is closed by this, before the result is sent on another.
        task.cancel()
        await asyncio.wait([task])

    def cut(self, job_id: str) -> None:
        self._waiting.pop(job_id, None)
        if self._editing is not None and self._editing[0] == job_id:
            self._editing[1].cancel()

    async def _take_turns(self) -> None:
        try:
            while self._waiting:
                if self._board._pressed(self._id):
                    await asyncio.sleep(self._board._apart)
                    continue
                job_id, state = self._waiting.popitem(last=False)
                task = asyncio.create_task(self._board._edit(job_id, state))
                self._editing = (job_id, task)
                try:
                    await asyncio.wait([task])
                finally:
                    task.cancel()
                    self._editing = None
                await asyncio.sleep(self._board._apart)
        finally:
            self._board._left(self._id)
