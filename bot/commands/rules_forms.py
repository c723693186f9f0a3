"""The forms in which moderators write rules of their server; what can't be is refused."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import discord
from discord import ui

from bot.commands import errors
from bot.commands.context import language_of
from bot.errors import Refusal
from bot.jobs.limits import Limits
from bot.plans import LONGEST_SIDE, NARROWEST
from bot.rules import LEAST_SIDE, LONGEST_PREFIX, MOST_BONUSES, MOST_STARS, Rules
from bot.settings import Settings
from bot.ui import words
from bot.ui.languages import speak
from bot.ui.panel import WRITTEN_IN

OPEN_SECONDS = 900.0
"""How long a form may be filled in."""

MOST = 1_000_000
"""Of what the bot itself has no limit for."""

STARS = 3
"""That a dream needs in a gallery, if nothing else is said."""

Change = Callable[[Rules], Rules]
Done = Callable[[discord.Interaction[Any], Change], Awaitable[None]]


class Form(ui.Modal):
    """One of them.

    Args:
        done: Called with what is to be changed, once that was read.
    """

    def __init__(self, title: str, done: Done) -> None:
        super().__init__(title=title, timeout=OPEN_SECONDS)
        self._done = done

    def read(self, guild: discord.Guild) -> Change:
        """What was written makes of the rules. Raises Refusal for what can't be."""
        raise NotImplementedError

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Read it, and have it changed."""
        speak(language_of(interaction))
        if interaction.guild is not None:
            await self._done(interaction, self.read(interaction.guild))

    async def on_error(  # type: ignore[override]
        self, interaction: discord.Interaction[Any], error: Exception, /
    ) -> None:
        """Decided in `bot.commands.errors`."""
        await errors.on_interaction_error(interaction, error)


class LimitsForm(Form):
    """Credits, the line, and the size of dreams."""

    def __init__(self, rules: Rules, settings: Settings, done: Done) -> None:
        super().__init__(words.limits_title(), done)
        own = settings.limits
        side = min(LONGEST_SIDE, settings.dream_pixels // NARROWEST)
        person, server = (
            words.person_field(own.daily_credits),
            words.server_field(own.server_credits),
        )
        self._person = _Number("person", person, rules.person_credits, 1, own.daily_credits)
        self._server = _Number("server", server, rules.server_credits, 1, own.server_credits)
        line, size = words.waiting_field(own.waiting), words.side_field(side)
        self._waiting = _Number("waiting", line, rules.waiting, 1, own.waiting)
        self._side = _Number("side", size, rules.dream_size, LEAST_SIDE, side)
        for field in (self._person, self._server, self._waiting, self._side):
            self.add_item(field.label)

    def read(self, guild: discord.Guild) -> Change:
        """Four numbers, of which each may be left empty."""
        wanted = {
            "person_credits": self._person.read(),
            "server_credits": self._server.read(),
            "waiting": self._waiting.read(),
            "dream_size": self._side.read(),
        }
        return lambda rules: replace(rules, **wanted)  # type: ignore[arg-type]


class GalleryForm(Form):
    """Where starred dreams go, and how many stars it takes."""

    def __init__(self, rules: Rules, guild: discord.Guild, done: Done) -> None:
        super().__init__(words.gallery_title(), done)
        self._channel = _channel(rules.gallery_channel_id, guild)
        stars = rules.stars if rules.gallery_channel_id is not None else STARS
        self._stars = _Number("stars", words.stars_field(MOST_STARS), stars, 0, MOST_STARS)
        self.add_item(_label(words.gallery_field(), self._channel))
        self.add_item(self._stars.label)

    def read(self, guild: discord.Guild) -> Change:
        """A channel, or none, and a number."""
        channel_id, stars = _written_in(self._channel, guild), self._stars.read() or 0
        if channel_id is None:
            stars = 0
        return lambda rules: replace(rules, gallery_channel_id=channel_id, stars=stars)


class MoreForm(Form):
    """The prefix, and the channel of words to moderators."""

    def __init__(self, rules: Rules, settings: Settings, guild: discord.Guild, done: Done) -> None:
        super().__init__(words.more_title(), done)
        self._prefix: ui.TextInput[Any] = ui.TextInput(
            custom_id="prefix", default=rules.prefix, required=False, max_length=LONGEST_PREFIX
        )
        self._channel = _channel(rules.log_channel_id, guild)
        self.add_item(_label(words.prefix_field(settings.prefix), self._prefix))
        self.add_item(_label(words.log_field(), self._channel))

    def read(self, guild: discord.Guild) -> Change:
        """A prefix and a channel, or neither."""
        prefix = self._prefix.value.strip() or None
        if prefix is not None and not _is_prefix(prefix):
            raise Refusal(words.bad_prefix())
        channel_id = _written_in(self._channel, guild)
        return lambda rules: replace(rules, prefix=prefix, log_channel_id=channel_id)


class RolesForm(Form):
    """What a role adds to a person's day."""

    def __init__(self, own: Limits, done: Done) -> None:
        super().__init__(words.roles_title(), done)
        self._daily = own.daily_credits
        self._role: ui.RoleSelect[Any] = ui.RoleSelect(custom_id="role")
        self._credits = _Number("credits", words.bonus_field(self._daily), None, 0, self._daily)
        self.add_item(_label(words.role_field(), self._role))
        self.add_item(self._credits.label)

    def read(self, guild: discord.Guild) -> Change:
        """A role and a number."""
        role, more = self._role.values[0].id, self._credits.read() or 0
        if role == guild.id:
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


