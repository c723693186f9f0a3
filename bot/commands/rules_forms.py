"""The forms in which moderators write rules of their server; what can't be is refused."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import discord
from discord import ui

from bot.errors import Refusal
from bot.plans import LONGEST_SIDE, NARROWEST
from bot.rules import LEAST_SIDE, LONGEST_PREFIX, MOST_BONUSES, MOST_STARS, Rules
from bot.settings import Settings
from bot.ui import words
from bot.ui.filling import Filled, filled_in
from bot.ui.panel import WRITTEN_IN

MOST = 1_000_000
"""Of what the bot itself has no limit for."""

STARS = 3
"""That a dream needs in a gallery, if nothing else is said."""

Change = Callable[[Rules], Rules]

_FORM = re.compile(r"rules:written:([a-z]+)")


class Form(ui.Modal):
    """One of them. It is sent, and made anew to read what was written: `bot.ui.filling` says why.

    Args:
        rules: As they are.
        guild: Of that server.

    Attributes:
        what: Which one.
    """

    what: ClassVar[str]

    def __init__(self, title: str, fields: Sequence[ui.Label[Any]]) -> None:
        super().__init__(title=title, custom_id=f"rules:written:{self.what}")
        for field in fields:
            self.add_item(field)

    def read(self, written: Filled) -> Change:
        """What was written makes of the rules. Raises Refusal for what can't be."""
        raise NotImplementedError


