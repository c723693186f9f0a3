"""What the buttons under answers do.

Nothing is known of them but what stands in their ids and in the database, so that a press after a
restart is as good as one before.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot import again
from bot.again import Anew
from bot.client import DreamBot
from bot.commands import finding, house_rules
from bot.commands.answering import Pressed, answering, privately, say
from bot.commands.looking_after import canceller, owns_place
from bot.commands.wishing import (
    accept_pressed,
    answer_at_once,
    check_interaction,
    check_network,
    preset_named,
    styles_of,
)
from bot.database import DatabaseAway
from bot.errors import Refusal
from bot.intake import Candidate
from bot.jobs.cancelling import Canceller, name
from bot.jobs.job import Job, State
from bot.ui import buttons, cards, words
from bot.ui.buttons import DreamButton, Press, Verb
from bot.ui.exhibition import Exhibition
from bot.ui.forms import filled_in
from bot.ui.insisting import insist
from bot.ui.tweaking import TWEAKED, TweakForm
from dream import Preset

LOOK_SECONDS = 1.5
"""Of the three in which Discord wants an answer, for what has to be known before."""

DOUBLE_CLICK = 2.0
"""Seconds in which two presses of the same button by the same person are one."""

MOST_COMPARED, COMPARED_WITHIN = 5, 30.0
"""So many comparisons a person gets in so many seconds: they cost nothing."""

_ANEW: dict[Verb, Callable[[Job], Anew]] = {
    Verb.AGAIN: again.again,
    Verb.STRONGER: again.stronger,
    Verb.SOFTER: again.softer,
}

_OF_SHEET: dict[Verb, Callable[[Job, int], Anew]] = {
    Verb.ENLARGE: again.enlarged,
    Verb.VARY: again.varied,
}


class Pressing(commands.Cog):
    """Listens to the buttons, and to the form that one of them opens."""

    def __init__(self, bot: DreamBot) -> None:
        self._bot = bot
        self._parts = bot.parts
        self._exhibition = Exhibition(bot, bot.parts.gallery, bot.parts.history)
        self._pressed: dict[tuple[int, Press], float] = {}
        self._compared: commands.CooldownMapping[Any] = commands.CooldownMapping.from_cooldown(
            MOST_COMPARED, COMPARED_WITHIN, lambda interaction: interaction.user.id
        )

    async def cog_load(self) -> None:
        """Have the library know our buttons, whatever message they are under."""
        self._bot.add_dynamic_items(DreamButton)

    async def cog_unload(self) -> None:
        """Leave them alone again."""
        self._bot.remove_dynamic_items(DreamButton)

    @commands.Cog.listener()
    async def on_press(self, interaction: Pressed, press: Press) -> None:
        """A button was pressed."""
        await answering(interaction, self._act(interaction, press))

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Pressed) -> None:
        """The form was filled in."""
        filled = filled_in(interaction, TWEAKED)
        if filled is not None:
            await answering(interaction, self._tweak(interaction, *filled))

    async def _act(self, interaction: Pressed, press: Press) -> None:
        match press.verb:
            case Verb.CANCEL:
                await self._cancel(interaction, press.job_id)
            case Verb.COMPARE:
                await self._compare(interaction, press.job_id)
            case Verb.RECIPE:
                await self._recipe(interaction, press.job_id)
            case Verb.DELETE:
                await self._ask_to_delete(interaction, press.job_id)
            case Verb.ERASE:
                await self._erase(interaction, press)
            case Verb.SHARE | Verb.REPORT | Verb.SAVE:
                pass  # who listens to those is in `sharing`, `reporting` and `presets`
            case Verb.TWEAK:
                await self._open_form(interaction, press.job_id)
            case _ if self._is_twice(interaction, press):
                await interaction.response.defer()
            case _:
                try:
                    await self._once_more(interaction, press)
                except Exception:
                    # What came to nothing may be tried again at once.
                    self._pressed.pop((interaction.user.id, press), None)
                    raise

    # What makes another dream

    async def _once_more(self, interaction: Pressed, press: Press) -> None:
        job = await self._own(interaction, press.job_id)
        if press.verb is Verb.DEEPER:
            anew = again.deeper(job, _posted(interaction), await self._usual(interaction))
        elif press.verb in _OF_SHEET:
            anew = _OF_SHEET[press.verb](job, press.number or 0)
        else:
            anew = _ANEW[press.verb](job)
        await self._dream(interaction, job, anew)

    async def _dream(self, interaction: Pressed, parent: Job, anew: Anew) -> None:
        """Have that dreamt as if it had been typed, in an answer of its own."""
        check_network(anew.style)
        anew.choices.of(anew.style.recipe)
        await house_rules.check_making(interaction, anew.plan.kind)
        check_interaction(interaction)
        called = words.named(anew.plan.kind, anew.style.title)
        place, _ = await answer_at_once(interaction, called, picture=anew.picture is not None)
        await accept_pressed(
            interaction,
            place,
            anew.style,
            finding.Found(anew.picture) if anew.picture else None,
            choices=anew.choices,
            further=anew.further,
            parent_id=parent.id,
            depth=parent.depth + anew.deeper,
            plan=anew.plan,
        )

    async def _usual(self, interaction: Pressed) -> Preset:
        """The preset of a dream that names none, there."""
        rules = await self._parts.guilds.rules(interaction.guild_id)
        return house_rules.usual_preset(self._parts.settings, rules)

    async def _open_form(self, interaction: Pressed, job_id: str) -> None:
        job = await self._own(interaction, job_id)
        form = TweakForm(job.id, again.main_choices(job))
        await interaction.response.send_modal(form)
        # What is filled in comes by another way, which survives a restart.
        form.stop()

    async def _tweak(self, interaction: Pressed, job_id: str, typed: dict[str, str]) -> None:
        job = await self._own(interaction, job_id)
        guild_id = interaction.guild_id
        styles = await styles_of(self._bot, interaction.user.id, guild_id)
        rules = self._parts.guilds.known(guild_id)
        named = partial(preset_named, settings=self._parts.settings, rules=rules, styles=styles)
        await self._dream(interaction, job, again.tweaked(job, typed, named, styles))

    async def _own(self, interaction: Pressed, job_id: str) -> Job:
        """The dream of whoever pressed, looked up at once: what is answered before everybody, or
        with a form, can't become a word to one person any more."""
        self._parts.acceptance.check_open()
        self._parts.outages.check()
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                job = await self._parts.dreams.find(job_id)
        except TimeoutError:
            raise DatabaseAway("It takes too long.") from None
        if job is None or job.result is None:
            raise Refusal(words.dream_unknown(self._typed(interaction)))
        if job.person_id != interaction.user.id:
            raise Refusal(words.not_your_dream(job.person_id, self._typed(interaction)))
        return job

    def _is_twice(self, interaction: Pressed, press: Press) -> bool:
        """Whether the same person has pressed the same only just now."""
        now = asyncio.get_running_loop().time()
        recent = {key: at for key, at in self._pressed.items() if now - at < DOUBLE_CLICK}
        key = (interaction.user.id, press)
        twice = key in recent
        self._pressed = recent | {key: now}
        return twice

    # What only one person sees

    async def _cancel(self, interaction: Pressed, job_id: str) -> None:
        await privately(interaction)
        job = await self._parts.cancelling.cancel_this(
            await self._asker(interaction), job_id, asked_with=f"interaction:{interaction.id}"
        )
        title, ended = cards.called(job), job.state is State.CANCELLED
        await say(interaction, content=words.cancel_answer(title, name(job), ended=ended))

    async def _compare(self, interaction: Pressed, job_id: str) -> None:
        bucket = self._compared.get_bucket(interaction)
        if bucket is not None and (wait := bucket.update_rate_limit()):
            raise app_commands.CommandOnCooldown(bucket, wait)
        await privately(interaction)
        job = await self._known(interaction, job_id)
        labels = words.before(deeper=job.depth > 0), words.after()
        most = discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES
        made, _ = await self._parts.dreams.compare(job, labels, _posted(interaction), most)
        picture = cards.compared(job, made)
        await say(interaction, content=words.compared(), picture=picture)

    async def _recipe(self, interaction: Pressed, job_id: str) -> None:
        await privately(interaction)
        job = await self._known(interaction, job_id)
        person_id, guild_id = interaction.user.id, interaction.guild_id
        styles = await styles_of(self._bot, person_id, guild_id, hurry=False)
        typed, exact = again.as_typed(job, styles)
        text = words.recipe(
            f"{self._typed(interaction)} {typed}",
            exact=exact,
            further=len(job.inputs) > 1,
            deeper=job.depth > 0,
        )
        file = f"recipe-{job.preset}-{again.recipe_of(job).seed}.json"
        recipe = job.recipe.to_json().encode()
        view = buttons.view(buttons.under_recipe(job.id))
        await say(interaction, content=text, attached=(file, recipe), view=view)

    async def _ask_to_delete(self, interaction: Pressed, job_id: str) -> None:
        await privately(interaction)
        job = await self._deletable(interaction, job_id)
        assert interaction.message is not None, "a button is under a message"
        looks = buttons.under_doubt(job.id, interaction.message.id)
        await say(
            interaction,
            content=words.sure_to_delete(cards.called(job)),
            view=buttons.view(looks),
        )

    async def _erase(self, interaction: Pressed, press: Press) -> None:
        # The word to one person that has this button becomes the answer.
        await interaction.response.defer()
        job = await self._deletable(interaction, press.job_id)
        await self._parts.dreams.delete(job)
        await self._exhibition.remove(job.id)
        shown = {(job.place.channel_id, job.place.answer_id)}
        if press.number is not None and interaction.channel_id is not None:
            shown.add((interaction.channel_id, press.number))
        for channel_id, message_id in shown:
            channel = self._bot.get_partial_messageable(channel_id)
            await insist(partial(_delete, channel.get_partial_message(message_id)))
        await say(interaction, content=words.deleted(cards.called(job)), view=None)

    async def _deletable(self, interaction: Pressed, job_id: str) -> Job:
        job = await self._known(interaction, job_id)
        theirs = owns_place(self._bot, interaction.user.id, job)
        if not (theirs or (await self._asker(interaction)).may(job)):
            raise Refusal(words.not_yours_to_delete())
        if job.state is State.DELIVERING:
            # Deleted now, it would be missed, and posted anew.
            raise Refusal(words.just_arriving())
        return job

    async def _known(self, interaction: Pressed, job_id: str) -> Job:
        job = await self._parts.dreams.find(job_id)
        if job is None or job.result is None:
            raise Refusal(words.dream_unknown(self._typed(interaction)))
        return job

    def _typed(self, interaction: Pressed) -> str:
        """The command as people there type it."""
        return self._bot.typed("dream", interaction.guild_id)

    async def _asker(self, interaction: Pressed) -> Canceller:
        return await canceller(
            self._bot, interaction.user.id, interaction.guild_id, interaction.permissions
        )


async def _delete(message: discord.PartialMessage, _: bool) -> None:
    try:
        await message.delete()
    except (discord.NotFound, discord.Forbidden):
        return


def _posted(interaction: Pressed) -> Candidate | None:
    """The dream as a file of the message that the button is under."""
    files = interaction.message.attachments if interaction.message else []
    return finding.candidate(files[0]) if files else None
