"""Whether a server's rules let somebody use a command where they do."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import discord

import dream
from bot.errors import Refusal
from bot.jobs.job import Kind
from bot.rules import COMMANDS, Rules
from bot.settings import Settings
from bot.ui import words

if TYPE_CHECKING:
    from bot.client import DreamBot
    from bot.commands.context import Context

ANYWHERE = frozenset(
    {"help", "forget", "privacy", "terms", "cancel", "admin", "line", "dreams", "unshare"}
    | {"announce"}
)
"""Commands that are nobody's dreams: what one must know, one's own data, and moderation."""

PRIVATE = frozenset(
    {"presets", "preset", "network", "quota", "history", "queue", "mention", "share", "gallery"}
    | {"stars", "news"}
)
"""Commands that can be used anywhere from the form, whose answer only one person sees."""

COMMAND_OF = {Kind.CLASS: "imagine-class"}
"""The commands for what is made, where they aren't called as it is."""


async def check_typed(ctx: "Context") -> None:
    """Raises Refusal where the server's rules forbid a typed command."""
    if ctx.guild is None or ctx.command is None:
        return
    rules = await ctx.bot.parts.guilds.rules(ctx.guild.id)
    root = ctx.command.root_parent or ctx.command
    _check_on(rules, root.name)
    if root.name not in ANYWHERE:
        _check_channel(rules, ctx.guild, ctx.channel, ctx.author)


async def check_chosen(interaction: "discord.Interaction[DreamBot]") -> None:
    """Raises Refusal where the server's rules forbid a command of Discord's own menus."""
    guild = interaction.guild
    if guild is None or interaction.type is not discord.InteractionType.application_command:
        return
    rules = await interaction.client.parts.guilds.rules(guild.id)
    command = interaction.command
    # Of a group's commands its own name counts; the menu of a message is in no group.
    root = getattr(command, "root_parent", None) or command
    name = root.name if root is not None else ""
    _check_on(rules, name)
    if name not in ANYWHERE | PRIVATE:
        _check_channel(rules, guild, interaction.channel, interaction.user)


async def check_making(interaction: "discord.Interaction[DreamBot]", kind: Kind) -> None:
    """Raises Refusal where the server's rules forbid what makes something of that kind: a button,
    or a command of `PRIVATE` that this once makes a picture for all to see."""
    if (guild := interaction.guild) is not None:
        rules = await interaction.client.parts.guilds.rules(guild.id)
        _check_on(rules, COMMAND_OF.get(kind, kind))
        _check_channel(rules, guild, interaction.channel, interaction.user)


def usual_preset(settings: Settings, rules: Rules) -> dream.Preset:
    """The preset of a dream that names none: the server's, as long as that can be dreamt."""
    chosen = dream.presets().get(rules.preset) if rules.preset else None
    if chosen is not None and dream.available(chosen.recipe.network):
        return chosen
    return settings.default_preset()


def _check_on(rules: Rules, command: str) -> None:
    for thing, names in COMMANDS.items():
        if command in names and thing in rules.off:
            raise Refusal(words.switched_off(thing))


def _check_channel(
    rules: Rules, guild: discord.Guild, channel: object, person: discord.User | discord.Member
) -> None:
    # A thread goes by the channel that it is in.
    here = {getattr(channel, "id", None), getattr(channel, "parent_id", None)}
    if not rules.channels or here & rules.channels:
        return
    raise Refusal(words.not_in_this_channel(_first_seen(rules.channels, guild, person)))


def _first_seen(
    channels: Iterable[int], guild: discord.Guild, person: discord.User | discord.Member
) -> int | None:
    """The uppermost of those channels that the person can see; None if they see none."""
    found = [each for each in guild.channels if each.id in channels]
    if isinstance(person, discord.Member):
        found = [each for each in found if each.permissions_for(person).view_channel]
    return min(found, key=lambda each: each.position).id if found else None
