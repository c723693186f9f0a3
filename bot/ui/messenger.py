"""How jobs speak to people on Discord: the answer's edits, and the ways when it can't be edited."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any, TypeVar

import discord

from bot.jobs.forecast import Forecast
from bot.jobs.job import Job, Place, Result
from bot.jobs.messenger import Rejected, Telling, TooLarge, Undeliverable
from bot.ui import buttons, cards, words
from bot.ui.allowance import Allowance
from bot.ui.cards import Card
from bot.ui.insisting import LOST, check_passing, insist
from bot.ui.languages import speaking
from bot.ui.progress import APART, ProgressBoard
from dream import Progress

log = logging.getLogger(__name__)

T = TypeVar("T")

REQUEST_LIMIT = 25 * 2**20 - 2**16
"""Bytes: Discord takes no larger request, whatever a server's limit; some go to the rest of it."""

UNKNOWN_MESSAGE = 10008
NOT_OURS = 50005
ARCHIVED = 50083
NO_HISTORY = 160002
TOO_LARGE = 40005
ANSWER_GONE = {UNKNOWN_MESSAGE, NOT_OURS, ARCHIVED}
"""Codes of an answer that can't be edited where a new post still can be made."""


BRIEF = 1.0
"""Seconds for which a job that waits is still without its result: no dream is done sooner."""

PATIENCE = 60.0
"""Seconds of trying again here; later whoever called tries, for as long as it is worth it."""

HANGS = 120.0
"""Seconds after which a request that isn't answered counts as lost; a large file takes its time."""

BORROWED = 14.5 * 60
"""Seconds for which an answer can be edited where the bot is no member: half a minute less than
Discord's token for it lives."""

MOST_BORROWED = 4096

TOKEN_GONE = {UNKNOWN_MESSAGE, 10015, 50027}
"""Codes of an answer that can't be edited in that way any more."""

SEARCHED = 2000
"""Messages that are looked through, newest first, for an answer that may stand there already."""


@dataclass(frozen=True, slots=True)
class _Said:
    """Where an answer stands.

    Attributes:
        message_id: The answer itself, or one that was posted in its place.
        edited: Whether it is the answer itself, of which nobody was notified.
    """

    message_id: int
    edited: bool


