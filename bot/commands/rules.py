"""The command with which moderators set their server's rules, and the panel that it opens."""

import contextlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any, Self, cast

import discord
from discord import app_commands, ui
from discord.ext import commands

import dream
from bot.client import DreamBot
from bot.commands import house_rules
from bot.commands.answering import answering
from bot.commands.context import Context
from bot.commands.rules_forms import FORMS, Change, written_in
from bot.database import DatabaseAway
from bot.errors import Refusal
from bot.rules import COMMANDS, Rules, Thing
from bot.ui import panel, words
from bot.ui.filling import Filled
from bot.ui.languages import languages, noted

Interaction = discord.Interaction[DreamBot]


class RulesOfServers(commands.Cog):
    """What those who manage a server decide about it."""

    def __init__(self, bot: DreamBot) -> None:
        self._bot = bot

    async def cog_load(self) -> None:
        """From now on presses on any panel are answered, however old it is."""
        self._bot.add_dynamic_items(Press)

    async def cog_unload(self) -> None:
        """No longer."""
        self._bot.remove_dynamic_items(Press)

    @commands.hybrid_group(  # type: ignore[arg-type]
        name="dreams", fallback=None, description=noted("For those in charge.")
    )
    @app_commands.guild_install()
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    @app_commands.default_permissions(manage_guild=True)
    async def dreams(self, ctx: Context) -> None:
        """Typed, it says how to ask."""
        await ctx.answer(words.only_by_slash())

    @dreams.command(name="settings", description=noted("How I dream on this server."))  # type: ignore[arg-type]
    async def settings(self, ctx: Context) -> None:
        """`/dreams settings`: the panel, which only one sees."""
        if ctx.interaction is None:
            await ctx.answer(words.only_by_slash())
            return
        guild = _in_charge(ctx.interaction)
        self._bot.parts.outages.check()
        shown = await _shown(self._bot, guild)
        view = _view(panel.rows(shown, _name))
        await ctx.interaction.response.send_message(
            embed=panel.card(shown), view=view, ephemeral=True
        )

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Interaction) -> None:
        """A form was sent, whenever it was opened."""
        found = written_in(interaction)
        if found is not None:
            await answering(interaction, _written(interaction, *found))

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Its rules stay for a while: who was kicked may come back."""
        with contextlib.suppress(DatabaseAway):
            await self._bot.parts.guilds.leave(guild.id)


class Press(ui.DynamicItem[ui.Item[Any]], template=r"rules:(?P<what>[a-z-]+)"):
    """Something on a panel, known by its custom id alone: so it works after a restart."""

    def __init__(self, item: ui.Item[Any], what: str) -> None:
        super().__init__(item)
        self._what = what

    @classmethod
    async def from_custom_id(  # type: ignore[override]
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """That was pressed, or chosen from."""
        return cls(item, match["what"])

    async def callback(self, interaction: Interaction) -> None:  # type: ignore[override]
        """Do what it is for, if whoever pressed it is still in charge."""
        await answering(interaction, self._act(interaction))

    async def _act(self, interaction: Interaction) -> None:
        guild, act = _in_charge(interaction), _ACTS.get(self._what)
        # Answered within three seconds or never: too short to find out anew that it is away.
        interaction.client.parts.outages.check()
        if act is not None:
            await act(interaction, guild, getattr(self.item, "values", []))


def _name(what: str) -> str:
    return f"rules:{what}"


def _view(rows: list[list[panel.Item]]) -> ui.View:
    view = ui.View(timeout=None)
    for number, row in enumerate(rows):
        for item in row:
            item.row = number
            view.add_item(Press(item, cast(str, item.custom_id).partition(":")[2]))  # type: ignore[attr-defined]
    return view


def _in_charge(interaction: Interaction) -> discord.Guild:
    """The server. Raises Refusal for whoever doesn't manage it."""
    if interaction.guild is None or not interaction.permissions.manage_guild:
        raise Refusal(words.not_in_charge_of_server())
    return interaction.guild


