"""Which pictures may be shown where: none of an age-restricted channel in one that isn't, and none
of a channel to somebody who can't see it.

Almost every picture lies in the channel it is asked for in. Another channel's come along as what a
message forwards, and as links to files of Discord's own, which have the channel's id in them.
"""

import contextlib
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import discord

from bot.errors import Refusal
from bot.ui import words
from bot.ui.insisting import insist

if TYPE_CHECKING:
    from bot.client import DreamBot

_FILE = re.compile(r"\bdiscordapp\.(?:com|net)/.*?\battachments/(\d{15,20})/", re.IGNORECASE)


def age_restricted(channel: object) -> bool:
    """Whether only adults may see that channel, of a thread the one it is in; direct messages and
    what isn't known count as open to all."""
    if isinstance(channel, discord.Thread):
        channel = channel.parent
    return bool(getattr(channel, "nsfw", False))


def origins(message: discord.Message | None, url: str) -> frozenset[int]:
    """Ids of the channels that a picture comes from, as far as message and address tell."""
    found = {int(number) for number in _FILE.findall(url)}
    reference = message.reference if message is not None else None
    if reference is not None and reference.type is discord.MessageReferenceType.forward:
        found.add(reference.channel_id)
    return frozenset(found)


def fits(bot: "DreamBot", here: object, channels: Iterable[int]) -> bool:
    """Whether pictures of those channels may be shown here, as far as is known without asking."""
    if age_restricted(here):
        return True
    return not any(age_restricted(bot.get_channel(number)) for number in channels)


async def check(bot: "DreamBot", here: object, channels: Iterable[int]) -> None:
    """Raises Refusal if pictures of those channels may not be shown here."""
    if not age_restricted(here):
        for number in channels:
            if age_restricted(await _known(bot, number)):
                raise Refusal(words.age_restricted())


async def check_seen(
    bot: "DreamBot", person: discord.User | discord.Member, channels: Iterable[int]
) -> None:
    """Raises Refusal if the person can't see one of those channels of the server they ask on."""
    for number in channels:
        channel = await _known(bot, number)
        if (
            isinstance(person, discord.Member)
            and isinstance(channel, discord.abc.GuildChannel | discord.Thread)
            and channel.guild == person.guild
            and not channel.permissions_for(person).view_channel
        ):
            raise Refusal(words.out_of_sight())


async def _known(bot: "DreamBot", number: int) -> object:
    """That channel; a thread that sleeps is asked for. None if the bot can't know it."""
    channel = bot.get_channel(number)
    if channel is None:
        with contextlib.suppress(discord.HTTPException, discord.InvalidData):
            return await insist(lambda _: bot.fetch_channel(number))
    return channel
