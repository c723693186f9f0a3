"""From a command to the job it asks for: answered at once, its picture found, then accepted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import discord

import dream
from bot.acceptance import Wish
from bot.client import DreamBot
from bot.commands import finding
from bot.commands.context import Context
from bot.commands.installs import is_visit
from bot.commands.wishing import (
    accept,
    accept_pressed,
    answer_at_once,
    check_interaction,
    check_permissions,
    preset_named,
    roles_of,
    styles_of,
)
from bot.errors import Refusal
from bot.intake import Candidate
from bot.jobs.job import Place
from bot.plans import OnPicture, Plan
from bot.presets import Styles
from bot.rules import Rules
from bot.typed import Typed, read
from bot.ui import cards, words


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a command asks for, whatever the picture.

    Attributes:
        style: The preset.
        plan: What is made of it.
    """

    style: dream.Preset
    plan: Plan = field(default_factory=OnPicture)

    @property
    def called(self) -> str:
        """As people read it."""
        return words.named(self.plan.kind, self.style.title)


@dataclass(frozen=True, slots=True)
class Here:
    """What a wish is understood by where it is made.

    Attributes:
        rules: Of the server.
        styles: That may be named; the catalogue's alone where the wish names none.
    """

    rules: Rules
    styles: Styles = field(default_factory=Styles)


class Asking:
    """What all commands that ask for a picture have in common."""

    def __init__(self, bot: DreamBot) -> None:
        self._bot = bot
        self._parts = bot.parts

    async def typed(
        self,
        ctx: Context,
        typed: Typed,
        want: Callable[[Here], Wanted],
        *,
        command: str,
        picture: bool = True,
    ) -> None:
        """Deal with a wish of a message, the context's: each of its pictures is one.

        Args:
            typed: What it says.
            want: What is wanted there, or a Refusal.
            command: What one types for it, without prefix.
            picture: Whether it is about a picture at all.
        """
        message = ctx.message
        files = finding.brought(message) if picture else []
        brought, further = finding.told_apart(files, typed.roles)
        of = finding.wishes_of(brought)
        if ctx.index >= of:
            return
        check_permissions(ctx.bot_permissions, ctx.channel)
        self._check_open()
        guild_id = ctx.guild.id if ctx.guild else None
        rules = await self._parts.guilds.rules(guild_id)
        here = await self.here(typed.preset, ctx.author.id, guild_id, rules, hurry=False)
        wanted = want(here)
        begun = cards.placeholder(wanted.called, ctx.index, of, picture=picture)
        answer = await ctx.place(begun.text, of)
        source: finding.Found | finding.Ask | None = None
        if brought:
            note = finding.note_on_brought(message, typed, ctx.index, len(brought))
            source = finding.Found(brought[ctx.index], note)
        elif picture:
            source = self.ask(ctx, typed, command, rules)
        place = Place(
            guild_id=message.guild.id if message.guild else None,
            channel_id=message.channel.id,
            message_id=message.id,
            answer_id=answer.id,
        )
        key = finding.key(message.id, ctx.index)
        wish = partial(
            Wish,
            key,
            ctx.author.id,
            place,
            wanted.style,
            roles=roles_of(ctx.author),
            choices=typed.choices,
            further=further,
            plan=wanted.plan,
        )
        await accept(self._bot, key, place, source, wish)

    async def chosen(
        self,
        interaction: discord.Interaction[DreamBot],
        typed: Typed,
        want: Callable[[Here], Wanted],
        found: finding.Found | None = None,
        *,
        command: str,
        picture: bool = True,
        further: Mapping[str, Candidate] | None = None,
        people: Mapping[int, finding.Person] | None = None,
    ) -> None:
        """Deal with what was chosen in Discord's form or menu; `found` where that is the picture.

        Args:
            people: Those it names, by id.
        """
        check_interaction(interaction)
        self._check_open()
        # It was looked up a moment ago, when it was seen whether they may ask here.
        rules = self._parts.guilds.known(interaction.guild_id)
        here = await self.here(typed.preset, interaction.user.id, interaction.guild_id, rules)
        wanted = want(here)
        place, channel = await answer_at_once(interaction, wanted.called, picture=picture)
        source: finding.Found | finding.Ask | None = found
        if source is None and picture:
            source = finding.Ask(
                bot=self._bot,
                person=interaction.user,
                channel=channel,
                moment=interaction.id,
                typed=typed,
                command=f"/{command}",
                people=people or {},
                looks_back=_may_look_back(interaction),
                off=rules.off,
            )
        await accept_pressed(
            interaction,
            place,
            wanted.style,
            source,
            choices=typed.choices,
            further=further or {},
            plan=wanted.plan,
        )

    def ask(self, ctx: Context, typed: Typed, command: str, rules: Rules) -> finding.Ask:
        """A message's wish for a picture that it doesn't bring along."""
        message = ctx.message
        return finding.Ask(
            bot=self._bot,
            person=ctx.author,
            channel=ctx.channel,
            moment=message.id,
            typed=typed,
            command=ctx.typed(command),
            message=message,
            people={person.id: person for person in message.mentions},
            looks_back=_may_look_back(ctx),
            off=rules.off,
        )

    async def here(
        self,
        preset: str,
        person_id: int,
        guild_id: int | None,
        rules: Rules,
        *,
        hurry: bool = True,
    ) -> Here:
        """What a wish of that person is understood by there, if it names that preset, or none.

        Args:
            hurry: As in `wishing.styles_of`.

        Raises:
            DatabaseAway: What is saved can't be looked up.
        """
        if not preset:
            return Here(rules)
        return Here(rules, await styles_of(self._bot, person_id, guild_id, hurry=hurry))

    def style(self, typed: Typed, here: Here) -> dream.Preset:
        """The preset that was typed, or goes where none is, if what was chosen besides can be.

        Raises:
            Refusal, RecipeError: It doesn't exist, isn't here, or a choice is out of its range.
        """
        style = self.preset(typed.preset, here)
        typed.choices.of(style.recipe)
        return style

    def preset(self, typed: str, here: Here) -> dream.Preset:
        """The preset that was typed, the usual one if none was.

        Raises:
            Refusal: It doesn't exist, or isn't here.
        """
        return preset_named(typed, self._parts.settings, here.rules, here.styles)

    def _check_open(self) -> None:
        self._parts.acceptance.check_open()
        self._parts.outages.check()


def links(typed: str) -> tuple[str, ...]:
    """What is a link in it; raises Refusal if nothing is."""
    found = read(typed).links
    if not found:
        raise Refusal(words.not_a_link())
    return found


def _may_look_back(asked: Context | discord.Interaction[DreamBot]) -> bool:
    """Whether whoever asks may read what was said there before, and the bot too."""
    if isinstance(asked, Context):
        if asked.guild is None:
            return True
        if not isinstance(asked.author, discord.Member):
            return False
        both = asked.permissions, asked.bot_permissions
    elif is_visit(asked):
        return False
    elif asked.guild_id is None:
        return True
    else:
        both = asked.permissions, asked.app_permissions
    return all(each.view_channel and each.read_message_history for each in both)
