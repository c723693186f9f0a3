"""The button with which people tell a server's moderators of a dream they mind."""

import discord
from discord.ext import commands

from bot.client import DreamBot
from bot.commands.answering import Pressed, answering, privately, say
from bot.errors import Refusal
from bot.jobs.job import Job
from bot.ui import buttons, words
from bot.ui.buttons import Press, Verb
from bot.ui.exhibition import link
from bot.ui.forms import filled_in
from bot.ui.languages import language, speaking
from bot.ui.reporting import LONGEST_REASON, REASON, REPORTED, ReportForm


class Reporting(commands.Cog):
    """Listens to that button, and to the form it opens."""

    def __init__(self, bot: DreamBot) -> None:
        self._bot = bot
        self._parts = bot.parts

    @commands.Cog.listener()
    async def on_press(self, interaction: Pressed, press: Press) -> None:
        """A button was pressed."""
        if press.verb is Verb.REPORT:
            await answering(interaction, self._open_form(interaction, press.job_id))

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Pressed) -> None:
        """The form was filled in."""
        filled = filled_in(interaction, REPORTED)
        if filled is not None:
            job_id, said = filled
            reason = said.get(REASON, "")[:LONGEST_REASON]
            await answering(interaction, self._report(interaction, job_id, reason))

    async def _open_form(self, interaction: Pressed, job_id: str) -> None:
        if interaction.guild is None:
            raise Refusal(words.no_moderators())
        form = ReportForm(job_id)
        await interaction.response.send_modal(form)
        # What is filled in comes by another way, which survives a restart.
        form.stop()

    async def _report(self, interaction: Pressed, job_id: str, reason: str) -> None:
        await privately(interaction)
        job = await self._parts.dreams.find(job_id)
        if job is None:
            raise Refusal(words.report_of_unknown())
        if interaction.guild is None or job.place.guild_id != interaction.guild.id:
            raise Refusal(words.no_moderators())
        gallery, person_id = self._parts.gallery, interaction.user.id
        if not await gallery.report(job_id, person_id):
            raise Refusal(words.reported_before())
        try:
            await self._tell(interaction.guild, job, person_id, reason)
        except (discord.HTTPException, Refusal) as error:
            await gallery.take_back(job_id, person_id)
            raise Refusal(words.report_not_told()) from error
        await say(interaction, content=words.thanks_for_report())

    async def _tell(self, guild: discord.Guild, job: Job, person_id: int, reason: str) -> None:
        """Where those in charge want to be told, or else their server's owner."""
        rules = await self._parts.guilds.rules(guild.id)
        channel: discord.abc.Messageable
        if rules.log_channel_id is not None:
            channel = self._bot.get_partial_messageable(rules.log_channel_id, guild_id=guild.id)
        elif guild.owner_id is not None:
            channel = await self._bot.create_dm(discord.Object(guild.owner_id))
        else:
            raise Refusal(words.report_not_told())
        with speaking(language(None, str(guild.preferred_locale))):
            text = words.reported(person_id, job.person_id, link(self._bot, job), reason)
            view = buttons.shown(buttons.under_report(job.id))
        await channel.send(text, view=view)
