"""What moderators see of their server's rules: a card, with what changes each of them.

A message has five rows. What fits in none of them is changed in forms that buttons open.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

import discord
from babel import Locale
from discord import ui

import dream
from bot.rules import MOST_CHANNELS, Rules, Thing
from bot.ui import words
from bot.ui.cards import COLOUR
from bot.ui.languages import _, languages

USUAL = "-"
"""What is chosen in place of a preset or a language: that of the bot."""

MOST_OPTIONS = 25

PLACES = [
    discord.ChannelType.text,
    discord.ChannelType.news,
    discord.ChannelType.voice,
    discord.ChannelType.forum,
]
"""Channels in which dreams are asked for, themselves or in threads."""

WRITTEN_IN = [discord.ChannelType.text, discord.ChannelType.news]

Item = ui.Item[ui.View]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a panel is made of.

    Attributes:
        rules: The server's.
        own: What goes where it has none.
        preset: The one that goes.
        channels: Ids of the channels that there are.
        things: What can be switched off.
    """

    rules: Rules
    own: words.Own
    preset: dream.Preset
    channels: Collection[int]
    things: Iterable[Thing]


def card(shown: Shown) -> discord.Embed:
    """All rules as they are."""
    embed = discord.Embed(title=words.rules_title(), colour=COLOUR)
    for heading, told in _told(shown):
        embed.add_field(name=heading, value=told[:1024], inline=False)
    return embed.set_footer(text=words.rules_footer())


def saved(before: Shown, now: Shown) -> str:
    """That something was chosen or written, with what it has changed."""
    known = {line for _, told in _told(before) for line in told.splitlines()}
    lines = [line for _, told in _told(now) for line in told.splitlines() if line not in known]
    return words.rules_saved(lines)


def question() -> discord.Embed:
    """Whether all rules are to go."""
    title, text = words.reset_question()
    return discord.Embed(title=title, description=text, colour=COLOUR)


def rows(shown: Shown, name: Callable[[str], str]) -> list[list[Item]]:
    """What stands under the card, row by row.

    Args:
        name: The custom id of each by what it changes.
    """
    rules = shown.rules
    return [
        [_channels(shown, name("channels"))],
        [_off(shown, name("off"))],
        [_presets(shown, name("preset"))],
        [_languages(rules, name("language"))],
        [
            _button(words.limits_button(), name("limits")),
            _button(words.gallery_button(), name("gallery")),
            _button(words.roles_button(), name("roles")),
            _button(words.more_button(), name("more")),
            _button(words.reset_button(), name("reset"), discord.ButtonStyle.danger),
        ],
    ]


def answers(name: Callable[[str], str]) -> list[list[Item]]:
    """What stands under the question."""
    return [
        [
            _button(words.reset_yes(), name("reset-yes"), discord.ButtonStyle.danger),
            _button(words.reset_no(), name("show")),
        ]
    ]


def language_name(code: str) -> str:
    """A language as its own speakers call it."""
    locale = Locale.parse(code)
    return (locale.get_display_name(locale) or code).capitalize()


def _told(shown: Shown) -> list[tuple[str, str]]:
    chosen = language_name(shown.rules.locale) if shown.rules.locale else None
    return words.rules_told(shown.rules, shown.own, shown.preset.title, chosen)


def _channels(shown: Shown, custom_id: str) -> Item:
    there = sorted(shown.rules.channels & set(shown.channels))
    return ui.ChannelSelect(
        custom_id=custom_id,
        channel_types=PLACES,
        placeholder=words.channels_hint(),
        min_values=0,
        max_values=MOST_CHANNELS,
        default_values=[discord.Object(channel) for channel in there],
    )


def _off(shown: Shown, custom_id: str) -> Item:
    options = [
        _option(name, thing, thing in shown.rules.off, what)
        for thing in shown.things
        for name, what in [words.without(thing)]
    ]
    return ui.Select(
        custom_id=custom_id,
        placeholder=words.off_hint(),
        min_values=0,
        max_values=len(options),
        options=options,
    )


def _presets(shown: Shown, custom_id: str) -> Item:
    chosen = shown.rules.preset
    options = [_option(words.preset_usual(shown.own.preset), USUAL, chosen is None)]
    for preset in dream.presets().values():
        if dream.available(preset.recipe.network):
            label = words.preset_named(preset.title)
            options.append(_option(label, preset.name, preset.name == chosen, _(preset.text)))
    return ui.Select(
        custom_id=custom_id, placeholder=words.preset_hint(), options=options[:MOST_OPTIONS]
    )


def _languages(rules: Rules, custom_id: str) -> Item:
    options = [_option(words.language_automatic(), USUAL, rules.locale is None)]
    for code in languages():
        label, what = words.language_named(language_name(code))
        options.append(_option(label, code, rules.locale == code, what))
    return ui.Select(
        custom_id=custom_id, placeholder=words.language_hint(), options=options[:MOST_OPTIONS]
    )


def _option(label: str, value: str, chosen: bool, what: str = "") -> discord.SelectOption:
    return discord.SelectOption(
        label=label[:100], value=value, description=what[:100] or None, default=chosen
    )


def _button(
    label: str, custom_id: str, style: discord.ButtonStyle = discord.ButtonStyle.secondary
) -> Item:
    return ui.Button(label=label, custom_id=custom_id, style=style)
