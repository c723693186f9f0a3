"""What a pool and its workers say to each other, and how it looks in a frame."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_args

from dream.errors import DreamError, by_name
from dream.kinds import Kind
from dream.outcome import Dream, Format, Output, Progress
from dream.pictures import Probe
from dream.pool.wire import Corrupted, Frame
from dream.recipe import Recipe


@dataclass(frozen=True, slots=True)
class DreamRequest:
    """Dream this picture."""

    picture: bytes
    recipe: Recipe
    output: Output


@dataclass(frozen=True, slots=True)
class ProbeRequest:
    """Say what this picture's header says."""

    picture: bytes


@dataclass(frozen=True, slots=True)
class ReencodeRequest:
    """Write this picture anew, the recipe inside it kept."""

    picture: bytes
    output: Output


@dataclass(frozen=True, slots=True)
class Cancel:
    """Give up the work of this number."""


Request = DreamRequest | ProbeRequest | ReencodeRequest


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker has started; said once, with number 0."""


@dataclass(frozen=True, slots=True)
class Began:
    """The work of this number has arrived: from here on its end may be its own fault."""


@dataclass(frozen=True, slots=True)
class Reencoded:
    """The picture written anew."""

    data: bytes
    format: Format


@dataclass(frozen=True, slots=True)
class Failure:
    """The work came to nothing."""

    error: DreamError


Answer = Dream | Probe | Reencoded
Message = Request | Cancel | Ready | Began | Progress | Answer | Failure


@dataclass(frozen=True, slots=True)
class Letter:
    """A message and the number of the work that it is about."""

    work: int
    message: Message


def pack(letter: Letter) -> Frame:
    """The frame of a letter."""
    fields, body = _fields(letter.message)
    header = {"kind": type(letter.message).__name__, "work": letter.work, **fields}
    return Frame(json.dumps(header).encode(), body)


def unpack(frame: Frame) -> Letter:
    """The letter in a frame.

    Raises:
        Corrupted: It makes no sense.
    """
    try:
        header = json.loads(frame.header)
        return Letter(int(header["work"]), _MESSAGES[header["kind"]](header, frame.body))
    except (ValueError, LookupError, TypeError, RecursionError, DreamError) as error:
        raise Corrupted(f"a frame that makes no sense: {error!r:.200}") from None


def _fields(message: Message) -> tuple[dict[str, Any], bytes]:
    """What stands in the header, and what in the body."""
    match message:
        case DreamRequest(picture, recipe, output):
            return {"recipe": recipe.to_json(), **_wanted(output)}, picture
        case ProbeRequest(picture):
            return {}, picture
        case ReencodeRequest(picture, output):
            return _wanted(output), picture
        case _:
            return _answered(message)


def _answered(message: Message) -> tuple[dict[str, Any], bytes]:
    fields: dict[str, Any] = {}
    body = b""
    match message:
        case Progress(done, octave, octaves, preview):
            there = preview is not None
            fields = {"done": done, "octave": octave, "octaves": octaves, "preview": there}
            body = preview or b""
        case Dream(body, form, size, recipe, seconds, note):
            fields = {"format": form, "size": size, "recipe": recipe.to_json()}
            fields |= {"seconds": seconds, "note": note}
        case Probe(kind, size, frames, note):
            fields = {"format": kind, "size": size, "frames": frames, "note": note}
        case Reencoded(body, form):
            fields = {"format": form}
        case Failure(error):
            fields = {"error": type(error).__name__, "sentence": str(error)[:1000]}
    return fields, body


def _wanted(output: Output) -> dict[str, Any]:
    return {"format": output.format, "budget": output.budget}


def _output(header: dict[str, Any]) -> Output:
    budget = header["budget"]
    return Output(_one_of(Format, header["format"]), None if budget is None else int(budget))


def _one_of(literal: Any, value: object) -> Any:
    if value not in get_args(literal):
        raise ValueError(f"none of {literal}")
    return value


def _size(pair: Any) -> tuple[int, int]:
    width, height = pair
    return int(width), int(height)


_MESSAGES: dict[str, Callable[[dict[str, Any], bytes], Message]] = {
    "DreamRequest": lambda h, b: DreamRequest(b, Recipe.from_json(h["recipe"]), _output(h)),
    "ProbeRequest": lambda _, b: ProbeRequest(b),
    "ReencodeRequest": lambda h, b: ReencodeRequest(b, _output(h)),
    "Cancel": lambda _, __: Cancel(),
    "Ready": lambda _, __: Ready(),
    "Began": lambda _, __: Began(),
    "Progress": lambda h, b: Progress(
        float(h["done"]), int(h["octave"]), int(h["octaves"]), b if h["preview"] else None
    ),
    "Dream": lambda h, b: Dream(
        b,
        _one_of(Format, h["format"]),
        _size(h["size"]),
        Recipe.from_json(h["recipe"]),
        float(h["seconds"]),
        str(h["note"]),
    ),
    "Probe": lambda h, _: Probe(
        _one_of(Kind, h["format"]), _size(h["size"]), int(h["frames"]), str(h["note"])
    ),
    "Reencoded": lambda h, b: Reencoded(b, _one_of(Format, h["format"])),
    "Failure": lambda h, _: Failure(by_name(str(h["error"]), str(h["sentence"]))),
}
