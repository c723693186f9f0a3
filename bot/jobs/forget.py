"""A person is forgotten: what they asked for ends, and what they left is erased."""

import asyncio
import hmac
from collections.abc import Collection
from datetime import UTC, date, datetime

from bot.database import Database, DatabaseAway, Session, forgetting
from bot.database.forgetting import Traces
from bot.errors import Refusal
from bot.storage import Storage, StorageError
from bot.ui.languages import _, noted

PATIENCE = 10.0
"""Seconds in which runners may end a person's jobs and say so; then these are taken from them."""

_LOOK_SECONDS = 0.2
_ROUNDS = 5
_AT_ONCE = 8
"""Pictures removed side by side."""

_FORGOTTEN = noted("You asked me to forget you.")
_NOT_ALL = noted(
    "I couldn't erase everything just now, so some of it is still here. "
    "Ask me again in a few minutes; I go on where I stopped."
)


def digest(key: bytes, person_id: int) -> str:
    """What is kept of a forgotten person's id: it leads back only for whoever has the key."""
    return hmac.digest(key, str(person_id).encode(), "sha256").hex()


async def remember(session: Session, key: bytes, person_id: int, day: date) -> None:
    """Give whoever was forgotten their credits of that day and their blocks again.

    First thing in each transaction in which these count.
    """
    await forgetting.remember(session, digest(key, person_id), person_id, day)


class Forgetting:
    """Erases people.

    Args:
        key: Of the hashes by which they are known again until their credits and blocks end.
        patience: Seconds that their unfinished jobs have to end by themselves.
    """

    def __init__(
        self, database: Database, storage: Storage, key: bytes, *, patience: float = PATIENCE
    ) -> None:
        self._database = database
        self._storage = storage
        self._key = key
        self._patience = patience

    async def traces(self, person_id: int) -> Traces:
        """What the person has left by now.

        Raises:
            Refusal: The database can't be asked.
        """
        try:
            return await self._traces(person_id)
        except DatabaseAway as error:
            raise Refusal(
                _("I can't look up what I have of yours just now. Ask me again in a few minutes.")
            ) from error

    async def forget(self, person_id: int) -> None:
        """Erase all that the person has left; credits of unfinished dreams come back first.

        Of whoever has used up credits today or is blocked, a hash of their id stays until these
        end. A second time, or by several bots at once, does no harm.

        Raises:
            Refusal: Something is still there; trying again goes on with it.
        """
        try:
            for _round in range(_ROUNDS):
                await self._end_jobs(person_id)
                found = await self._traces(person_id)
                if found.unfinished:
                    continue  # it was asked for this very moment
                await self._remove(found.keys)
                if await self._erase(person_id, found.jobs):
                    return
        except (DatabaseAway, StorageError) as error:
            raise Refusal(_(_NOT_ALL)) from error
        # They go on asking for dreams meanwhile.
        raise Refusal(_(_NOT_ALL))

    async def _traces(self, person_id: int) -> Traces:
        async with self._database.transaction() as session:
            return await forgetting.traces(session, person_id)

    async def _unfinished(self, person_id: int) -> int:
        async with self._database.transaction() as session:
            return await forgetting.unfinished(session, person_id)

    async def _end_jobs(self, person_id: int) -> None:
        await self._database.carry_out(lambda s: forgetting.cancel(s, person_id, _FORGOTTEN))
        until = asyncio.get_running_loop().time() + self._patience
        while await self._unfinished(person_id):
            if asyncio.get_running_loop().time() >= until:
                await self._database.carry_out(lambda s: forgetting.wrest(s, person_id, _FORGOTTEN))
                return
            await asyncio.sleep(_LOOK_SECONDS)

    async def _remove(self, keys: Collection[str]) -> None:
        places = asyncio.Semaphore(_AT_ONCE)

        async def remove(key: str) -> None:
            async with places:
                await self._storage.delete(key)

        # All are tried before the first failure is told, so that the next time has less to do.
        outcomes = await asyncio.gather(*map(remove, keys), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    async def _erase(self, person_id: int, known: frozenset[str]) -> bool:
        known_by, now = digest(self._key, person_id), datetime.now(UTC)
        return await self._database.carry_out(
            lambda session: forgetting.erase(session, known_by, person_id, known, now)
        )