class LimitsForm(Form):
    """Credits, the line, and the size of dreams."""

    what = "limits"

    def __init__(self, rules: Rules, settings: Settings, guild: discord.Guild) -> None:
        own = settings.limits
        side = min(LONGEST_SIDE, settings.dream_pixels // NARROWEST)
        person, server = (
            words.person_field(own.daily_credits),
            words.server_field(own.server_credits),
        )
        line, size = words.waiting_field(own.waiting), words.side_field(side)
        self._numbers = {
            "person_credits": _Number("person", person, rules.person_credits, 1, own.daily_credits),
            "server_credits": _Number(
                "server", server, rules.server_credits, 1, own.server_credits
            ),
            "waiting": _Number("waiting", line, rules.waiting, 1, own.waiting),
            "dream_size": _Number("side", size, rules.dream_size, LEAST_SIDE, side),
        }
        super().__init__(words.limits_title(), [each.label for each in self._numbers.values()])

    def read(self, written: Filled) -> Change:
        """Four numbers, of which each may be left empty."""
        wanted: Any = {name: number.read(written) for name, number in self._numbers.items()}
        return lambda rules: replace(rules, **wanted)


class GalleryForm(Form):
    """Where shared and starred dreams go, and how many stars it takes."""

    what = "gallery"

    def __init__(self, rules: Rules, settings: Settings, guild: discord.Guild) -> None:
        self._guild = guild
        stars = rules.stars if rules.gallery_channel_id is not None else STARS
        self._stars = _Number("stars", words.stars_field(MOST_STARS), stars, 0, MOST_STARS)
        channel = _channel("channel", words.gallery_field(), rules.gallery_channel_id, guild)
        super().__init__(words.gallery_title(), [channel, self._stars.label])

    def read(self, written: Filled) -> Change:
        """A channel, or none, and a number."""
        channel_id, stars = (
            _written_in(written, "channel", self._guild),
            self._stars.read(written) or 0,
        )
        if channel_id is None:
            stars = 0
        return lambda rules: replace(rules, gallery_channel_id=channel_id, stars=stars)


class MoreForm(Form):
    """The prefix, and the channels for moderators and of news."""

    what = "more"

    def __init__(self, rules: Rules, settings: Settings, guild: discord.Guild) -> None:
        self._guild = guild
        prefix: ui.TextInput[Any] = ui.TextInput(
            custom_id="prefix", default=rules.prefix, required=False, max_length=LONGEST_PREFIX
        )
        fields = [
            _label(words.prefix_field(settings.prefix), prefix),
            _channel("log", words.log_field(), rules.log_channel_id, guild),
            _channel("news", words.news_field(), rules.news_channel_id, guild),
        ]
        super().__init__(words.more_title(), fields)

    def read(self, written: Filled) -> Change:
        """A prefix and channels, each of which may be left empty."""
        prefix = _typed(written, "prefix") or None
        if prefix is not None and not _is_prefix(prefix):
            raise Refusal(words.bad_prefix())
        log, news = (_written_in(written, name, self._guild) for name in ("log", "news"))
        return lambda rules: replace(rules, prefix=prefix, log_channel_id=log, news_channel_id=news)


class RolesForm(Form):
    """What a role adds to a person's day."""

    what = "roles"

    def __init__(self, rules: Rules, settings: Settings, guild: discord.Guild) -> None:
        self._guild, self._daily = guild, settings.limits.daily_credits
        role: ui.RoleSelect[Any] = ui.RoleSelect(custom_id="role")
        self._credits = _Number("credits", words.bonus_field(self._daily), None, 0, self._daily)
        super().__init__(
            words.roles_title(), [_label(words.role_field(), role), self._credits.label]
        )

    def read(self, written: Filled) -> Change:
        """A role and a number."""
        role, more = int(written["role"][0]), self._credits.read(written) or 0
        if role == self._guild.id:
            raise Refusal(words.everybody_has_it())

        def change(rules: Rules) -> Rules:
            others = {each: kept for each, kept in rules.bonuses.items() if each != role}
            if not more:
                return replace(rules, bonuses=others)
            if (rules.person_credits or self._daily) >= self._daily:
                raise Refusal(words.no_room_for_bonus(self._daily))
            if len(others) >= MOST_BONUSES:
                raise Refusal(words.too_many_bonuses())
            return replace(rules, bonuses={**others, role: more})

        return change


FORMS = {form.what: form for form in (LimitsForm, GalleryForm, MoreForm, RolesForm)}


def written_in(interaction: discord.Interaction[Any]) -> tuple[str, Filled] | None:
    """Which form was written in, and what; None if the interaction isn't about one."""
    return filled_in(interaction, _FORM)


class _Number:
    """A field for a whole number, or nothing."""

    def __init__(
        self, custom_id: str, told: tuple[str, str], value: int | None, least: int, most: int
    ) -> None:
        self._id, self._name = custom_id, told[0]
        self._least, self._most = least, most or MOST
        field: ui.TextInput[Any] = ui.TextInput(
            custom_id=custom_id,
            default=None if value is None else str(value),
            required=False,
            max_length=len(str(self._most)) + 2,
        )
        self.label = _label(told, field)

    def read(self, written: Filled) -> int | None:
        """The number; None for nothing. Raises Refusal for what can't be."""
        typed = _typed(written, self._id)
        if not typed:
            return None
        if not (typed.isascii() and typed.isdigit() and self._least <= int(typed) <= self._most):
            raise Refusal(words.number_wanted(self._name, self._least, self._most))
        return int(typed)


def _label(told: tuple[str, str], field: Any) -> ui.Label[Any]:
    return ui.Label(text=told[0], description=told[1], component=field)


def _typed(written: Filled, field: str) -> str:
    return "".join(written.get(field, [])).strip()


def _channel(
    custom_id: str, told: tuple[str, str], chosen: int | None, guild: discord.Guild
) -> ui.Label[Any]:
    there = chosen is not None and guild.get_channel(chosen) is not None
    select: ui.ChannelSelect[Any] = ui.ChannelSelect(
        custom_id=custom_id,
        channel_types=WRITTEN_IN,
        required=False,
        min_values=0,
        default_values=[discord.Object(chosen)] if there and chosen else [],
    )
    return _label(told, select)


def _written_in(written: Filled, field: str, guild: discord.Guild) -> int | None:
    """The channel that was chosen, if any. Raises Refusal if the bot can't write in it."""
    chosen = _typed(written, field)
    if not chosen:
        return None
    channel = guild.get_channel(int(chosen))
    allowed = channel.permissions_for(guild.me) if channel else discord.Permissions.none()
    needed = ("view_channel", "send_messages", "attach_files", "embed_links")
    if not all(getattr(allowed, each) for each in needed):
        raise Refusal(words.cannot_write_in(int(chosen)))
    return int(chosen)


def _is_prefix(typed: str) -> bool:
    """Whether commands can begin with that, and hardly anything else does."""
    plain = typed.isprintable() and not any(each.isspace() or each in "@#</\\`" for each in typed)
    return plain and len(typed) <= LONGEST_PREFIX and not typed[-1].isalnum()