async def _shown(bot: DreamBot, guild: discord.Guild) -> panel.Shown:
    settings = bot.parts.settings
    rules = await bot.parts.guilds.read(guild.id)
    names = {command.name for command in bot.tree.get_commands()}
    return panel.Shown(
        rules=rules,
        own=words.Own(settings.prefix, settings.default_preset().title, settings.limits),
        preset=house_rules.usual_preset(settings, rules),
        channels=[channel.id for channel in guild.channels],
        things=[thing for thing in Thing if thing not in COMMANDS or COMMANDS[thing] & names],
    )


async def _show(interaction: Interaction, guild: discord.Guild, _: list[Any]) -> None:
    await _edit(interaction, None, await _shown(interaction.client, guild))


async def _edit(interaction: Interaction, said: str | None, shown: panel.Shown) -> None:
    """Have the panel show that, below what is to be said."""
    view = _view(panel.rows(shown, _name))
    await interaction.response.edit_message(content=said, embed=panel.card(shown), view=view)


async def _saved(
    interaction: Interaction, guild: discord.Guild, save: Callable[[], Awaitable[object]]
) -> None:
    """Save something, and show the rules so, beginning with what has changed."""
    before = await _shown(interaction.client, guild)
    await save()
    now = await _shown(interaction.client, guild)
    await _edit(interaction, panel.saved(before, now), now)


async def _changed(interaction: Interaction, change: Change) -> None:
    guild = _in_charge(interaction)
    guilds = interaction.client.parts.guilds
    await _saved(interaction, guild, lambda: guilds.change(guild.id, change))


async def _channels(interaction: Interaction, _: discord.Guild, values: list[Any]) -> None:
    chosen = frozenset(channel.id for channel in values)
    await _changed(interaction, lambda rules: replace(rules, channels=chosen))


async def _off(interaction: Interaction, _: discord.Guild, values: list[str]) -> None:
    chosen = frozenset(map(Thing, values))
    await _changed(interaction, lambda rules: replace(rules, off=chosen))


async def _preset(interaction: Interaction, _: discord.Guild, values: list[str]) -> None:
    chosen = values[0] if values[0] in dream.presets() else None
    await _changed(interaction, lambda rules: replace(rules, preset=chosen))


async def _language(interaction: Interaction, _: discord.Guild, values: list[str]) -> None:
    chosen = values[0] if values[0] in languages() else None
    await _changed(interaction, lambda rules: replace(rules, locale=chosen))


async def _open_form(
    what: str, interaction: Interaction, guild: discord.Guild, _: list[Any]
) -> None:
    rules = await interaction.client.parts.guilds.read(guild.id)
    form = FORMS[what](rules, interaction.client.parts.settings, guild)
    await interaction.response.send_modal(form)
    # What is written comes by another way, which survives a restart.
    form.stop()


async def _written(interaction: Interaction, what: str, written: Filled) -> None:
    """A form was sent: have what it says changed, if whoever sent it is still in charge."""
    guild = _in_charge(interaction)
    interaction.client.parts.outages.check()
    form = FORMS[what](Rules(), interaction.client.parts.settings, guild)
    await _changed(interaction, form.read(written))


async def _reset(interaction: Interaction, _guild: discord.Guild, _: list[Any]) -> None:
    view = _view(panel.answers(_name))
    await interaction.response.edit_message(content=None, embed=panel.question(), view=view)


async def _reset_all(interaction: Interaction, guild: discord.Guild, _: list[Any]) -> None:
    guilds = interaction.client.parts.guilds
    await _saved(interaction, guild, lambda: guilds.reset(guild.id))


_ACTS: dict[str, Callable[[Interaction, discord.Guild, list[Any]], Awaitable[None]]] = {
    "channels": _channels,
    "off": _off,
    "preset": _preset,
    "language": _language,
    **{what: partial(_open_form, what) for what in FORMS},
    "reset": _reset,
    "reset-yes": _reset_all,
    "show": _show,
}
