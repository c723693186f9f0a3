"""What a pool and its workers say to each other, and how it looks in a frame."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from dream.errors import DreamError, by_name
from dream.imagination import Imagination
from dream.kinds import Kind
from dream.outcome import Dream, Format, Imagined, Output, Progress
from dream.pictures import Probe
from dream.pool.wire import Corrupted, Frame
from dream.recipe import Recipe

_SENSELESS = (ValueError, LookupError, TypeError, ArithmeticError, RecursionError, DreamError)
"""What reading a header raises that isn't one of ours."""


@dataclass(frozen=True, slots=True)
class DreamRequest:
    """Dream this picture, or on what the recipe starts from where there is none."""

    picture: bytes | None
    recipe: Recipe
    output: Output
    guide: bytes | None = None
    mask: bytes | None = None


@dataclass(frozen=True, slots=True)
class ImagineRequest:
    """Make this picture from scratch."""

    imagination: Imagination
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


Request = DreamRequest | ImagineRequest | ProbeRequest | ReencodeRequest


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


Answer = Dream | Imagined | Probe | Reencoded
FromWorker = Ready | Began | Progress | Answer | Failure
Message = Request | Cancel | FromWorker


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
    except _SENSELESS as error:
        raise Corrupted(f"a frame that makes no sense: {error!r:.200}") from None


def _fields(message: Message) -> tuple[dict[str, Any], bytes]:
    """What stands in the header, and what in the body."""
    match message:
        case DreamRequest(picture, recipe, output, guide, mask):
            files = [picture, guide, mask]
            fields = {"recipe": recipe.to_json(), "files": _lengths(files)}
            return fields | _wanted(output), b"".join(file for file in files if file is not None)
        case ImagineRequest(imagination, output):
            return {"imagination": imagination.to_json(), **_wanted(output)}, b""
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
        case Imagined(body, form, imagination, seconds):
            fields = {"format": form, "imagination": imagination.to_json(), "seconds": seconds}
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


def _lengths(files: Sequence[bytes | None]) -> list[int | None]:
    return [None if file is None else len(file) for file in files]


def _dream_request(header: dict[str, Any], body: bytes) -> DreamRequest:
    picture, guide, mask = _files(header["files"], body)
    recipe = Recipe.from_json(header["recipe"])
    return DreamRequest(picture, recipe, _output(header), guide, mask)


def _files(lengths: Any, body: bytes) -> list[bytes | None]:
    """The files that a body is made of, all of it and nothing else.

    Raises:
        ValueError: The lengths aren't those of its parts.
    """
    files: list[bytes | None] = []
    at = 0
    for length in lengths:
        if length is not None and (type(length) is not int or not 0 <= length <= len(body) - at):
            raise ValueError("a file of another length than was said")
        files.append(None if length is None else body[at : at + length])
        at += length or 0
    if at != len(body):
        raise ValueError("more in a body than was said")
    return files


def _one_of(literal: Any, value: object) -> Any:
    if value not in get_args(literal):
        raise ValueError(f"none of {literal}")
    return value


def _size(pair: Any) -> tuple[int, int]:
    width, height = pair
    return int(width), int(height)


_MESSAGES: dict[str, Callable[[dict[str, Any], bytes], Message]] = {
    "DreamRequest": _dream_request,
    "ImagineRequest": lambda h, _: ImagineRequest(
        Imagination.from_json(h["imagination"]), _output(h)
    ),
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
    "Imagined": lambda h, b: Imagined(
        b,
        _one_of(Format, h["format"]),
        Imagination.from_json(h["imagination"]),
        float(h["seconds"]),
    ),
    "Probe": lambda h, _: Probe(
        _one_of(Kind, h["format"]), _size(h["size"]), int(h["frames"]), str(h["note"])
    ),
    "Reencoded": lambda h, b: Reencoded(b, _one_of(Format, h["format"])),
    "Failure": lambda h, _: Failure(by_name(str(h["error"]), str(h["sentence"]))),
}
