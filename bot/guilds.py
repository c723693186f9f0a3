"""The rules of servers: looked up at every message, and so remembered for a while."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.database import Database, DatabaseAway, Session, guilds
from bot.jobs.limits import Limits
from bot.rules import Rules

FRESH = 30.0
"""Seconds until rules are looked up again: so soon a change by another bot is seen."""

PATIENCE = 1.0
"""Seconds that a look-up may keep somebody waiting; after that what was known goes."""

MOST = 10_000
"""Servers whose rules are remembered."""

NONE = Rules()
"""In direct messages, and where nobody has set any."""


@dataclass(frozen=True, slots=True)
class _Known:
    rules: Rules
    until: float


class Guilds:
    """Reads and writes the rules of servers.

    Args:
        own: The bot's own limits, which no server's rules go beyond.
    """

    def __init__(self, database: Database, own: Limits) -> None:
        self._database = database
        self._own = own
        self._known: OrderedDict[int, _Known] = OrderedDict()
        self._looks: dict[int, asyncio.Task[Rules]] = {}

    @property
    def own(self) -> Limits:
        """The bot's own limits."""
        return self._own

    async def rules(self, guild_id: int | None) -> Rules:
        """A server's rules, as they were half a minute ago at least; what was last known of them
        while the database is away."""
        if guild_id is None:
            return NONE
        known = self._known.get(guild_id)
        if known is not None and asyncio.get_running_loop().time() < known.until:
            return known.rules
        with suppress(DatabaseAway, TimeoutError):
            if not self._database.away:
                async with asyncio.timeout(PATIENCE):
                    return await asyncio.shield(self._look(guild_id))
        return self.known(guild_id)

    def known(self, guild_id: int | None) -> Rules:
        """What was last known of a server's rules."""
        known = None if guild_id is None else self._known.get(guild_id)
        return NONE if known is None else known.rules

    async def limits(self, guild_id: int | None) -> Limits:
        """How much people may ask for on that server, or in direct messages."""
        return (await self.rules(guild_id)).within(self._own)

    async def read(self, guild_id: int) -> Rules:
        """A server's rules as they are now. Raises DatabaseAway."""
        return await asyncio.shield(self._look(guild_id))

    async def change(self, guild_id: int, how: Callable[[Rules], Rules]) -> Rules:
        """Have a server's rules be what `how` makes of them; those.

        Raises:
            DatabaseAway: They may or may not have been changed.
        """

        async def act(session: Session) -> Rules:
            wanted = how(await guilds.hold(session, guild_id))
            await guilds.put(session, guild_id, wanted)
            return wanted

        try:
            return await self._database.carry_out(act)
        finally:
            self._outdated(guild_id)

    async def reset(self, guild_id: int) -> None:
        """Remove a server's rules. Raises DatabaseAway."""
        try:
            async with self._database.transaction() as session:
                await guilds.forget(session, guild_id)
        finally:
            self._outdated(guild_id)

    async def leave(self, guild_id: int) -> None:
        """The bot isn't on that server any more. Raises DatabaseAway."""
        self._outdated(guild_id)
        async with self._database.transaction() as session:
            await guilds.leave(session, guild_id)

    async def tells(self, guild_id: int) -> bool:
        """Whether those in charge there are to be told that today's credits are gone: once a day,
        by one of all bots. Raises DatabaseAway."""
        async with self._database.transaction() as session:
            return await guilds.tells(session, guild_id, datetime.now(UTC).date())

    def _look(self, guild_id: int) -> "asyncio.Task[Rules]":
        """One look for all who want to know at the same time."""
        look = self._looks.get(guild_id)
        if look is None:
            look = asyncio.create_task(self._look_up(guild_id))
            self._looks[guild_id] = look
            look.add_done_callback(lambda done: self._looked(guild_id, done))
        return look

    async def _look_up(self, guild_id: int) -> Rules:
        async with self._database.transaction() as session:
            return await guilds.rules(session, guild_id)

    def _looked(self, guild_id: int, look: "asyncio.Task[Rules]") -> None:
        # One that began before a change isn't the one that is waited for any more.
        current = self._looks.get(guild_id) is look
        if current:
            del self._looks[guild_id]
        if look.cancelled() or look.exception() is not None or not current:
            return
        until = look.get_loop().time() + FRESH
        self._known[guild_id] = _Known(look.result(), until)
        self._known.move_to_end(guild_id)
        if len(self._known) > MOST:
            self._known.popitem(last=False)

    def _outdated(self, guild_id: int) -> None:
        known = self._known.get(guild_id)
        if known is not None:
            self._known[guild_id] = replace(known, until=0.0)
        self._looks.pop(guild_id, None)
