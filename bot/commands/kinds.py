"""The commands for other work than one dream of a picture: from noise, from scratch, on sheets."""

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Literal, cast

import discord
from discord import app_commands
from discord.ext import commands

from bot import classes
from bot.client import DreamBot
from bot.commands import finding
from bot.commands.asking import Asking, Here, Wanted, links
from bot.commands.context import Context
from bot.commands.installs import everywhere
from bot.commands.wishing import presets_like
from bot.errors import Refusal
from bot.plans import AXES, Axis, Explore, FromScratch, OnNoise, Plan, Tour
from bot.presets import MOST_OFFERED
from bot.typed import Choices, Typed, read
from bot.ui import words
from bot.ui.languages import noted
from dream import Preset, Recipe

OF_SCRATCH = ("seed", "size")
"""What can be chosen for a picture from scratch."""

MOST_SHOWN = 100
"""Characters of what Discord offers while one types."""

_AXIS = re.compile(rf"(?<!\S)(?:by\s*[=:]\s*)?({'|'.join(AXES)})(?!\S|\s*[=:])", re.IGNORECASE)


class Kinds(commands.Cog):
    """Each is a job like a dream, typed or chosen."""

    def __init__(self, bot: DreamBot) -> None:
        self._bot = bot
        self._asking = Asking(bot)

    # From noise

    @commands.command(name="noise")
    async def typed_noise(self, ctx: Context, *, asked: str = "") -> None:
        """`!noise [preset] [choices]`."""
        typed = read(asked)
        await self._asking.typed(
            ctx,
            typed,
            lambda here: self._styled(typed, OnNoise(), here),
            command="noise",
            picture=False,
        )

    @app_commands.command(name="noise", description=noted("A dream out of nothing but noise."))
    @app_commands.describe(**words.NOISE_OPTIONS)
    @everywhere
    async def noise(
        self,
        interaction: discord.Interaction[DreamBot],
        preset: str = "",
        seed: app_commands.Range[int, 0, 2**32 - 1] | None = None,
        size: app_commands.Range[int, 32, 4096] | None = None,
    ) -> None:
        """`/noise`."""
        typed = Typed(preset, Choices(seed=seed, size=size))
        await self._asking.chosen(
            interaction,
            typed,
            lambda here: self._styled(typed, OnNoise(), here),
            command="noise",
            picture=False,
        )

    # From scratch

    @commands.command(name="imagine-class", aliases=["imagine"])
    async def typed_class(self, ctx: Context, *, asked: str = "") -> None:
        """`!imagine-class NAME [seed] [size]`; a name may be made of words that mean more
        elsewhere, such as “gas mask”."""
        typed = read(asked)
        name = " ".join([typed.preset, *typed.roles]).strip()
        typed = replace(typed, preset="", roles=())
        await self._asking.typed(
            ctx,
            typed,
            lambda _: self._imagined(name, typed.choices),
            command="imagine-class",
            picture=False,
        )

    @app_commands.command(
        name="imagine-class", description=noted("What a network thinks a thing looks like.")
    )
    @app_commands.describe(**words.CLASS_OPTIONS)
    @everywhere
    async def imagine(
        self,
        interaction: discord.Interaction[DreamBot],
        name: str,
        seed: app_commands.Range[int, 0, 2**32 - 1] | None = None,
        size: app_commands.Range[int, 64, 1024] | None = None,
    ) -> None:
        """`/imagine-class`."""
        choices = Choices(seed=seed, size=size)
        await self._asking.chosen(
            interaction,
            Typed(choices=choices),
            lambda _: self._imagined(name, choices),
            command="imagine-class",
            picture=False,
        )

    @imagine.autocomplete("name")
    async def classes_like(
        self, interaction: discord.Interaction[DreamBot], current: str
    ) -> list[app_commands.Choice[str]]:
        """Classes with what was typed so far in one of their names."""
        try:
            found = classes.like(classes.knowing(), current)
        except Refusal:
            return []
        return [
            app_commands.Choice(name=names[:MOST_SHOWN], value=value)
            for names, value in found[:MOST_OFFERED]
        ]

    # On a sheet

    @commands.command(name="tour")
    async def typed_tour(self, ctx: Context, *, asked: str = "") -> None:
        """`!tour [layers|iterations|octaves] [preset]`, its picture found as a dream's."""
        by, rest = _axis(asked)
        typed = read(rest)
        await self._asking.typed(
            ctx, typed, lambda here: self._styled(typed, Tour(by), here), command="tour"
        )

    @app_commands.command(
        name="tour", description=noted("A picture dreamt layer by layer, on one sheet.")
    )
    @app_commands.describe(**words.TOUR_OPTIONS)
    @app_commands.choices(
        by=[
            app_commands.Choice(name=app_commands.locale_str(words.AXES[axis]), value=axis)
            for axis in AXES
        ]
    )
    @everywhere
    async def tour(  # noqa: PLR0917 - each is an option of Discord's form
        self,
        interaction: discord.Interaction[DreamBot],
        image: discord.Attachment | None = None,
        preset: str = "",
        by: Literal["layers", "iterations", "octaves"] = "layers",
        seed: app_commands.Range[int, 0, 2**32 - 1] | None = None,
        link: str | None = None,
        person: discord.User | None = None,
    ) -> None:
        """`/tour`."""
        await self._sheet(interaction, Tour(by), "tour", preset, seed, image, link, person)

    @commands.command(name="explore")
    async def typed_explore(self, ctx: Context, *, asked: str = "") -> None:
        """`!explore [preset] [choices]`, its picture found as a dream's."""
        typed = read(asked)
        await self._asking.typed(
            ctx, typed, lambda here: self._styled(typed, Explore(), here), command="explore"
        )

    @app_commands.command(
        name="explore", description=noted("Four dreams of a picture on one sheet, to choose among.")
    )
    @app_commands.describe(**words.SHEET_OPTIONS)
    @everywhere
    async def explore(  # noqa: PLR0917 - likewise
        self,
        interaction: discord.Interaction[DreamBot],
        image: discord.Attachment | None = None,
        preset: str = "",
        seed: app_commands.Range[int, 0, 2**32 - 1] | None = None,
        link: str | None = None,
        person: discord.User | None = None,
    ) -> None:
        """`/explore`."""
        await self._sheet(interaction, Explore(), "explore", preset, seed, image, link, person)

    @noise.autocomplete("preset")
    @tour.autocomplete("preset")
    @explore.autocomplete("preset")
    async def styles_like(
        self, interaction: discord.Interaction[DreamBot], current: str
    ) -> list[app_commands.Choice[str]]:
        """Presets with what was typed so far in their name or title."""
        return await presets_like(interaction, current)

    async def _sheet(  # noqa: PLR0917 - likewise
        self,
        interaction: discord.Interaction[DreamBot],
        plan: Plan,
        command: str,
        preset: str,
        seed: int | None,
        image: discord.Attachment | None,
        link: str | None,
        person: discord.User | None,
    ) -> None:
        typed, found = pointing(Typed(preset, Choices(seed=seed)), image, link, person)
        await self._asking.chosen(
            interaction,
            typed,
            lambda here: self._styled(typed, plan, here),
            found,
            command=command,
            people={person.id: person} if person else {},
        )

    def _styled(self, typed: Typed, plan: Plan, here: Here) -> Wanted:
        if typed.roles:
            raise Refusal(words.no_further_pictures("/dream"))
        return Wanted(self._asking.style(typed, here), plan)

    def _imagined(self, typed: str, choices: Choices) -> Wanted:
        if not typed:
            raise Refusal(words.no_name("/imagine-class"))
        check_chosen(choices, OF_SCRATCH)
        network = classes.knowing()
        number, name = classes.find(network, typed)
        style = Preset(name, name, "", Recipe(network=network))
        return Wanted(style, FromScratch(number))


def check_chosen(choices: Choices, taken: Collection[str]) -> None:
    """Raises Refusal over choices that are none here."""
    others = sorted(choices.made.keys() - set(taken))
    if others:
        raise Refusal(words.not_chosen_here(others, sorted(taken)))


def pointing(
    typed: Typed,
    image: discord.Attachment | None,
    link: str | None,
    person: discord.User | None,
) -> tuple[Typed, finding.Found | None]:
    """What was chosen, with where its picture is; and that, where it is attached."""
    note = words.attached() if image and (link or person) else ""
    found = finding.Found(finding.candidate(image), note) if image else None
    where = {"links": links(link) if link else (), "avatar": person.id if person else None}
    return replace(typed, **where), found  # type: ignore[arg-type]


def _axis(asked: str) -> tuple[Axis, str]:
    """By what a tour goes, and what else was typed."""
    found = _AXIS.search(asked)
    if found is None:
        return "layers", asked
    return cast(Axis, found[1].lower()), asked[: found.start()] + asked[found.end() :]
