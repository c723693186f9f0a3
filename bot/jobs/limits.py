"""How much people may ask for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Limits:
    """What each person, and each server's people together, may take.

    Attributes:
        daily_credits: Of a person a day (UTC).
        server_credits: Of a server a day, for all its people together; 0 for any number.
        waiting: Most dreams of a person that wait in the line; 0 for any number.
        server_waiting: The same of a server.
        cooldown: Seconds from one accepted wish of a person to the next; 0 for none.
        bonuses: Credits on top a day, by the id of a role.
        daily_credits_here: Of a person a day on one server, whatever they have elsewhere; None for
            as many as everywhere.
        bonuses_here: Credits on top of those, by the id of a role; with them nobody gets more than
            `daily_credits`.
    """

    daily_credits: int
    server_credits: int = 0
    waiting: int = 0
    server_waiting: int = 0
    cooldown: float = 0.0
    bonuses: Mapping[int, int] = field(default_factory=dict)
    daily_credits_here: int | None = None
    bonuses_here: Mapping[int, int] = field(default_factory=dict)

    def bonus(self, roles: Collection[int]) -> int:
        """Credits on top a day for somebody with those roles: of several bonuses the best one."""
        return _best(self.bonuses, roles)

    def bonus_here(self, roles: Collection[int]) -> int:
        """Credits on top of `daily_credits_here`: of several bonuses the best one."""
        if self.daily_credits_here is None:
            return 0
        room = self.daily_credits - self.daily_credits_here
        return max(0, min(_best(self.bonuses_here, roles), room))


class LimitsOf(Protocol):
    """Knows the limits of each server; `bot.guilds.Guilds`."""

    async def limits(self, guild_id: int | None) -> Limits:
        """Those on that server, or in direct messages."""


def _best(bonuses: Mapping[int, int], roles: Collection[int]) -> int:
    return max((more for role, more in bonuses.items() if role in roles), default=0)
