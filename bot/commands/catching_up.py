"""Commands that were posted while the bot was away, found in the channels' histories."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Collection, Coroutine, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

import discord

from bot.commands import errors, finding
from bot.database.seen import Mark
from bot.ui import cards, words
from bot.ui.insisting import LOST, insist
from bot.ui.languages import ENGLISH, speaking

if TYPE_CHECKING:
    from bot.client import DreamBot

log = logging.getLogger(__name__)

BACK = timedelta(hours=1)
"""What is older has been given up by whoever asked."""

MOST_CHANNELS = 200
MOST_PRIVATE = 50
LATEST = 100
"""Messages of a channel that are looked through in any case: one request."""

MOST_MESSAGES = 1000
"""Looked through in one channel, where so many are newer than what was seen there."""

AGAIN = 60.0
"""Seconds until a channel that couldn't be looked through is looked through again."""

BEGINS = timedelta(minutes=2)
"""In which a wish has become a job, or been refused; later nobody is at it any more."""

AT_ONCE = 3
REMEMBERED = 4096

Channel = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread


class CatchingUp:
    """Looks for what was missed, and has it dealt with as if it came just now.

    Of the channels those are looked through that have newer messages than were seen there; where
    none ever was, newer than any that was seen anywhere. A command that has a reply of ours is
    left alone, and so is one that has become a job. A reply that only says “got it”, and no job:
    then the bot was killed in between, and goes on in that same reply. Of a message with several
    wishes each is looked at so by itself: its replies say which one they are about. A reply that
    replies to nothing was the answer to a slash command, which is in no history: whoever asked is
    told.

    Doing this twice, or in two bots at once, is doing it once: answers to one message share a
    nonce, and its wish is one job.
    """

    def __init__(self, bot: "DreamBot") -> None:
        self._bot = bot
        self._parts = bot.parts
        self._turn = asyncio.Lock()
        self._gently = asyncio.Semaphore(AT_ONCE)
        self._taken: OrderedDict[int, None] = OrderedDict()

    def took(self, message_id: int) -> bool:
        """Whether that message was found here, before the gateway brought it."""
        return message_id in self._taken

    async def run(self) -> None:
        """Catch up with what was missed until now, however often Discord has to be asked."""
        again = await self._run_once()
        while again:
            await asyncio.sleep(AGAIN)
            again = await self._run_once()

    async def _run_once(self) -> bool:
        """Whether there are channels that have to be looked through again."""
        seen = self._parts.seen
        async with self._turn:
            losses, behind = seen.losses, dict[int, Mark]()
            if seen.gap:
                behind = await self._look_through(seen.gap)
                if not self._parts.acceptance.open:
                    # What came last was left alone: it is for the bot that comes next.
                    return False
            else:
                seen.begin(self._newest())
            seen.caught_up(losses, behind)
            await seen.flush()
        return bool(behind)

    def _newest(self) -> int:
        """Of all messages; a bot that never saw any isn't asked for what was said before."""
        newest = max((channel.last_message_id or 0 for channel in self._channels()), default=0)
        return newest or discord.utils.time_snowflake(discord.utils.utcnow())

    async def _look_through(self, gap: Mapping[int, Mark]) -> dict[int, Mark]:
        """The channels that have to be looked through again, and how far they were seen."""
        earliest = discord.utils.time_snowflake(discord.utils.utcnow() - BACK)
        newest = max(mark.message_id for mark in gap.values())

        def since(channel_id: int) -> int:
            mark = gap.get(channel_id)
            return max(earliest, mark.message_id if mark else newest)

        private = [
            (mark.message_id, channel) for channel, mark in gap.items() if mark.guild_id is None
        ]
        looks: dict[tuple[int | None, int], Coroutine[Any, Any, bool]] = {
            (None, c): self._in_private(c, since(c)) for _, c in sorted(private)[-MOST_PRIVATE:]
        }
        channels = sorted(
            (
                channel
                for channel in self._channels()
                if (channel.last_message_id or 0) > since(channel.id)
            ),
            key=lambda channel: channel.last_message_id or 0,
        )
        left = MOST_CHANNELS - len(looks)
        looks |= {(c.guild.id, c.id): self._in_server(c, since(c.id)) for c in channels[-left:]}
        outcomes = await asyncio.gather(*looks.values(), return_exceptions=True)
        behind: dict[int, Mark] = {}
        for (guild_id, channel_id), outcome in zip(looks, outcomes, strict=True):
            if isinstance(outcome, LOST):
                log.warning("Channel %d can't be looked through yet: %s", channel_id, outcome)
                behind[channel_id] = Mark(guild_id, since(channel_id))
            elif isinstance(outcome, Exception):
                # One channel's trouble is no reason to leave the others alone.
                errors.logged(outcome)
            elif outcome is True:
                behind[channel_id] = Mark(guild_id, since(channel_id))
        return behind

    def _channels(self) -> Iterator[Channel]:
        for guild in self._bot.guilds:
            yield from guild.text_channels
            yield from guild.voice_channels
            yield from guild.stage_channels
            yield from guild.threads

    async def _in_private(self, channel_id: int, since: int) -> bool:
        async with self._gently:
            try:
                channel = await insist(lambda _: self._bot.fetch_channel(channel_id))
            except LOST:
                raise
            except discord.DiscordException as error:
                log.info("Direct messages %d can't be looked through: %s", channel_id, error)
                return False
            return isinstance(channel, discord.DMChannel) and await self._in(channel, since)

    async def _in_server(self, channel: Channel, since: int) -> bool:
        allowed = channel.permissions_for(channel.guild.me)
        if not (allowed.view_channel and allowed.read_message_history):
            log.info("Channel %d can't be looked through: no permission.", channel.id)
            return False
        async with self._gently:
            return await self._in(channel, since)

    async def _in(self, channel: Channel | discord.DMChannel, since: int) -> bool:
        """Whether something there is too young to be told from what is under way."""
        try:
            history = await insist(lambda _: _latest(channel, since))
        except LOST:
            raise
        except discord.DiscordException as error:
            log.warning("Channel %d can't be looked through: %s", channel.id, error)
            return False
        answers: dict[int | None, list[discord.Message]] = {}
        for message in reversed(history):
            if message.author == self._bot.user and message.reference is not None:
                answers.setdefault(message.reference.message_id, []).append(message)
        unsure = False
        for message in reversed(history):
            if message.id > since and not message.author.bot:
                unsure |= not await self._deal_with(message, answers.get(message.id, []))
        left = [m for m in history if m.author == self._bot.user and _is_left(m)]
        young = [m for m in left if discord.utils.utcnow() - m.created_at <= BEGINS]
        for message in left:
            if message not in young and not await self._parts.submission.answers_with(message.id):
                await self._regret(message)
        return bool(young) or unsure

    async def _regret(self, message: discord.Message) -> None:
        answer = discord.PartialMessage(channel=message.channel, id=message.id)
        log.info("Answer %d was left behind before it was a job's.", message.id)
        try:
            with speaking(cards.placeholder_in(message.content) or ENGLISH):
                card = cards.refusal(words.left_behind())
            await insist(lambda _: card.put(answer))
        except LOST:
            raise
        except discord.DiscordException as error:
            log.info("Answer %d can't be edited: %s", message.id, error)

    async def _deal_with(self, message: discord.Message, answers: list[discord.Message]) -> bool:
        """False where it can't be told yet what is left of it to do."""
        if self._parts.seen.knows(message.id) or not self._parts.acceptance.open:
            return True
        context = await self._bot.get_context(message)
        if not context.valid:
            return True
        said, of = _Said.of(answers), finding.wishes_of(finding.brought(message))
        settled = await self._settled(message.id, said, of)
        if settled is None:
            return False
        left = [index for index in range(of) if index not in settled]
        if left:
            log.info("Message %d was posted while nobody listened.", message.id)
            context.index, context.of, context.settled = left[0], of, settled
            context.placeholders = said.placeholders
            self._taken[message.id] = None
            if len(self._taken) > REMEMBERED:
                self._taken.popitem(last=False)
            await self._bot.deal_with(message, context)
        return True

    async def _settled(self, message_id: int, said: "_Said", of: int) -> Collection[int] | None:
        """Which of a message's wishes have been dealt with; None where nobody can tell."""
        if said.all_of_it and of == 1:
            return range(of)
        keys = [finding.key(message_id, index) for index in range(of)]
        jobs = await self._parts.submission.became(keys)
        if jobs is None and of > 1 and said.anything:
            return None
        # Once one of its wishes is a job, what doesn't say which it is about is that job's.
        if said.all_of_it and not jobs:
            return range(of)
        return said.settled | {index for index, key in enumerate(keys) if key in (jobs or {})}


