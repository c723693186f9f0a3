"""Dreams are put into their servers' galleries, and taken out again."""

from contextlib import suppress

import discord

from bot.database.shares import Share
from bot.errors import Refusal
from bot.gallery import Gallery
from bot.history import History
from bot.jobs.job import Job
from bot.storage import StorageError
from bot.ui import cards, words
from bot.ui.insisting import insist
from bot.ui.languages import language, speaking
from bot.ui.messenger import REQUEST_LIMIT
from dream import DreamError

SEARCHED = 50
"""Messages of a gallery among which a post is looked for that was made without being noted."""

NEEDED = ("view_channel", "send_messages", "attach_files", "read_message_history")

Room = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread
"""Where a gallery may be."""


class Exhibition:
    """Posts in galleries through that client."""

    def __init__(self, client: discord.Client, gallery: Gallery, history: History) -> None:
        self._client = client
        self._gallery = gallery
        self._history = history

    async def share(self, job: Job, channel_id: int) -> tuple[str, bool]:
        """Put a dream into the gallery in that channel, once.

        Returns:
            The address of its post, and whether that is new.

        Raises:
            Refusal: It can't be there; nothing was posted.
            DatabaseAway: Nobody knows whether it is there already.
        """
        channel = self._room(job, channel_id)
        address = link(self._client, job)
        share = Share(
            job_id=job.id,
            guild_id=channel.guild.id,
            person_id=job.person_id,
            channel_id=channel.id,
            link=address,
            title=cards.called(job),
            state="posting",
        )
        stands = await self._gallery.begin(share)
        if there := await self._post_of(stands):
            return there.jump_url, False
        post = await self._search(channel, address) or await self._post(channel, job, address)
        if not await self._gallery.posted(job.id, channel.id, post.id):
            await post.delete()
            raise Refusal(words.taken_out_meanwhile())
        return post.jump_url, True

    async def remove(self, job_id: str) -> bool:
        """Take a dream out of its gallery; whether it was there."""
        share = await self._gallery.remove(job_id)
        if share is None or share.state != "shared" or share.message_id is None:
            return False
        channel = self._client.get_partial_messageable(share.channel_id, guild_id=share.guild_id)
        with suppress(discord.NotFound, discord.Forbidden):
            await channel.get_partial_message(share.message_id).delete()
        return True

    async def picture_of(self, share: Share) -> str | None:
        """The address of the picture that its post shows to everybody; None if it shows none."""
        with suppress(discord.HTTPException):
            post = await self._post_of(share)
            files = post.attachments if post is not None else []
            return next((file.url for file in files if not file.is_spoiler()), None)
        return None

    def _room(self, job: Job, channel_id: int) -> Room:
        """The gallery, if that dream may be shown there."""
        guild = self._client.get_guild(job.place.guild_id or 0)
        channel = guild and guild.get_channel_or_thread(channel_id)
        if guild is None or not isinstance(channel, Room):
            raise Refusal(words.gallery_gone())
        may = channel.permissions_for(guild.me)
        if not all(getattr(may, name) for name in NEEDED):
            raise Refusal(words.gallery_closed(channel.mention))
        origin = guild.get_channel_or_thread(job.place.channel_id)
        if _restricted(origin) and not channel.is_nsfw():
            raise Refusal(words.not_from_there(channel.mention))
        return channel

    async def _post_of(self, share: Share) -> discord.Message | None:
        """The post of what is shared, if nobody has deleted it."""
        if share.state != "shared" or share.message_id is None:
            return None
        channel = self._client.get_partial_messageable(share.channel_id, guild_id=share.guild_id)
        try:
            return await channel.fetch_message(share.message_id)
        except (discord.NotFound, discord.Forbidden):
            return None

    async def _search(self, channel: Room, link: str) -> discord.Message | None:
        """A post that was made by a bot that was killed before it was noted."""
        async for message in channel.history(limit=SEARCHED):
            if message.author == self._client.user and f"<{link}>" in message.content:
                return message
        return None

    async def _post(self, channel: Room, job: Job, link: str) -> discord.Message:
        picture = await self._picture(channel, job)
        with speaking(language(None, str(channel.guild.preferred_locale))):
            text = words.exhibited(cards.called(job), job.person_id, link)
        nonce = f"share-{job.mark}"
        return await insist(lambda _: channel.send(text, files=[picture.file()], nonce=nonce))

    async def _picture(self, channel: Room, job: Job) -> cards.Picture:
        limit = min(channel.guild.filesize_limit, REQUEST_LIMIT)
        try:
            found = await self._history.picture(job, limit)
        except (StorageError, DreamError) as error:
            raise Refusal(words.not_shared_now()) from error
        shown = cards.result(job, job.result, found[0]).picture if found and job.result else None
        return shown or await self._from_its_message(job)

    async def _from_its_message(self, job: Job) -> cards.Picture:
        """What the dream's own message shows: the storage keeps it for a while only."""
        place = job.place
        channel = self._client.get_partial_messageable(place.channel_id, guild_id=place.guild_id)
        try:
            message = await channel.fetch_message(place.answer_id)
            file = message.attachments[0]
            return cards.Picture(file.filename, await file.read(), file.description or "")
        except (discord.HTTPException, IndexError) as error:
            raise Refusal(words.past_sharing()) from error


def link(client: discord.Client, job: Job) -> str:
    """The address of a dream's own message."""
    place = job.place
    channel = client.get_partial_messageable(place.channel_id, guild_id=place.guild_id)
    return channel.get_partial_message(place.answer_id).jump_url


def _restricted(channel: object) -> bool:
    return isinstance(channel, Room) and channel.is_nsfw()
