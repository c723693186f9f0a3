"""How quick machines dream, in the database: what was measured outlives the bot."""

from collections.abc import Mapping
from functools import cache

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.database.connection import insert_or_replace
from bot.database.models import PaceRow
from bot.jobs.estimates import BUSY, Machine, Pace, Paces

_MOST = 500
"""Rows looked at; machines come and go under new names."""


async def read(session: AsyncSession, machine: Machine) -> Paces:
    """What is known of the machine; where it hasn't dreamt yet, of the latest of its kind."""
    rows = await session.execute(_known(machine))
    own: dict[str, Pace] = {}
    alike: dict[str, Pace] = {}
    for name, network, seconds, dreams in rows:
        if name == str(machine):
            own[network] = Pace(seconds, dreams)
        elif network != BUSY:
            # One that was measured elsewhere is soon corrected here.
            alike.setdefault(network, Pace(seconds, 1))
    return Paces(machine.kind, alike | own)


@cache
def _known(machine: Machine) -> Select[str, str, float, int]:
    """The statement, built once: it is asked at every turn, and building it takes longer."""
    alike = PaceRow.machine.endswith(f" {machine.kind}", autoescape=True)
    return (
        select(PaceRow.machine, PaceRow.network, PaceRow.seconds, PaceRow.dreams)
        .where(or_(PaceRow.machine == str(machine), alike))
        .order_by(PaceRow.measured_at.desc(), PaceRow.machine, PaceRow.network)
        .limit(_MOST)
    )


async def write(session: AsyncSession, machine: Machine, paces: Mapping[str, Pace]) -> None:
    """Keep what has changed of the machine."""
    rows = [
        {
            "machine": str(machine),
            "network": network,
            "seconds": pace.seconds,
            "dreams": pace.dreams,
        }
        # In one order everywhere, lest two bots on a machine wait for each other.
        for network, pace in sorted(paces.items())
    ]
    await insert_or_replace(session, PaceRow, rows, now="measured_at")
