"""A job: a durable request for a dream. These values travel; rows stay in the database."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.jobs.recipes import AnyRecipe
from bot.ui.languages import ENGLISH
from dream import Format, Size


class Kind(StrEnum):
    """What a job makes."""

    DREAM = "dream"
    """Of a picture."""

    NOISE = "noise"
    """A dream out of noise."""

    CLASS = "class"
    """A picture from scratch of what a network calls so."""

    TOUR = "tour"
    """A sheet: the same picture layer by layer, or with more and more of something."""

    EXPLORE = "explore"
    """A sheet of four dreams near each other, to choose among."""

    PRESETS = "presets"
    """A sheet: the same picture in all presets."""


def kind_of(written: str) -> Kind:
    """The kind that was written so; one that a later version made is told of as a dream."""
    return Kind(written) if written in set(Kind) else Kind.DREAM


class State(StrEnum):
    """`queued → running → delivering → done | failed | cancelled | kept`.

    A result is kept where nobody could be reached with it: refunded, and found in one's history.
    """

    QUEUED = "queued"
    RUNNING = "running"
    DELIVERING = "delivering"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a dream was asked for, and where its answer stands.

    Attributes:
        guild_id: The server; None in a direct message, and where the bot is no member.
        channel_id: The channel, thread or direct message.
        message_id: The message that asked, to reply to; None for a slash command.
        answer_id: The bot's answer, which becomes the result.
        visiting: Whether the bot is no member there, and only its person's: it can do nothing but
            edit the answer, and that for a quarter of an hour.
    """

    guild_id: int | None
    channel_id: int
    message_id: int | None
    answer_id: int
    visiting: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """A person's wish, complete: picture fetched, probed and its cost known.

    Attributes:
        key: Unique to the wish: the message's or interaction's id and an index, such as
            `message:123:0`. The same wish seen twice is one job.
        person_id: Who asked.
        place: Where.
        preset: Name of the preset the recipe came from; of a picture from scratch, what it shows.
        recipe: With its seed drawn, and the digests of the further pictures.
        picture: The picture's bytes as they came; empty where there is nothing to dream on.
        size: The picture's width and height, if there is one.
        cost: Credits.
        remark: What of the wish was left out, or nothing.
        roles: Ids of the roles that the person has there.
        locale: The language that they are answered in.
        further: Bytes of other pictures by what they are for: `guide`, `mask`.
        parent_id: Of the job whose dream this one came from; None if it came from none.
        depth: Which dream of a dream it is: 0 for that of a picture, 1 for a dream of that.
        spoiler: Whether the dream is to be hidden until somebody wants to see it.
        kind: What is to be made.
    """

    key: str
    person_id: int
    place: Place
    preset: str
    recipe: AnyRecipe
    picture: bytes
    size: Size | None
    cost: int
    remark: str = ""
    roles: frozenset[int] = frozenset()
    locale: str = ENGLISH
    further: Mapping[str, bytes] = field(default_factory=dict)
    parent_id: str | None = None
    depth: int = 0
    spoiler: bool = False

    kind: Kind = Kind.DREAM

    @property
    def pictures(self) -> dict[str, bytes]:
        """The bytes of all pictures by their roles."""
        own = {"picture": self.picture} if self.picture else {}
        return {**own, **self.further}


@dataclass(frozen=True, slots=True)
class Result:
    """A finished dream at rest.

    Attributes:
        key: In the storage.
        format: Of the file.
        size: Width and height in pixels.
        seconds: What dreaming took.
        note: What of the picture was left out, or nothing.
        unstored: Its bytes, as long as the storage doesn't take them.
    """

    key: str
    format: Format
    size: Size
    seconds: float
    note: str
    unstored: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it was when read.

    Attributes:
        id: 26 characters that sort by time (a ULID).
        kind: What it makes.
        inputs: Storage keys by role: `picture`, `guide`, `mask`; none where nothing was posted.
        remark: What of the wish was left out, or nothing.
        work: Pixel-steps that it takes.
        tries: How many workers died in it.
        locale: The language that its person is answered in, whoever answers.
        hint: Whether its result tells what one could do next, since it is the person's first.
        result: Once there is one.
        error: The sentence it failed with, in English: it stands on record.
        parent_id: Of the job whose dream this one came from, which may be forgotten by now.
        depth: Which dream of a dream it is: 0 for that of a picture, 1 for a dream of that.
        spoiler: Whether its pictures are hidden until somebody wants to see them.
    """

    id: str
    request_key: str
    kind: Kind
    state: State
    person_id: int
    place: Place
    preset: str
    recipe: AnyRecipe
    inputs: dict[str, str]
    remark: str
    work: int
    cost: int
    tries: int
    created_at: datetime
    locale: str = ENGLISH
    hint: bool = False
    result: Result | None = None
    error: str | None = None
    parent_id: str | None = None
    depth: int = 0
    spoiler: bool = False

    @property
    def mark(self) -> str:
        """Ten characters by which what was posted for it is known again."""
        return hashlib.sha256(self.id.encode()).hexdigest()[:10]
