"""What all ways to ask for a dream share: the preset, the first answer, and the job."""

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands
from discord.utils import escape_markdown

import dream
from bot import networks
from bot.acceptance import Wish
from bot.client import DreamBot
from bot.commands import finding
from bot.commands.house_rules import usual_preset
from bot.commands.installs import is_visit
from bot.database import DatabaseAway
from bot.errors import Refusal
from bot.jobs.job import Job, Place
from bot.permissions import NEEDED
from bot.presets import MOST_OFFERED, Styles
from bot.rules import Rules
from bot.settings import Settings
from bot.ui import cards, words

LOOK_SECONDS = 1.5
"""Of the three in which Discord wants an answer, for the presets that somebody has."""


async def styles_of(
    bot: DreamBot, person_id: int, guild_id: int | None, *, hurry: bool = True
) -> Styles:
    """The presets that somebody may name there.

    Args:
        hurry: Whether what asks isn't answered yet, and is within three seconds or never.

    Raises:
        DatabaseAway: What is saved can't be looked up, or not in time.
    """
    try:
        async with asyncio.timeout(LOOK_SECONDS if hurry else None):
            return await bot.parts.presets.styles(person_id, guild_id)
    except TimeoutError:
        raise DatabaseAway("It takes too long.") from None


async def presets_like(
    interaction: discord.Interaction[DreamBot], current: str
) -> list[app_commands.Choice[str]]:
    """Presets with what was typed so far in their name or title; the catalogue's alone while what
    is saved can't be looked up."""
    try:
        styles = await styles_of(interaction.client, interaction.user.id, interaction.guild_id)
    except DatabaseAway:
        styles = Styles()
    return [
        app_commands.Choice(name=cards.choice(preset), value=preset.name)
        for preset in styles.like(current)[:MOST_OFFERED]
    ]


def preset_named(typed: str, settings: Settings, rules: Rules, styles: Styles) -> dream.Preset:
    """The preset that somebody typed, or what goes on that server where none is typed.

    Raises:
        Refusal: It doesn't exist, or isn't here.
    """
    style = styles.find(typed) if typed else usual_preset(settings, rules)
    if style is None:
        said = words.no_such_preset(typed, styles.near(typed), list(dream.presets()))
        # It repeats what somebody typed, which is to be shown as it is.
        raise Refusal(escape_markdown(said))
    check_network(style)
    return style


def check_network(style: dream.Preset) -> None:
    """Raises Refusal where the network of a style isn't here."""
    if not dream.available(style.recipe.network):
        network, near = style.recipe.network, networks.nearest(style).name
        raise Refusal(words.network_missing(style.title, network, near, networks.fetching(network)))


def check_permissions(permissions: discord.Permissions, channel: object) -> None:
    """Raises BotMissingPermissions with what the bot lacks for a dream in that channel."""
    other = "send_messages" if isinstance(channel, discord.Thread) else "send_messages_in_threads"
    missing = [name for name in NEEDED if name != other and not getattr(permissions, name)]
    if missing:
        raise commands.BotMissingPermissions(missing)


def check_interaction(interaction: discord.Interaction[DreamBot]) -> None:
    """Raises BotMissingPermissions with what the bot lacks for a dream where somebody used its
    menu, or a button; where it is no member it needs less."""
    if is_visit(interaction):
        if not interaction.app_permissions.attach_files:
            raise commands.BotMissingPermissions(["attach_files"])
    elif interaction.guild_id is not None:
        check_permissions(interaction.app_permissions, interaction.channel)


def roles_of(person: discord.User | discord.Member) -> frozenset[int]:
    """Ids of the roles somebody has where they ask; none in a direct message."""
    if isinstance(person, discord.Member):
        return frozenset(role.id for role in person.roles)
    return frozenset()


async def answer_at_once(
    interaction: discord.Interaction[DreamBot], called: str, *, picture: bool = True
) -> tuple[Place, discord.abc.Messageable]:
    """Answer what isn't typed, with a message of its own: where that stands.

    Args:
        called: What was asked for, as people read it.
        picture: Whether there is a picture to look at.
    """
    visiting = is_visit(interaction)
    # Answered within three seconds or never: nothing that waits may come before this.
    await interaction.response.defer(thinking=True)
    begun = cards.placeholder(called, picture=picture)
    answer = await interaction.edit_original_response(content=begun.text)
    place = Place(
        guild_id=None if visiting else interaction.guild_id,
        channel_id=answer.channel.id,
        message_id=None,
        answer_id=answer.id,
        visiting=visiting,
    )
    if visiting:
        interaction.client.parts.messenger.borrow(answer)
    return place, answer.channel


def dealing_with(bot: DreamBot, place: Place) -> contextlib.AbstractContextManager[None]:
    """Meanwhile that answer is dealt with: of a bot that is killed over this, it is found in the
    history, if the bot can read that."""
    if place.visiting:
        return contextlib.nullcontext()
    return bot.parts.seen.dealing_with(place.guild_id, place.channel_id, place.answer_id)


async def accept_pressed(
    interaction: discord.Interaction[DreamBot],
    place: Place,
    style: dream.Preset,
    source: finding.Found | finding.Ask | None,
    **further: Any,
) -> None:
    """Have what was chosen in a menu, or a button's wish, become a job.

    Args:
        further: What else the wish says.
    """
    bot, person = interaction.client, interaction.user
    key = f"interaction:{interaction.id}:0"
    wish = partial(Wish, key, person.id, place, style, roles=roles_of(person), **further)
    with dealing_with(bot, place):
        await accept(bot, key, place, source, wish)


async def accept(
    bot: DreamBot,
    key: str,
    place: Place,
    source: finding.Found | finding.Ask | None,
    wish: Callable[..., Wish],
) -> None:
    """Have the wish of that key become a job, made of the picture once that is found."""
    parts = bot.parts
    try:
        found = await finding.find(source) if isinstance(source, finding.Ask) else source
        full = wish(picture=found.picture, remark=found.note) if found else wish()
        accepted = await parts.acceptance.accept(full)
    except Exception:
        # Another bot on this token may have made it a job meanwhile: that one answers.
        job = await parts.submission.find(key)
        if job is None:
            raise
        await _stand_back(bot, job, place)
        return
    if not accepted.new:
        await _stand_back(bot, accepted.job, place)
        return
    parts.messenger.waiting(accepted.job, accepted.forecast)


async def _stand_back(bot: DreamBot, job: Job, place: Place) -> None:
    """The same wish came in twice: it has its answer, and this one goes if it is another."""
    if job.place.answer_id != place.answer_id:
        channel = bot.get_partial_messageable(place.channel_id)
        with contextlib.suppress(discord.NotFound, discord.Forbidden):
            await channel.get_partial_message(place.answer_id).delete()