class DiscordMessenger:
    """Speaks to the person who asked for a job, through whichever client is attached.

    Args:
        waits: Whether a job is still in the line. Any bot on the token may take it from there,
            and have its result there before this one's words about waiting arrive.
        apart: Seconds between progress edits in one channel.
        allowance: How many edits of any kind a channel is granted.
        pause: Seconds before the first retry; doubles with each.
        lull: Seconds that a dream which is next has to begin, before that is shown.
    """

    def __init__(
        self,
        waits: Callable[[Job], Awaitable[bool]],
        *,
        apart: float = APART,
        allowance: Allowance | None = None,
        pause: float = 1.0,
        lull: float = 1.0,
    ) -> None:
        self._client: discord.Client | None = None
        self._asked_waits = waits
        self._board = ProgressBoard(self._edit_progress, apart=apart, allowance=allowance)
        self._pause = pause
        self._lull = lull
        self._borrowed: OrderedDict[int, tuple[float, discord.InteractionMessage]] = OrderedDict()

    def attach(self, client: discord.Client) -> None:
        """Speak through this client from now on."""
        self._client = client

    async def close(self) -> None:
        """Show no more progress."""
        await self._board.close()

    def borrow(self, answer: discord.InteractionMessage) -> None:
        """Keep what an answer can be edited with where the bot is no member: a token that lives a
        quarter of an hour. It is kept in memory alone, for it is a secret."""
        self._borrowed[answer.id] = monotonic() + BORROWED, answer
        if len(self._borrowed) > MOST_BORROWED:
            self._borrowed.popitem(last=False)

    def waiting(self, job: Job, forecast: Forecast) -> None:
        """Show where it stands in the line, unless it begins. Returns at once."""
        with speaking(job.locale):
            card = cards.waiting(job, forecast)
        state = job.id, job.place, card, lambda: self._waits(job)
        if forecast.before:
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

    def moved(self, job: Job, forecast: Forecast) -> None:
        """Show where a job that waits stands by now. Returns at once."""
        with speaking(job.locale):
            card = cards.waiting(job, forecast)
        self._board.show(job.id, job.place, card, lambda: self._waits(job))

    def progress(
        self, job: Job, progress: Progress, left: float, held: Callable[[], float]
    ) -> None:
        """Show how far it is, and that it takes `left` more seconds, about.

        Returns at once; the latest state wins, others may be skipped, and all that would be seen
        later than within the seconds for which the job is `held`, asked when its turn comes.
        """

        async def still() -> float:
            return held()

        with speaking(job.locale):
            card = cards.dreaming(job, progress, left)
        self._board.show(job.id, job.place, card, still)

    def lost(self, job: Job) -> None:
        """Somebody else has the job: show nothing more of what is under way. Returns at once."""
        self._board.cut(job.id, job.place.channel_id)

    def restarted(self, job: Job) -> None:
        """Show that the dream begins again, since its worker died. Returns at once."""
        with speaking(job.locale):
            card = cards.restarted(job)
        self._board.show(job.id, job.place, card, lambda: self._waits(job))

    async def deliver(self, job: Job, result: Result, data: bytes, telling: Telling) -> int:
        """Edit the answer into the result; doing it twice is doing it once.

        Raises:
            Undeliverable: The place and the person are out of reach for good.
            TooLarge: It has too many bytes, as where the place's upload limit fell.
            Rejected: Discord won't take it for another reason.
        """
        with speaking(job.locale):
            return await self._answer_with(
                job,
                cards.result(job, result, data),
                telling,
            )

    async def fail(self, job: Job, sentence: str, telling: Telling) -> int:
        """Edit the answer into that sentence, said with regret; the credit is back by then.

        Raises:
            Undeliverable: As above.
        """
        with speaking(job.locale):
            return await self._answer_with(job, cards.failure(job, sentence), telling)

    # The ways to the person, nearest first

    async def _answer_with(self, job: Job, card: Card, telling: Telling) -> int:
        await self._board.finish(job.id, job.place.channel_id)
        await self._board.room(job.place.channel_id)
        said = await self._insist(lambda _: self._say(job, card, telling))
        if telling.mention and said.edited:
            # It stands there already: whatever becomes of this is no reason to do that again.
            with suppress(discord.HTTPException, *LOST):
                text = words.ended(job.person_id, dream=card.picture is not None)
                await self._insist(lambda again: self._call(job, text, telling.again or again))
        return said.message_id

    async def _insist(self, act: Callable[[bool], Awaitable[T]]) -> T:
        return await insist(act, patience=PATIENCE, pause=self._pause, hangs=HANGS)

    async def _say(self, job: Job, card: Card, telling: Telling) -> _Said:
        if job.place.visiting:
            return await self._say_as_a_guest(job, card)
        try:
            await card.put(self._answer(job.place))
            return _Said(job.place.answer_id, edited=True)
        except discord.HTTPException as error:
            log.info("answer to %s can't be edited: %s", job.id, error)
            closed = error.code not in ANSWER_GONE
            _check(error)
        if not closed:
            try:
                return _Said(await self._post(job, card, telling), edited=False)
            except discord.HTTPException as error:
                log.info("%s can't be answered in its channel: %s", job.id, error)
                _check(error)
        return _Said(await self._write_privately(job, card), edited=False)

    async def _say_as_a_guest(self, job: Job, card: Card) -> _Said:
        """Where the bot is no member: the answer can be edited for a while, and nothing else."""
        answer = self._lent(job.place)
        if answer is not None:
            try:
                await card.put(answer)
                return _Said(job.place.answer_id, edited=True)
            except discord.HTTPException as error:
                log.info("answer to %s can't be edited from outside: %s", job.id, error)
                if error.code not in TOKEN_GONE:
                    _check(error)
                del self._borrowed[job.place.answer_id]
        return _Said(await self._write_privately(job, card), edited=False)

    async def _post(self, job: Job, card: Card, telling: Telling) -> int:
        """A new answer in the same place, unless it stands there already."""
        place, channel = job.place, self._channel(job.place)
        found = await self._find(job, channel)
        if found is not None:
            return found
        # Whoever can't be replied to is named; only who wants it is called by that.
        named = words.meant_for(job.person_id, card.text)
        nonce = _nonce("again", job)
        called = _mentioning(job) if telling.mention else discord.AllowedMentions.none()
        if place.message_id is None:
            return await _send(channel, job, named, card, nonce=nonce, called=called)
        request = discord.MessageReference(
            message_id=place.message_id,
            channel_id=place.channel_id,
            guild_id=place.guild_id,
            fail_if_not_exists=False,
        )
        text = named if telling.mention else card.text
        try:
            return await _send(
                channel, job, text, card, nonce=nonce, called=called, reference=request
            )
        except discord.HTTPException as error:
            if error.code != NO_HISTORY:
                raise
            return await _send(channel, job, named, card, nonce=nonce, called=called)

    async def _write_privately(self, job: Job, card: Card) -> int:
        """The same in the person's direct messages, with a word about it in the place."""
        title = cards.called(job)
        try:
            message_id = await self._post_privately(job, card)
        except Undeliverable:
            if card.picture is not None:
                await self._leave_word(job, words.kept_for_you(title))
            raise
        await self._leave_word(job, words.sent_privately(title))
        return message_id

    async def _post_privately(self, job: Job, card: Card) -> int:
        if job.place.guild_id is None and not job.place.visiting:
            raise Undeliverable("The direct messages it was asked for in are closed.")
        text = words.asked_elsewhere(job.place.channel_id, card.text)
        try:
            private = await self._speaker.create_dm(discord.Object(job.person_id))
            found = await self._find(job, private)
            if found is not None:
                return found
            nonce, nobody = _nonce("alone", job), discord.AllowedMentions.none()
            return await _send(private, job, text, card, nonce=nonce, called=nobody)
        except discord.HTTPException as error:
            _check_private(error)
            raise Undeliverable(f"Place and person are out of reach: {error}") from error

    async def _find(self, job: Job, channel: discord.abc.Messageable) -> int | None:
        """A post of ours that has the job's mark and is younger than its answer.

        A nonce makes two posts one for a few minutes only, and can't be read from a channel's
        history: hence the mark, which every post that isn't the answer itself ends with. A file's
        name would not do, since a failure has no file.
        """
        async for message in channel.history(limit=SEARCHED):
            if message.id <= job.place.answer_id:
                break
            if self._is_ours(message) and message.content.endswith(words.mark(job.mark)):
                return message.id
        return None

    async def _call(self, job: Job, text: str, again: bool) -> None:
        """One short reply to the answer that mentions the person; none to one that is gone."""
        if again and await self._has_called(job):
            return
        place = job.place
        await self._channel(place).send(
            text,
            nonce=_nonce("call", job),
            allowed_mentions=_mentioning(job),
            reference=discord.MessageReference(
                message_id=place.answer_id, channel_id=place.channel_id, guild_id=place.guild_id
            ),
        )

    async def _has_called(self, job: Job) -> bool:
        async for message in self._channel(job.place).history(limit=SEARCHED):
            if message.id <= job.place.answer_id:
                break
            reference = message.reference
            replies = reference is not None and reference.message_id == job.place.answer_id
            # What a button under it has made replies to it as well.
            if replies and self._is_ours(message) and message.interaction_metadata is None:
                return True
        return False

    async def _leave_word(self, job: Job, text: str) -> None:
        """A line in place of the progress, where the answer can't become what it should have."""
        answer = self._lent(job.place) if job.place.visiting else self._answer(job.place)
        if answer is None:
            return
        with suppress(discord.HTTPException, *LOST):
            async with asyncio.timeout(HANGS):
                await Card(text, clear=True).put(answer)

    def _is_ours(self, message: discord.Message) -> bool:
        return message.author == self._speaker.user

    async def _waits(self, job: Job) -> float:
        return BRIEF if await self._asked_waits(job) else 0.0

    async def _edit_progress(self, place: Place, card: Card) -> bool:
        answer = self._lent(place) if place.visiting else self._answer(place)
        if answer is None:
            return False
        try:
            await card.put(answer)
        except (discord.NotFound, discord.Forbidden):
            return False
        return True

    @property
    def _speaker(self) -> discord.Client:
        assert self._client is not None, "no client is attached"
        return self._client

    def _channel(self, place: Place) -> discord.PartialMessageable:
        return self._speaker.get_partial_messageable(place.channel_id, guild_id=place.guild_id)

    def _lent(self, place: Place) -> discord.InteractionMessage | None:
        """The answer where the bot is no member, as long as it can be edited."""
        until, answer = self._borrowed.get(place.answer_id, (0.0, None))
        return answer if monotonic() < until else None

    def _answer(self, place: Place) -> discord.PartialMessage:
        return self._channel(place).get_partial_message(place.answer_id)


