"""What those in charge do to a person's credits and rights: whole, written down, once each."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from bot.database import Database, DatabaseAway, Session, blocks, ledger, quotas
from bot.database.ledger import Act, Entry
from bot.errors import Refusal
from bot.jobs.forget import remember
from bot.ui.languages import _, noted

T = TypeVar("T")

LATEST = 10
"""Entries of the ledger that are shown."""

_LOST = noted(
    "My database is out of reach. Look into the ledger in a minute, whether that was done, "
    "before you try again."
)


class Acts:
    """Does what those in charge want; that they are is seen to before.

    Each act and its row in the ledger are one transaction. Every method raises a Refusal where
    the database can't be asked.

    Args:
        key: Of the hashes by which people who were forgotten are known again.
    """

    def __init__(self, database: Database, key: bytes) -> None:
        self._database = database
        self._key = key

    async def grant(self, act: Act, amount: int) -> None:
        """Give the person so many credits on top, for today."""
        await self._do(act.person_id, lambda session: quotas.grant(session, act, amount))

    async def reset(self, act: Act) -> int:
        """Give back what the person has spent today; how many credits that is."""
        return await self._do(act.person_id, lambda session: quotas.reset(session, act))

    async def block(self, act: Act, until: datetime | None) -> None:
        """Forbid the person to dream until then, or for good."""
        await self._do(act.person_id, lambda session: blocks.block(session, act, until))

    async def unblock(self, act: Act, *guilds: int) -> bool:
        """Lift the block of the act's scope, and those on these servers; False for none."""
        return await self._do(act.person_id, lambda session: blocks.unblock(session, act, *guilds))

    async def ledger(self, person_id: int, guild_id: int | None) -> Sequence[Entry]:
        """The person's latest entries, newest first; of one server's alone unless that is None."""
        return await self._do(
            person_id, lambda session: ledger.last(session, person_id, guild_id, LATEST)
        )

    async def _do(self, person_id: int, act: Callable[[Session], Awaitable[T]]) -> T:
        async def remembering(session: Session) -> T:
            await remember(session, self._key, person_id, datetime.now(UTC).date())
            return await act(session)

        try:
            return await self._database.carry_out(remembering)
        except DatabaseAway as error:
            raise Refusal(_(_LOST)) from error