@dataclass(frozen=True, slots=True)
class _Said:
    """What the bot has said to a message.

    Attributes:
        all_of_it: Whether there is an answer that doesn't say which of its wishes it is about.
        settled: Wishes that have their answer.
        placeholders: By wish, where there is nothing but “got it”.
    """

    all_of_it: bool
    settled: frozenset[int]
    placeholders: dict[int, discord.Message]

    @property
    def anything(self) -> bool:
        """Whether it has said something."""
        return self.all_of_it or bool(self.settled) or bool(self.placeholders)

    @classmethod
    def of(cls, answers: list[discord.Message]) -> Self:
        """From our replies to it, oldest first."""
        begun = [answer for answer in answers if cards.is_placeholder(answer.content)]
        ended = [cards.nth(answer.content) for answer in answers if answer not in begun]
        placeholders: dict[int, discord.Message] = {}
        for answer in begun:
            placeholders.setdefault(cards.nth(answer.content) or 0, answer)
        settled = frozenset(index for index in ended if index is not None)
        return cls(None in ended, settled, placeholders)


async def _latest(channel: Channel | discord.DMChannel, since: int) -> list[discord.Message]:
    """The latest, and further back whatever is newer than that message; newest first."""
    latest: list[discord.Message] = []
    async for message in channel.history(limit=MOST_MESSAGES):
        if len(latest) >= LATEST and message.id <= since:
            break
        latest.append(message)
    return latest


def _is_left(message: discord.Message) -> bool:
    """Whether it looks like the first answer to what isn't typed: a slash command, a button."""
    typed = message.reference is not None and message.interaction_metadata is None
    return not typed and cards.is_placeholder(message.content)
