"""A job: a durable request for a dream. These values travel; rows stay in the database."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dream import Format, Recipe, Size


class State(StrEnum):
    """`queued → running → delivering → done | failed | cancelled`."""

    QUEUED = "queued"
    RUNNING = "running"
    DELIVERING = "delivering"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a dream was asked for, and where its answer stands.

    Attributes:
        guild_id: The server; None in a direct message.
        channel_id: The channel, thread or direct message.
        message_id: The message that asked, to reply to; None for a slash command.
        answer_id: The bot's answer, which becomes the result.
    """

    guild_id: int | None
    channel_id: int
    message_id: int | None
    answer_id: int


@dataclass(frozen=True, slots=True)
class Request:
    """A person's wish, complete: picture fetched, probed and its cost known.

    Attributes:
        key: Unique to the wish: the message's or interaction's id and an index, such as
            `message:123:0`. The same wish seen twice is one job.
        person_id: Who asked.
        place: Where.
        preset: Name of the preset the recipe came from.
        recipe: With its seed drawn.
        picture: The picture's bytes as they came.
        size: The picture's width and height.
        cost: Credits.
    """

    key: str
    person_id: int
    place: Place
    preset: str
    recipe: Recipe
    picture: bytes
    size: Size
    cost: int


@dataclass(frozen=True, slots=True)
class Result:
    """A finished dream at rest.

    Attributes:
        key: In the storage.
        format: Of the file.
        size: Width and height in pixels.
        seconds: What dreaming took.
        note: What of the picture was left out, or nothing.
    """

    key: str
    format: Format
    size: Size
    seconds: float
    note: str


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it was when read.

    Attributes:
        id: 26 characters that sort by time (a ULID).
        kind: `dream`, for now.
        inputs: Storage keys by role: `picture`.
        tries: How many workers died in it.
        result: Once there is one.
        error: The sentence it failed with.
    """

    id: str
    request_key: str
    kind: str
    state: State
    person_id: int
    place: Place
    preset: str
    recipe: Recipe
    inputs: dict[str, str]
    cost: int
    tries: int
    created_at: datetime
    result: Result | None = None
    error: str | None = None
