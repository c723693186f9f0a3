"""Whether a wish may become a job, as its person and their server stand; if not, why not."""

import math
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.database.standing import Standing
from bot.errors import Refusal
from bot.jobs.limits import Limits
from bot.ui.languages import _, several


@dataclass(frozen=True, slots=True)
class Purse:
    """Credits of a day.

    Attributes:
        used: Spent, or reserved for dreams that aren't finished.
        limit: How many there are that day.
        here: Whether these are of one server, where there are fewer than elsewhere.
    """

    used: int
    limit: int
    here: bool = False

    @property
    def left(self) -> int:
        """What may still be used. A limit may have fallen below what was."""
        return max(0, self.limit - self.used)


class Blocked(Refusal):
    """Somebody in charge has forbidden the person to dream there."""


class Draining(Refusal):
    """No wishes are taken until somebody in charge opens the line again."""


class QuotaUsedUp(Refusal):
    """The person has too few credits left today for this dream."""


class ServerUsedUp(Refusal):
    """The server's people have too few credits left today for this dream.

    Attributes:
        run_out: Whether they had enough before; a dream may cost more than a whole day has.
    """

    def __init__(self, sentence: str, *, run_out: bool) -> None:
        super().__init__(sentence)
        self.run_out = run_out


class TooManyWaiting(Refusal):
    """As many of the person's dreams wait as may."""


class ServerLineFull(Refusal):
    """As many of the server's dreams wait as may."""


class TooSoon(Refusal):
    """The person's last wish was accepted a moment ago."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, where and when.

    Attributes:
        guild_id: None in a direct message.
        roles: Ids of the roles that the person has there.
        at: The moment; its day (UTC) is the one whose credits are used.
    """

    person_id: int
    guild_id: int | None
    roles: Collection[int]
    at: datetime


def purse(limits: Limits, asker: Asker, standing: Standing) -> Purse:
    """The person's own credits: of where they ask, if fewer are left there than elsewhere."""
    on_top = limits.bonus(asker.roles) + standing.granted
    everywhere = Purse(standing.used, limits.daily_credits + on_top)
    if limits.daily_credits_here is None:
        return everywhere
    daily = min(limits.daily_credits_here + limits.bonus_here(asker.roles), limits.daily_credits)
    here = Purse(standing.used_here, daily + on_top, here=True)
    return min(everywhere, here, key=lambda purse: purse.left)


def server_purse(limits: Limits, asker: Asker, standing: Standing) -> Purse | None:
    """The server's credits; None where there is no server, or no limit."""
    if asker.guild_id is None or not limits.server_credits:
        return None
    return Purse(standing.server_used, limits.server_credits)


def admit(limits: Limits, asker: Asker, standing: Standing, cost: int) -> None:
    """Let a dream of that cost in.

    Raises:
        Refusal: One of those above, the one first that is longest in the way.
    """
    if standing.block is not None:
        raise Blocked(blocked(standing.block.everywhere, standing.block.until))
    if standing.draining:
        raise Draining(
            _(
                "I'm taking no new dreams for now; those that wait will still be dreamt. "
                "Please ask again later."
            )
        )
    resets = moment(next_midnight(asker.at))
    own = purse(limits, asker, standing)
    if cost > own.left:
        fewer = " " + _("That is what this server gives each person a day.") if own.here else ""
        raise QuotaUsedUp(_used_up(own, cost, resets) + fewer)
    server = server_purse(limits, asker, standing)
    if server is not None and cost > server.left:
        raise ServerUsedUp(_server_used_up(server, cost, resets), run_out=cost <= server.limit)
    if 0 < limits.waiting <= standing.waiting:
        raise TooManyWaiting(
            several(
                "You have {number} dream waiting, and I keep no more than {most} for one person. "
                "Ask again when one has begun.",
                "You have {number} dreams waiting, and I keep no more than {most} for one person. "
                "Ask again when one has begun.",
                standing.waiting,
                most=limits.waiting,
            )
        )
    if asker.guild_id is not None and 0 < limits.server_waiting <= standing.server_waiting:
        raise ServerLineFull(
            several(
                "This server has {number} dream waiting, as many as I keep for one. "
                "Ask again in a few minutes, when some have begun.",
                "This server has {number} dreams waiting, as many as I keep for one. "
                "Ask again in a few minutes, when some have begun.",
                standing.server_waiting,
            )
        )
    if standing.last_at is not None and limits.cooldown:
        again = standing.last_at + timedelta(seconds=limits.cooldown)
        if asker.at < again:
            raise TooSoon(
                _("One moment: you can ask for your next dream {when}.", when=moment(again))
            )


def blocked(everywhere: bool, until: datetime | None) -> str:
    """What a person is told who may not dream."""
    when, left = (moment(until, "f"), moment(until)) if until else ("", "")
    if everywhere:
        said = _("You can't ask me for dreams any more.")
        if until:
            said = _("You can't ask me for dreams until {when}, {left}.", when=when, left=left)
        return f"{said} " + _("Whoever runs me can lift that.")
    said = _("You can't ask me for dreams on this server any more.")
    if until:
        said = _(
            "You can't ask me for dreams on this server until {when}, {left}.", when=when, left=left
        )
    return f"{said} " + _("Those who manage the server can lift that.")


def next_midnight(now: datetime) -> datetime:
    """When there are new credits: the next midnight in UTC."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day + timedelta(days=1)


def moment(when: datetime, style: str = "R") -> str:
    """A moment that Discord shows by each reader's own clock, never before it has come."""
    return f"<t:{math.ceil(when.timestamp())}:{style}>"


def _used_up(own: Purse, cost: int, resets: str) -> str:
    costs = _costs(cost)
    if cost > own.limit:
        return _(
            "{costs}, more than the {limit} of a whole day. "
            "Try a smaller one, or fewer iterations.",
            costs=costs[:1].upper() + costs[1:],
            limit=own.limit,
        )
    if own.left == 0:
        return _(
            "You've used up your {credits} of today, and {costs}. You get new ones {when}.",
            credits=_credits(own.limit),
            costs=costs,
            when=resets,
        )
    return _(
        "You have {credits} left today, and {costs}. "
        "You get new ones {when}; a smaller dream may fit before.",
        credits=_credits(own.left),
        costs=costs,
        when=resets,
    )


def _server_used_up(server: Purse, cost: int, resets: str) -> str:
    costs = _costs(cost)
    if cost > server.limit:
        return _(
            "{costs}, more than the {limit} that this server has a day. "
            "Try a smaller one, or fewer iterations.",
            costs=costs[:1].upper() + costs[1:],
            limit=server.limit,
        )
    if server.left == 0:
        return _(
            "This server has used up its {credits} of today. It gets new ones {when}.",
            credits=_credits(server.limit),
            when=resets,
        )
    return _(
        "This server has {credits} left today, for everybody, and {costs}. "
        "It gets new ones {when}; a smaller dream may fit before.",
        credits=_credits(server.left),
        costs=costs,
        when=resets,
    )


def _costs(cost: int) -> str:
    return several("this dream costs {number} credit", "this dream costs {number} credits", cost)


def _credits(number: int) -> str:
    return several("{number} credit", "{number} credits", number)
