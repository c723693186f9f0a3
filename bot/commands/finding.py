"""Where the picture of a wish comes from: from what it points at, or else from around it.

In this order: what it brings along, the message it replies to, a link, what it forwards, a sticker,
an avatar; and where it points at nothing, the newest picture of the channel.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import discord
import yarl

from bot.commands import sight
from bot.errors import Refusal
from bot.intake import Candidate, Stored
from bot.rules import Thing
from bot.typed import Typed
from bot.ui import cards, words
from bot.ui.insisting import insist

if TYPE_CHECKING:
    from bot.client import DreamBot

LOOKED_BACK = 50
"""Messages of a channel among which the newest picture is looked for: one request."""

MOST_AT_ONCE = 4
"""Pictures of one message that are dreamt."""

AVATAR_SIDE = 1024
"""Pixels."""

Person = discord.User | discord.Member


@dataclass(frozen=True, slots=True)
class Ask:
    """A wish that brings no picture along.

    Attributes:
        bot: Whom it is addressed to.
        person: Who asks.
        channel: Where.
        moment: Id of the message or interaction; what is newer isn't looked at.
        typed: What it says.
        command: What one types for a dream, to be told where nothing is found.
        message: None for a slash command.
        people: Those it names, by id.
        looks_back: Whether both, person and bot, may read what was said there before.
        off: What the server's moderators have switched off.
    """

    bot: "DreamBot"
    person: Person
    channel: discord.abc.Messageable | None
    moment: int
    typed: Typed
    command: str
    message: discord.Message | None = None
    people: Mapping[int, Person] = field(default_factory=dict)
    looks_back: bool = False
    off: Collection[Thing] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A picture.

    Attributes:
        picture: The file.
        note: Which one it is where that isn't obvious; follows “I dreamt”.
        origins: Ids of channels that it was brought here from.
    """

    picture: Candidate | Stored
    note: str = ""
    origins: frozenset[int] = frozenset()


# What a wish brings along


def candidate(file: discord.Attachment) -> Candidate:
    """A file that was posted, as one that may be the picture."""
    return Candidate(file.filename, file.content_type, file.size, file.url)


def brought(message: discord.Message) -> list[Candidate]:
    """The files of a message that claim to be pictures."""
    return [file for file in map(candidate, message.attachments) if file.looks_right]


def wishes_of(pictures: Sequence[Candidate]) -> int:
    """How many wishes there are in a message that brings those to dream on: one for each."""
    return min(max(len(pictures), 1), MOST_AT_ONCE)


def key(message_id: int, index: int) -> str:
    """What is unique to a wish of a message."""
    return f"message:{message_id}:{index}"


def told_apart(
    files: Sequence[Candidate], roles: Iterable[str]
) -> tuple[list[Candidate], dict[str, Candidate]]:
    """Those to dream on, and by its role each that is for something else.

    The first is to dream on, and those that have roles follow it; where there are only as many as
    roles, the one to dream on is elsewhere.

    Raises:
        Refusal: There are fewer than roles.
    """
    wanted = list(dict.fromkeys(roles))
    first = 1 if wanted and len(files) > len(wanted) else 0
    given = files[first : first + len(wanted)]
    if len(given) < len(wanted):
        raise Refusal(words.role_missing(wanted[len(given)]))
    dreamt = [*files[:first], *files[first + len(wanted) :]]
    return dreamt, dict(zip(wanted, given, strict=True))


def note_on_brought(message: discord.Message, typed: Typed, index: int, pictures: int) -> str:
    """What is to be said of one of the pictures that a message brings along."""
    of = min(pictures, MOST_AT_ONCE)
    if of > 1:
        return words.nth_of_yours(index, of, pictures - of if index == of - 1 else 0)
    return words.attached() if pointed_at(message, typed) else ""


# What it points at


async def find(ask: Ask) -> Found:
    """The picture of a wish that brings none along.

    Raises:
        Refusal: There is none, or it may not be shown there; says how to ask, or what is wrong with
            what was pointed at.
        LOST: Discord doesn't answer.
    """
    found = await _found(ask)
    await sight.check(ask.bot, ask.channel, found.origins)
    return found