async def _send(
    channel: discord.abc.Messageable,
    job: Job,
    text: str,
    card: Card,
    *,
    nonce: str,
    called: discord.AllowedMentions,
    reference: discord.MessageReference | None = None,
) -> int:
    extra: dict[str, Any] = {} if reference is None else {"reference": reference}
    if card.buttons:
        extra["view"] = buttons.view(card.buttons)
    message = await channel.send(
        f"{text}\n{words.mark(job.mark)}",
        files=[card.picture.file()] if card.picture else [],
        nonce=nonce,
        allowed_mentions=called,
        **extra,
    )
    return message.id


def _mentioning(job: Job) -> discord.AllowedMentions:
    """Only that person is called, not whom a reply is to."""
    return discord.AllowedMentions(
        everyone=False,
        roles=False,
        users=[discord.Object(job.person_id)],
        replied_user=False,
    )


def _nonce(way: str, job: Job) -> str:
    """At most 25 characters, the same for the same job and way."""
    return f"{way}-{job.mark}"


def _check(error: discord.HTTPException) -> None:
    """Let through what says that a place is closed; nothing else has another way around it."""
    check_passing(error)
    if error.status == 413 or error.code == TOO_LARGE:
        raise TooLarge(str(error)) from error
    place_closed = isinstance(error, discord.NotFound | discord.Forbidden)
    if not place_closed and error.code not in ANSWER_GONE:
        raise Rejected(str(error)) from error


def _check_private(error: discord.HTTPException) -> None:
    """Let through whatever else says that a person can't be written to."""
    check_passing(error)
    if error.status == 413 or error.code == TOO_LARGE:
        raise TooLarge(str(error)) from error
