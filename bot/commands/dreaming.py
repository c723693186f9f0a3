"""The commands that ask for a dream: typed, slash, and in the menu of a message."""

import contextlib

import discord
from discord import app_commands
from discord.ext import commands
from discord.utils import escape_markdown

import dream
from bot.acceptance import Wish
from bot.client import DreamBot
from bot.commands.context import Context
from bot.errors import Refusal
from bot.intake import Candidate
from bot.jobs.job import Job, Place
from bot.permissions import NEEDED
from bot.ui import cards, words

MOST_CHOICES = 25


class Dreaming(commands.Cog):
    """Three ways to the same dream."""

    def __init__(self, bot: DreamBot) -> None:
        self._bot = bot
        self._parts = bot.parts
        menu = app_commands.ContextMenu(name=words.DREAM_THIS, callback=self.chosen)
        self._menu = app_commands.guild_install()(_where_we_are(menu))

    async def cog_load(self) -> None:
        """Add the menu, which the library doesn't take from a cog by itself."""
        self._bot.tree.add_command(self._menu)

    async def cog_unload(self) -> None:
        """Take the menu away again."""
        self._bot.tree.remove_command(self._menu.name, type=self._menu.type)

    @commands.command(name="dream")
    async def typed(self, ctx: Context, *, preset: str = "") -> None:
        """`!dream [preset]` with a picture, or as a reply to one."""
        check_permissions(ctx.bot_permissions, ctx.channel)
        self._parts.acceptance.check_open()
        style = self._preset(preset)
        message = ctx.message
        candidates = pictures_of(message) or pictures_of(_replied_to(message))
        unseen = not candidates and _unseen_reply(message)
        if not candidates and not unseen:
            raise Refusal(words.nothing_attached(self._bot.typed("dream")))
        answer = await ctx.place(cards.placeholder(style).text)
        if unseen:
            candidates = pictures_of(await _fetch_replied_to(message))
            if not candidates:
                raise Refusal(words.nothing_attached(self._bot.typed("dream")))
        place = Place(
            guild_id=message.guild.id if message.guild else None,
            channel_id=message.channel.id,
            message_id=message.id,
            answer_id=answer.id,
        )
        key = f"message:{message.id}:0"
        await self._accept(Wish(key, ctx.author.id, place, style, candidates))

    @app_commands.command(name="dream", description="See what a neural network sees in a picture.")
    @app_commands.describe(image="The picture to dream on", preset="The style of the dream")
    @app_commands.guild_install()
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def slash(
        self,
        interaction: discord.Interaction[DreamBot],
        image: discord.Attachment,
        preset: str = "",
    ) -> None:
        """`/dream image: preset:`."""
        await self._interact(interaction, preset, [_candidate(image)])

    @slash.autocomplete("preset")
    async def presets_like(
        self, interaction: discord.Interaction[DreamBot], current: str
    ) -> list[app_commands.Choice[str]]:
        """Presets with what was typed so far in their name or title."""
        typed = current.strip().lower()
        return [
            app_commands.Choice(name=cards.choice(preset), value=preset.name)
            for preset in dream.presets().values()
            if typed in preset.name or typed in preset.title.lower()
        ][:MOST_CHOICES]

    async def chosen(
        self, interaction: discord.Interaction[DreamBot], message: discord.Message
    ) -> None:
        """“Dream this” in the menu of a message."""
        candidates = pictures_of(message)
        if not candidates:
            raise Refusal(words.FROM_MENU)
        await self._interact(interaction, "", candidates)

    async def _interact(
        self,
        interaction: discord.Interaction[DreamBot],
        preset: str,
        candidates: list[Candidate],
    ) -> None:
        if interaction.guild_id is not None:
            check_permissions(interaction.app_permissions, interaction.channel)
        self._parts.acceptance.check_open()
        style = self._preset(preset)
        # Answered within three seconds or never: nothing that waits may come before this.
        await interaction.response.defer()
        answer = await interaction.edit_original_response(content=cards.placeholder(style).text)
        place = Place(
            guild_id=interaction.guild_id,
            channel_id=answer.channel.id,
            message_id=None,
            answer_id=answer.id,
        )
        key = f"interaction:{interaction.id}:0"
        await self._accept(Wish(key, interaction.user.id, place, style, candidates))

    def _preset(self, typed: str) -> dream.Preset:
        try:
            style = dream.preset(typed) if typed else self._parts.settings.default_preset()
        except dream.UnknownName as unknown:
            # It repeats what somebody typed, which is to be shown as it is.
            raise Refusal(escape_markdown(str(unknown))) from None
        if not dream.available(style.recipe.network):
            raise Refusal(words.network_missing(style.title, style.recipe.network))
        return style

    async def _accept(self, wish: Wish) -> None:
        try:
            accepted = await self._parts.acceptance.accept(wish)
        except Exception:
            # Another bot on this token may have made it a job meanwhile: that one answers.
            found = await self._parts.submission.find(wish.key)
            if found is None:
                raise
            await self._stand_back(found, wish)
            return
        job = accepted.job
        if not accepted.new:
            await self._stand_back(job, wish)
            return
        self._parts.messenger.remark(job, accepted.remark)
        self._parts.messenger.waiting(job, accepted.before)

    async def _stand_back(self, job: Job, wish: Wish) -> None:
        """The same wish came in twice: it has its answer, and this one goes if it is another."""
        if job.place.answer_id != wish.place.answer_id:
            channel = self._bot.get_partial_messageable(wish.place.channel_id)
            with contextlib.suppress(discord.NotFound):
                await channel.get_partial_message(wish.place.answer_id).delete()


def pictures_of(message: discord.Message | None) -> list[Candidate]:
    """The files of a message, or of the message that it forwards."""
    if message is None:
        return []
    forwarded = [file for snapshot in message.message_snapshots for file in snapshot.attachments]
    return [_candidate(file) for file in message.attachments or forwarded]


def check_permissions(permissions: discord.Permissions, channel: object) -> None:
    """Raises BotMissingPermissions with what the bot lacks for a dream in that channel."""
    other = "send_messages" if isinstance(channel, discord.Thread) else "send_messages_in_threads"
    missing = [name for name in NEEDED if name != other and not getattr(permissions, name)]
    if missing:
        raise commands.BotMissingPermissions(missing)


def _candidate(file: discord.Attachment) -> Candidate:
    return Candidate(file.filename, file.content_type, file.size, file.url)


def _replied_to(message: discord.Message) -> discord.Message | None:
    resolved = message.reference.resolved if message.reference else None
    return resolved if isinstance(resolved, discord.Message) else None


def _unseen_reply(message: discord.Message) -> bool:
    """Whether it replies to a message that Discord didn't send along."""
    reference = message.reference
    return reference is not None and reference.resolved is None and reference.message_id is not None


async def _fetch_replied_to(message: discord.Message) -> discord.Message | None:
    assert message.reference is not None
    assert message.reference.message_id is not None
    try:
        return await message.channel.fetch_message(message.reference.message_id)
    except (discord.NotFound, discord.Forbidden):
        return None


def _where_we_are(menu: app_commands.ContextMenu) -> app_commands.ContextMenu:
    allowed = app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    return allowed(menu)