async def _found(ask: Ask) -> Found:
    for source in (_replied_to, _behind_a_link, _forwarded, _on_a_sticker, _avatar, _unlikely):
        found = await source(ask)
        if found is not None:
            return found
    if ask.looks_back and not pointed_at(ask.message, ask.typed):
        _refuse_if_off(ask, Thing.LOOKING_BACK)
        newest = await _newest(ask)
        if newest is not None:
            return newest
    raise Refusal(words.no_picture(ask.command, searched=ask.looks_back))


def in_message(message: discord.Message, bot: "DreamBot") -> Found | None:
    """The first picture of a message that somebody has picked.

    Raises:
        Refusal: There is only one that can't be dreamt.
    """
    pictures = _shown(message, bot)
    if not pictures:
        if _is_ours(message, bot) and message.attachments:
            raise Refusal(words.still_dreaming())
        _refuse_drawings(message.stickers)
        return None
    many = len(pictures) > 1
    note = words.in_message(_author(message), len(pictures)) if many else ""
    return Found(pictures[0], note, sight.origins(message, pictures[0].url))


async def _replied_to(ask: Ask) -> Found | None:
    if ask.message is None or not _is_reply(ask.message):
        return None
    message = await _referred(ask.message)
    found = in_message(message, ask.bot) if message is not None else None
    if found is None or message is None:
        return None
    return replace(found, note=found.note or _if_many(ask, words.in_message(_author(message), 1)))


async def _behind_a_link(ask: Ask) -> Found | None:
    if not ask.typed.links:
        return None
    _refuse_if_off(ask, Thing.LINKS)
    link = ask.typed.links[0]
    origins = sight.origins(None, link)
    await sight.check_seen(ask.bot, ask.person, origins)
    return Found(_linked(link), _if_many(ask, words.linked()), origins)


async def _forwarded(ask: Ask) -> Found | None:
    pictures = [] if ask.message is None else _in_snapshots(ask.message)
    if not pictures:
        return None
    origins = sight.origins(ask.message, pictures[0].url)
    return Found(pictures[0], _if_many(ask, words.forwarded()), origins)


async def _on_a_sticker(ask: Ask) -> Found | None:
    stickers = [] if ask.message is None else ask.message.stickers
    pictures = _of_stickers(stickers)
    if pictures:
        return Found(pictures[0], _if_many(ask, words.sticker()))
    if ask.typed.avatar is None:
        _refuse_drawings(stickers)
    return None


async def _avatar(ask: Ask) -> Found | None:
    wanted = ask.typed.avatar
    if wanted is None:
        return None
    _refuse_if_off(ask, Thing.AVATARS)
    person = ask.person if wanted in (0, ask.person.id) else await _known(ask, wanted)
    asset = person.display_avatar.replace(size=AVATAR_SIDE, format="png")
    own = person.id == ask.person.id
    note = words.own_avatar() if own else words.avatar_of(person.id)
    return Found(Candidate("avatar.png", "image/png", 0, asset.url), note)


async def _unlikely(ask: Ask) -> Found | None:
    """A file that claims to be no picture: who posts it alone may know better."""
    files = [] if ask.message is None else ask.message.attachments
    return Found(candidate(files[0])) if files else None


async def _newest(ask: Ask) -> Found | None:
    for message in await _latest(ask):
        pictures = _shown(message, ask.bot, hidden=False)
        # What may not be shown here isn't the newest picture here.
        if pictures and sight.fits(ask.bot, ask.channel, sight.origins(message, pictures[0].url)):
            return Found(pictures[0], words.newest(_author(message), len(pictures)))
    return None


async def _latest(ask: Ask) -> list[discord.Message]:
    """The latest messages before the wish, newest first; none where they can't be read."""
    channel = ask.channel
    if channel is None:
        return []

    async def ask_for_them(_: bool) -> list[discord.Message]:
        before = discord.Object(ask.moment)
        return [message async for message in channel.history(limit=LOOKED_BACK, before=before)]

    try:
        return await insist(ask_for_them)
    except (discord.Forbidden, discord.NotFound):
        return []


