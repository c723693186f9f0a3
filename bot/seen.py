"""Which messages this bot has dealt with, so that after a stop only the others are looked for."""

import asyncio
import logging
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from bot.database import Database, DatabaseAway, seen
from bot.database.seen import Mark

log = logging.getLogger(__name__)

WRITE_SECONDS = 3.0
"""How often it is written how far channels were seen, all of them at once."""

REMEMBERED = 4096
"""Messages that are known by themselves, beyond those that a channel's mark covers."""

EVERYWHERE = 0
"""Stands for all channels and servers."""

FLUSH_SECONDS = 5.0
"""How long a stopping bot tries to write; what isn't written is looked at once more later."""


class Seen:
    """Keeps how far each channel was dealt with, in memory and now and then in the database.

    A message counts once it has been dealt with, and so have all before it: of a bot that is
    killed over a message it isn't written that it was.

    Args:
        since: Id after which messages are this bot's to deal with where none was ever seen, for
            they were posted while it started; None for those that are posted once it listens.
    """

    def __init__(self, database: Database, since: int | None = None) -> None:
        self._database = database
        self._since = since
        self._marks: dict[int, Mark] = {}
        self._unwritten: set[int] = set()
        self._begun: OrderedDict[int, None] = OrderedDict()
        self._under_way: dict[int, Counter[int]] = {}
        self._losses = 0
        self._blind: dict[int, int] = {}
        self._missing: set[int] = set()
        self._gap: dict[int, Mark] | None = None
        self._behind: dict[int, Mark] = {}

    # Gaps

    async def load(self) -> None:
        """Read how far bots have seen; before the first connection, which leaves a gap."""
        self._marks = await self._database.insist(seen.marks)
        if not self._marks and self._since is not None:
            self.begin(self._since)
        self._missing.add(self._lose())

    def begin(self, message_id: int) -> None:
        """Nothing was ever seen: whatever comes after that message is, or is missed."""
        self._marks[EVERYWHERE] = Mark(EVERYWHERE, message_id)
        self._unwritten.add(EVERYWHERE)

    def lost_sight(self, shard: int) -> None:
        """That connection misses messages from now on. Nothing is written until it is known that
        they were looked for, or that there were none."""
        if shard not in self._blind:
            self._blind[shard] = self._lose()

    def regained_sight(self, shard: int) -> None:
        """That connection has got all that it missed, since it was lost for the last time."""
        self._blind.pop(shard, None)
        self._close_gap()

    def sees_again(self, shard: int) -> None:
        """That connection hears of what is said from now on, in a new session: what was said
        before is to be looked for."""
        loss = self._blind.pop(shard, None)
        if loss is not None:
            self._missing.add(loss)

    def _lose(self) -> int:
        """The number of a new loss."""
        self._losses += 1
        if self._gap is None:
            self._gap = dict(self._marks)
        return self._losses

    @property
    def losses(self) -> int:
        """How many losses of sight are over by now, in their order: what is looked for after
        this is all that was missed in them."""
        return min(self._blind.values()) - 1 if self._blind else self._losses

    @property
    def gap(self) -> Mapping[int, Mark]:
        """How far channels were seen, by channel id, when messages began to be missed."""
        return (self._marks if self._gap is None else self._gap) | self._behind

    def caught_up(self, losses: int, besides: Mapping[int, Mark] | None = None) -> None:
        """What was missed in the first so many losses has been looked for.

        Args:
            besides: Channels where it couldn't be, and how far those were seen before. Their
                gap stays, until this is said again without them.
        """
        self._unwritten |= self._behind.keys()
        self._behind = dict(besides or {})
        self._unwritten |= self._behind.keys()
        for channel_id, mark in self._behind.items():
            self._marks.setdefault(channel_id, mark)
        self._missing = {loss for loss in self._missing if loss > losses}
        self._close_gap()

    def _close_gap(self) -> None:
        if not self._missing and not self._blind:
            self._gap = None

    # Messages

    def knows(self, message_id: int) -> bool:
        """Whether this bot has begun to deal with that message."""
        return message_id in self._begun

    @contextmanager
    def dealing_with(
        self, guild_id: int | None, channel_id: int, message_id: int
    ) -> Iterator[None]:
        """Within this the message is dealt with; after this it has been, whatever came of it.

        One that is left off, since the bot stops or nobody goes on with it, stays under way.
        """
        self._begun[message_id] = None
        if len(self._begun) > REMEMBERED:
            self._begun.popitem(last=False)
        under_way = self._under_way.setdefault(channel_id, Counter())
        under_way[message_id] += 1
        try:
            yield
        except (asyncio.CancelledError, GeneratorExit):
            raise
        except BaseException:
            self._dealt_with(guild_id, channel_id, message_id)
            raise
        self._dealt_with(guild_id, channel_id, message_id)

    def _dealt_with(self, guild_id: int | None, channel_id: int, message_id: int) -> None:
        under_way = self._under_way[channel_id]
        under_way[message_id] -= 1
        if not under_way[message_id]:
            del under_way[message_id]
        if not under_way:
            del self._under_way[channel_id]
        known = self._marks.get(channel_id)
        if known is None or known.message_id < message_id:
            self._marks[channel_id] = Mark(guild_id, message_id)
        self._unwritten.add(channel_id)

    # Writing

    async def run(self) -> None:
        """Write again and again, until cancelled."""
        while True:
            await asyncio.sleep(WRITE_SECONDS)
            # It has said so itself, and the next time writes this too.
            with suppress(DatabaseAway):
                await self.write()

    async def write(self) -> None:
        """Write what has changed, unless messages were missed that nobody has looked for yet.

        Raises:
            DatabaseAway: It couldn't be written.
        """
        if self._gap is not None or not self._unwritten:
            return
        changed, self._unwritten = self._unwritten, set()
        try:
            async with self._database.transaction() as session:
                await seen.mark(session, {channel: self._mark(channel) for channel in changed})
        except BaseException:
            self._unwritten |= changed
            raise

    async def flush(self) -> None:
        """Write at the end, if that can be done."""
        try:
            async with asyncio.timeout(FLUSH_SECONDS):
                await self.write()
        except (DatabaseAway, TimeoutError):
            log.warning("What was seen last can't be written; it is looked at once more later.")

    def _mark(self, channel_id: int) -> Mark:
        """Up to the first message that is still under way, or to those nobody could look for."""
        if channel_id in self._behind:
            return self._behind[channel_id]
        known = self._marks[channel_id]
        under_way = self._under_way.get(channel_id)
        if not under_way:
            return known
        return Mark(known.guild_id, min(known.message_id, min(under_way) - 1))