class _Number:
    """A field for a whole number, or nothing."""

    def __init__(
        self, custom_id: str, told: tuple[str, str], value: int | None, least: int, most: int
    ) -> None:
        self._name = told[0]
        self._least, self._most = least, most or MOST
        self._input: ui.TextInput[Any] = ui.TextInput(
            custom_id=custom_id,
            default=None if value is None else str(value),
            required=False,
            max_length=len(str(self._most)) + 2,
        )
        self.label = _label(told, self._input)

    def read(self) -> int | None:
        """The number; None for nothing. Raises Refusal for what can't be."""
        typed = self._input.value.strip()
        if not typed:
            return None
        if not (typed.isascii() and typed.isdigit() and self._least <= int(typed) <= self._most):
            raise Refusal(words.number_wanted(self._name, self._least, self._most))
        return int(typed)


def _label(told: tuple[str, str], field: Any) -> ui.Label[Any]:
    return ui.Label(text=told[0], description=told[1], component=field)


def _channel(chosen: int | None, guild: discord.Guild) -> ui.ChannelSelect[Any]:
    there = chosen is not None and guild.get_channel(chosen) is not None
    return ui.ChannelSelect(
        custom_id="channel",
        channel_types=WRITTEN_IN,
        required=False,
        min_values=0,
        default_values=[discord.Object(chosen)] if there and chosen else [],
    )


def _written_in(chosen: ui.ChannelSelect[Any], guild: discord.Guild) -> int | None:
    """The channel that was chosen, if any. Raises Refusal if the bot can't write in it."""
    if not chosen.values:
        return None
    channel = guild.get_channel(chosen.values[0].id)
    allowed = channel.permissions_for(guild.me) if channel else discord.Permissions.none()
    needed = ("view_channel", "send_messages", "attach_files", "embed_links")
    if not all(getattr(allowed, each) for each in needed):
        raise Refusal(words.cannot_write_in(chosen.values[0].id))
    return chosen.values[0].id


def _is_prefix(typed: str) -> bool:
    """Whether commands can begin with that, and hardly anything else does."""
    plain = typed.isprintable() and not any(each.isspace() or each in "@#</\\`" for each in typed)
    return plain and len(typed) <= LONGEST_PREFIX and not typed[-1].isalnum()
