"""How jobs speak to people on Discord: the answer's edits, and the ways when it can't be edited."""

import asyncio
import hashlib
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable

import aiohttp
import discord

from bot.jobs.job import Job, Place, Result
from bot.jobs.messenger import Rejected, Undeliverable
from bot.ui import cards, words
from bot.ui.cards import Card
from bot.ui.progress import APART, ProgressBoard
from dream import Progress

log = logging.getLogger(__name__)

REQUEST_LIMIT = 25 * 2**20 - 2**16
"""Bytes: Discord takes no larger request, whatever a server's limit; some go to the rest of it."""

UNKNOWN_MESSAGE = 10008
NOT_OURS = 50005
ARCHIVED = 50083
NO_HISTORY = 160002
ANSWER_GONE = {UNKNOWN_MESSAGE, NOT_OURS, ARCHIVED}
"""Codes of an answer that can't be edited where a new post still can be made."""


class _Later(Exception):
    """Discord can't answer now; the same may work in a while."""


LOST = (aiohttp.ClientError, OSError, TimeoutError, _Later)
"""What is worth another try, once the library has given up on its own."""

PATIENCE = 60.0
"""Seconds of trying again here; later whoever called tries, for as long as it is worth it."""


class DiscordMessenger:
    """Speaks to the person who asked for a job, through whichever client is attached.

    Args:
        waits: Whether a job is still in the line. Any bot on the token may take it from there,
            and have its result there before this one's words about waiting arrive.
        apart: Seconds between progress edits in one channel.
        pause: Seconds before the first retry; doubles with each.
        lull: Seconds that a dream which is next has to begin, before that is shown.
    """

    def __init__(
        self,
        waits: Callable[[Job], Awaitable[bool]],
        *,
        apart: float = APART,
        pause: float = 1.0,
        lull: float = 1.0,
    ) -> None:
        self._client: discord.Client | None = None
        self._waits = waits
        self._board = ProgressBoard(self._edit_progress, apart=apart)
        self._pause = pause
        self._lull = lull
        self._remarks: OrderedDict[str, str] = OrderedDict()

    def attach(self, client: discord.Client) -> None:
        """Speak through this client from now on."""
        self._client = client

    async def close(self) -> None:
        """Show no more progress."""
        await self._board.close()

    def remark(self, job: Job, remark: str) -> None:
        """Have the result say what of the wish was left out. A restart forgets it."""
        if remark:
            self._remarks[job.id] = remark
            if len(self._remarks) > 1000:
                self._remarks.popitem(last=False)

    def waiting(self, job: Job, before: int) -> None:
        """Show that so many dreams come before it, unless it begins. Returns at once."""
        state = job.id, job.place, cards.waiting(job, before), lambda: self._waits(job)
        if before:
            self._board.show(*state)
            return
        # Most begin within that time, and what they look like is worth more than this.
        loop = asyncio.get_running_loop()
        loop.call_later(self._lull, self._board.show_first, *state)

    # The protocol that jobs rely on

    async def upload_limit(self, job: Job) -> int:
        """Most bytes of a file in the job's place."""
        guild_id = job.place.guild_id
        guild = self._speaker.get_guild(guild_id) if guild_id is not None else None
        limit = guild.filesize_limit if guild else discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES
        return min(limit, REQUEST_LIMIT)

    def progress(self, job: Job, progress: Progress) -> None:
        """Show how far it is. Returns at once; the latest state wins, others may be skipped."""
        self._board.show(job.id, job.place, cards.dreaming(job, progress))

    def restarted(self, job: Job) -> None:
        """Show that the dream begins again, since its worker died. Returns at once."""
        self._board.show(job.id, job.place, cards.restarted(job), lambda: self._waits(job))

    async def deliver(self, job: Job, result: Result, data: bytes) -> None:
        """Edit the answer into the result; doing it twice is doing it once.

        Raises:
            Undeliverable: The place and the person are out of reach for good.
            Rejected: Discord won't take the result, as where the place's upload limit fell.
        """
        remark = self._remarks.get(job.id, "")
        await self._say(job, cards.result(job, result, data, remark))
        self._remarks.pop(job.id, None)

    async def fail(self, job: Job, sentence: str) -> None:
        """Edit the answer into that sentence, said with regret; the credit is back by then.

        Raises:
            Undeliverable: As above.
        """
        await self._say(job, cards.failure(job, sentence))

    # The ways to the person, nearest first

    async def _say(self, job: Job, card: Card) -> None:
        await self._board.finish(job.id, job.place.channel_id)
        loop = asyncio.get_running_loop()
        deadline, pause = loop.time() + PATIENCE, self._pause
        while True:
            try:
                return await self._say_once(job, card)
            except LOST as error:
                if loop.time() + pause > deadline:
                    raise
                log.info("answer to %s not sent, trying again in %.1f s: %s", job.id, pause, error)
            await asyncio.sleep(pause)
            pause *= 2

    async def _say_once(self, job: Job, card: Card) -> None:
        try:
            return await card.put(self._answer(job.place))
        except discord.HTTPException as error:
            log.info("answer to %s can't be edited: %s", job.id, error)
            closed = error.code not in ANSWER_GONE
            _check(error)
        if not closed:
            try:
                return await self._post(job, card)
            except discord.HTTPException as error:
                log.info("%s can't be answered in its channel: %s", job.id, error)
                _check(error)
        await self._write_privately(job, card)

    async def _post(self, job: Job, card: Card) -> None:
        """A new answer in the same place; its nonce makes it one, however often it is tried."""
        place, channel = job.place, self._channel(job.place)
        if place.message_id is None:
            text = words.meant_for(job.person_id, card.text)
            await _send(channel, text, card, _nonce("again", job), None)
            return
        request = discord.MessageReference(
            message_id=place.message_id,
            channel_id=place.channel_id,
            guild_id=place.guild_id,
            fail_if_not_exists=False,
        )
        try:
            await _send(channel, card.text, card, _nonce("again", job), request)
        except discord.HTTPException as error:
            if error.code != NO_HISTORY:
                raise
            text = words.meant_for(job.person_id, card.text)
            await _send(channel, text, card, _nonce("again", job), None)

    async def _write_privately(self, job: Job, card: Card) -> None:
        if job.place.guild_id is None:
            raise Undeliverable("The direct messages it was asked for in are closed.")
        text = words.asked_elsewhere(job.place.channel_id, card.text)
        try:
            private = await self._speaker.create_dm(discord.Object(job.person_id))
            await _send(private, text, card, _nonce("alone", job), None)
        except discord.HTTPException as error:
            _check(error)
            raise Undeliverable(f"Place and person are out of reach: {error}") from error

    async def _edit_progress(self, place: Place, card: Card) -> bool:
        try:
            await card.put(self._answer(place))
        except (discord.NotFound, discord.Forbidden):
            return False
        return True

    @property
    def _speaker(self) -> discord.Client:
        assert self._client is not None, "no client is attached"
        return self._client

    def _channel(self, place: Place) -> discord.PartialMessageable:
        return self._speaker.get_partial_messageable(place.channel_id, guild_id=place.guild_id)

    def _answer(self, place: Place) -> discord.PartialMessage:
        return self._channel(place).get_partial_message(place.answer_id)


async def _send(
    channel: discord.abc.Messageable,
    text: str,
    card: Card,
    nonce: str,
    reference: discord.MessageReference | None,
) -> None:
    files = [card.picture.file()] if card.picture else []
    if reference is None:
        await channel.send(text, files=files, nonce=nonce)
    else:
        await channel.send(text, files=files, nonce=nonce, reference=reference)


def _nonce(way: str, job: Job) -> str:
    """At most 25 characters, the same for the same job and way."""
    return f"{way}-{hashlib.sha256(job.id.encode()).hexdigest()[:16]}"


def _check(error: discord.HTTPException) -> None:
    """Let through what says that a place is closed; nothing else has another way around it."""
    # 401 is a token that was just taken back: the client ends over it, the job must not.
    if error.status >= 500 or error.status in (401, 429):
        raise _Later(str(error)) from error
    place_closed = isinstance(error, discord.NotFound | discord.Forbidden)
    if not place_closed and error.code not in ANSWER_GONE:
        raise Rejected(str(error)) from error
