"""Sends announcements, letter by letter, also those that a bot before this one has begun."""

import asyncio
import hashlib
import logging
from contextlib import suppress

import discord

from bot.database import DatabaseAway
from bot.database.news import Announcement, Letter, Outcome
from bot.news import News
from bot.ui import words
from bot.ui.insisting import LOST, check_passing, insist
from bot.ui.languages import language, speaking

log = logging.getLogger(__name__)

APART = 0.5
"""Seconds between two letters, lest Discord takes it for spam."""

LATER = 5.0
"""Seconds until it is tried again where nothing can be done now."""

SEARCHED = 100
"""Messages among which a letter is looked for that may have been sent."""


class Postman:
    """Sends what there is to send, through whichever client is attached."""

    def __init__(self, news: News) -> None:
        self._attached: discord.Client | None = None
        self._news = news
        self._woken = asyncio.Event()

    def attach(self, client: discord.Client) -> None:
        """Send through this client from now on."""
        self._attached = client

    def wake(self) -> None:
        """There may be something to send."""
        self._woken.set()

    async def run(self) -> None:
        """Send whatever there is each time it is woken, until cancelled."""
        pause: float | None = None
        while True:
            await (self._woken.wait() if pause is None else asyncio.sleep(pause))
            self._woken.clear()
            pause = await self._next()

    @property
    def _client(self) -> discord.Client:
        assert self._attached is not None, "no client is attached"
        return self._attached

    async def _next(self) -> float | None:
        """Do the next thing; seconds until the one after it, None if there is none."""
        try:
            if not await self._news.under_way():
                return None
            letter = await self._news.take()
            if letter is not None:
                await self._news.sent(letter, await self._send(letter))
                return APART
            for announcement in await self._news.done():
                await self._report(announcement)
                await self._news.remove(announcement)
            # What is left may be another bot's to send, or will be tried again.
            return LATER
        except (DatabaseAway, *LOST) as error:
            log.info("News wait: %s", error)
            return LATER

    async def _send(self, letter: Letter) -> Outcome:
        try:
            await insist(lambda again: self._post(letter, letter.again or again))
        except (discord.Forbidden, discord.NotFound):
            return Outcome.CLOSED
        except discord.HTTPException as error:
            log.warning("A letter with news wasn't taken: %s", error)
            return Outcome.FAILED
        return Outcome.REACHED

    async def _post(self, letter: Letter, again: bool) -> None:
        try:
            place = await self._place(letter)
            text = self._text(letter)
            if again and await self._stands(place, text, letter.announcement_id):
                return
            nobody = discord.AllowedMentions.none()
            await place.send(text, nonce=_nonce(letter), allowed_mentions=nobody)
        except discord.HTTPException as error:
            check_passing(error)
            raise

    async def _place(self, letter: Letter) -> discord.abc.Messageable:
        if letter.guild_id is None:
            return await self._client.create_dm(discord.Object(letter.recipient_id))
        return self._client.get_partial_messageable(letter.recipient_id, guild_id=letter.guild_id)

    def _text(self, letter: Letter) -> str:
        guild = self._client.get_guild(letter.guild_id or 0)
        preferred = str(guild.preferred_locale) if guild else None
        with speaking(language(letter.locale, preferred)):
            return words.letter(letter.text, to_server=letter.guild_id is not None)

    async def _stands(self, place: discord.abc.Messageable, text: str, since: int) -> bool:
        """Whether a post of ours says that there, younger than the message of that id."""
        async for message in place.history(limit=SEARCHED):
            if message.id <= since:
                break
            if message.author == self._client.user and message.content == text:
                return True
        return False

    async def _report(self, announcement: Announcement) -> None:
        """Tell whoever announced it, in place of the answer, or else privately."""
        text = words.announced(announcement)
        channel = self._client.get_partial_messageable(announcement.channel_id)
        answer = channel.get_partial_message(announcement.answer_id)
        try:
            await insist(lambda _: answer.edit(content=text))
        except discord.HTTPException:
            with suppress(discord.HTTPException):
                private = await self._client.create_dm(discord.Object(announcement.person_id))
                await private.send(text, nonce=f"told-{announcement.id}")


def _nonce(letter: Letter) -> str:
    """At most 25 characters. Discord makes one post of those with the same, wherever they go."""
    whose = f"{letter.announcement_id} {letter.recipient_id}"
    return f"news-{hashlib.sha256(whose.encode()).hexdigest()[:16]}"