async def _referred(message: discord.Message) -> discord.Message | None:
    """The message that one replies to, asked for where Discord hasn't sent it along."""
    reference = message.reference
    if reference is None or isinstance(reference.resolved, discord.Message):
        return None if reference is None else reference.resolved  # type: ignore[return-value]
    wanted = reference.message_id
    if reference.resolved is not None or wanted is None:
        return None
    try:
        return await insist(lambda _: message.channel.fetch_message(wanted))
    except (discord.NotFound, discord.Forbidden):
        return None


async def _known(ask: Ask, person_id: int) -> Person:
    """Whoever has that id, as they look where they are asked about."""
    if person_id in ask.people:
        return ask.people[person_id]
    guild = ask.message.guild if ask.message is not None else None
    if guild is not None:
        try:
            return await insist(lambda _: guild.fetch_member(person_id))
        except discord.NotFound:
            pass
    try:
        return await insist(lambda _: ask.bot.fetch_user(person_id))
    except discord.NotFound:
        raise Refusal(words.nobody()) from None


def pointed_at(message: discord.Message | None, typed: Typed) -> int:
    """At how many things besides its own files a wish points."""
    number = bool(typed.links) + (typed.avatar is not None)
    if message is not None:
        number += _is_reply(message) + bool(message.message_snapshots) + bool(message.stickers)
    return number


def _refuse_if_off(ask: Ask, thing: Thing) -> None:
    """Raises Refusal where that was switched off."""
    if thing in ask.off:
        raise Refusal(words.switched_off(thing))


def _if_many(ask: Ask, note: str) -> str:
    return note if pointed_at(ask.message, ask.typed) > 1 else ""


def _is_reply(message: discord.Message) -> bool:
    reference = message.reference
    return reference is not None and reference.type is discord.MessageReferenceType.reply


def _is_ours(message: discord.Message, bot: "DreamBot") -> bool:
    return bot.user is not None and message.author.id == bot.user.id


def _author(message: discord.Message) -> int | None:
    """Who posted it; None where that is nobody who has a name of their own."""
    return None if message.webhook_id is not None else message.author.id


# What a message shows


def _shown(message: discord.Message, bot: "DreamBot", *, hidden: bool = True) -> list[Candidate]:
    """The pictures of a message, dreams included, but not what a dream looks like on its way.

    Args:
        hidden: Whether those count that are hidden as spoilers.
    """
    files = [file for file in message.attachments if hidden or not file.is_spoiler()]
    if _is_ours(message, bot):
        files = [file for file in files if not cards.is_preview(file.filename)]
    posted = [file for file in map(candidate, files) if file.looks_right]
    return (
        posted
        or _of_embeds(message.embeds)
        or _in_snapshots(message, hidden=hidden)
        or _of_stickers(message.stickers)
    )


def _in_snapshots(message: discord.Message, *, hidden: bool = True) -> list[Candidate]:
    """The pictures of what a message forwards."""
    files = [
        candidate(file)
        for snapshot in message.message_snapshots
        for file in snapshot.attachments
        if hidden or not file.is_spoiler()
    ]
    embeds = [embed for snapshot in message.message_snapshots for embed in snapshot.embeds]
    return [file for file in files if file.looks_right] or _of_embeds(embeds)


def _of_embeds(embeds: Iterable[discord.Embed]) -> list[Candidate]:
    found = []
    for embed in embeds:
        for media in (embed.image, embed.thumbnail):
            # Discord's own copy; where it has none, the link is as good as one that was typed.
            if media.proxy_url:
                found.append(Candidate(_name(media.proxy_url), "image/*", 0, media.proxy_url))
                break
            if media.url:
                found.append(_linked(media.url))
                break
    return found


def _of_stickers(stickers: Iterable[discord.StickerItem]) -> list[Candidate]:
    return [
        Candidate(_name(sticker.url), "image/*", 0, sticker.url)
        for sticker in stickers
        if sticker.format is not discord.StickerFormatType.lottie
    ]


def _refuse_drawings(stickers: Sequence[discord.StickerItem]) -> None:
    """Raises Refusal where there is nothing but stickers that have no pixels."""
    if stickers and not _of_stickers(stickers):
        raise Refusal(words.sticker_is_drawn())


def _linked(link: str) -> Candidate:
    return Candidate(_name(link), None, 0, link, typed=True)


def _name(link: str) -> str:
    try:
        return PurePosixPath(yarl.URL(link).path).name
    except ValueError:
        return ""
