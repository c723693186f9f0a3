"""What the moderators of a server have decided about dreams there."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from bot.jobs.limits import Limits

LONGEST_PREFIX = 5
"""Characters."""

MOST_CHANNELS = 25
"""Channels that dreams can be kept to: as many as Discord lets one choose at once."""

MOST_BONUSES = 25

MOST_STARS = 100

LEAST_SIDE = 64
"""Pixels of the longer side of a dream that something can still be seen on."""


class Thing(StrEnum):
    """What can be switched off on a server."""

    LINKS = "links"
    AVATARS = "avatars"
    LOOKING_BACK = "looking back"
    NOISE = "noise"
    EXPLORE = "explore"


COMMANDS = {
    Thing.NOISE: frozenset({"noise", "imagine-class"}),
    Thing.EXPLORE: frozenset({"explore", "tour"}),
}
"""Things that are commands of their own; what the bot has no command for isn't offered."""


@dataclass(frozen=True, slots=True)
class Rules:
    """A server's own; where one is None or empty, what the bot has everywhere goes.

    Attributes:
        prefix: What typed commands begin with.
        preset: Name of the preset of a dream that names none.
        channels: Ids of those that dreams may be asked for in, and in their threads; empty for all.
        gallery_channel_id: Where dreams go that people share, or that others have starred.
        stars: How many of those it takes; 0 for only those that are shared.
        dream_size: Most pixels of the longer side of a dream.
        person_credits: Of each person there a day (UTC).
        server_credits: Of all people there together a day.
        waiting: Most dreams of a person that wait, wherever they were asked for.
        bonuses: Credits on top of `person_credits`, by the id of a role; of several the best.
        locale: Language of answers to people whose own isn't known, such as `de`.
        off: What isn't done there.
        log_channel_id: Where those in charge are told of reports, and when the server's credits
            have run out.
        news_channel_id: Where news of the bot go.
    """

    prefix: str | None = None
    preset: str | None = None
    channels: frozenset[int] = frozenset()
    gallery_channel_id: int | None = None
    stars: int = 0
    dream_size: int | None = None
    person_credits: int | None = None
    server_credits: int | None = None
    waiting: int | None = None
    bonuses: Mapping[int, int] = field(default_factory=dict)
    locale: str | None = None
    off: frozenset[Thing] = frozenset()
    log_channel_id: int | None = None
    news_channel_id: int | None = None

    def within(self, own: Limits) -> Limits:
        """How much people there may ask for: never more than the bot's own limits allow."""
        return replace(
            own,
            server_credits=_least(own.server_credits, self.server_credits),
            waiting=_least(own.waiting, self.waiting),
            daily_credits_here=self.person_credits,
            bonuses_here=self.bonuses,
        )


def _least(own: int, chosen: int | None) -> int:
    """The lower limit of two; the bot's own is 0 where it has none."""
    if chosen is None:
        return own
    return min(own, chosen) if own else chosen
