"""What a pool and its workers say to each other, and how it looks in a frame."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from dream.errors import DreamError, by_name
from dream.imagination import Imagination
from dream.kinds import Kind
from dream.outcome import Dream, Format, Imagined, Output, Progress, Sheet
from dream.pictures import Probe
from dream.pool.wire import MOST_BODY, Corrupted, Frame
from dream.recipe import Recipe
from dream.series import Series

MOST_TEXT = 1000
"""Characters of a sentence or a note."""

MOST_PREVIEW = 2**20
"""Bytes of a preview."""

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
class SheetRequest:
    """Dream this picture, or what the recipes start from, as often as the series says."""

    picture: bytes | None
    series: Series
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
class CompareRequest:
    """Draw these pictures side by side, under their labels."""

    pictures: tuple[bytes, ...]
    labels: tuple[str, ...]
    width: int
    output: Output


@dataclass(frozen=True, slots=True)
class Cancel:
    """Give up the work of this number."""


Request = (
    DreamRequest | ImagineRequest | SheetRequest | ProbeRequest | ReencodeRequest | CompareRequest
)


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker has started; said once, with number 0.

    Attributes:
        lacking: What of its isolation can't be had here, a sentence each.
    """

    lacking: tuple[str, ...] = ()


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


Answer = Dream | Imagined | Sheet | Probe | Reencoded
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


def most_body(header: bytes, answer: int) -> int:
    """Most bytes that may follow a header of a worker's, where an answer may have so many."""
    try:
        kind = json.loads(header)["kind"]
    except _SENSELESS:
        return 0
    match kind:
        case "Progress":
            return MOST_PREVIEW
        case "Dream" | "Imagined" | "Sheet" | "Reencoded":
            return answer
        case _:
            return 0


def most_answer(request: Request) -> int:
    """Most bytes of a file that may answer it."""
    if isinstance(request, ProbeRequest):
        return 0
    budget = request.output.budget
    return MOST_BODY if budget is None else min(budget, MOST_BODY)


def _fields(message: Message) -> tuple[dict[str, Any], bytes]:
    """What stands in the header, and what in the body."""
    if not isinstance(message, Request):
        return _answered(message)
    fields, files = _asked(message)
    if not isinstance(message, ProbeRequest):
        fields |= {"format": message.output.format, "budget": message.output.budget}
    lengths = [None if file is None else len(file) for file in files]
    return fields | {"files": lengths}, b"".join(file for file in files if file is not None)


def _asked(message: Request) -> tuple[dict[str, Any], Sequence[bytes | None]]:
    """A request's own fields, and the files that go with it."""
    match message:
        case DreamRequest(picture, recipe, _, guide, mask):
            return {"recipe": recipe.to_json()}, [picture, guide, mask]
        case ImagineRequest(imagination):
            return {"imagination": imagination.to_json()}, []
        case SheetRequest(picture, series):
            return {"series": series.to_json()}, [picture]
        case CompareRequest(pictures, labels, width):
            return {"labels": labels, "width": width}, pictures
        case ProbeRequest(picture) | ReencodeRequest(picture):
            return {}, [picture]


def _answered(message: Message) -> tuple[dict[str, Any], bytes]:
    fields: dict[str, Any] = {}
    body = b""
    match message:
        case Ready(lacking):
            fields = {"lacking": lacking}
        case Progress(done, octave, octaves, preview):
            there = preview is not None
            fields = {"done": done, "octave": octave, "octaves": octaves, "preview": there}
            body = preview or b""
        case Dream(body, form, size, recipe, seconds, note):
            fields = {"format": form, "size": size, "recipe": recipe.to_json()}
            fields |= {"seconds": seconds, "note": note}
        case Imagined(body, form, imagination, seconds):
            fields = {"format": form, "imagination": imagination.to_json(), "seconds": seconds}
        case Sheet(body, form, size, series, seconds, note):
            fields = {"format": form, "size": size, "series": series.to_json()}
            fields |= {"seconds": seconds, "note": note}
        case Probe(kind, size, frames, note):
            fields = {"format": kind, "size": size, "frames": frames, "note": note}
        case Reencoded(body, form):
            fields = {"format": form}
        case Failure(error):
            fields = {"error": type(error).__name__, "sentence": str(error)[:MOST_TEXT]}
    return fields, body


def _output(header: dict[str, Any]) -> Output:
    budget = header["budget"]
    return Output(_one_of(Format, header["format"]), None if budget is None else int(budget))


def _dream_request(header: dict[str, Any], body: bytes) -> DreamRequest:
    picture, guide, mask = _files(header["files"], body)
    recipe = Recipe.from_json(header["recipe"])
    return DreamRequest(picture, recipe, _output(header), guide, mask)


def _sheet_request(header: dict[str, Any], body: bytes) -> SheetRequest:
    (picture,) = _files(header["files"], body)
    return SheetRequest(picture, Series.from_json(header["series"]), _output(header))


def _compare_request(header: dict[str, Any], body: bytes) -> CompareRequest:
    pictures = tuple(file for file in _files(header["files"], body) if file is not None)
    labels = tuple(str(label) for label in header["labels"])
    if not len(pictures) == len(labels) > 0:
        raise ValueError("pictures without labels, or labels without pictures")
    return CompareRequest(pictures, labels, int(header["width"]), _output(header))


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


def _one_file(header: dict[str, Any], body: bytes) -> bytes:
    (file,) = _files(header["files"], body)
    if file is None:
        raise ValueError("a request without its picture")
    return file


def _one_of(literal: Any, value: object) -> Any:
    if value not in get_args(literal):
        raise ValueError(f"none of {literal}")
    return value


def _text(said: object) -> str:
    """A text that can be shown, stored and sent, whatever a worker has said."""
    text = str(said)[:MOST_TEXT]
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _size(pair: Any) -> tuple[int, int]:
    width, height = int(pair[0]), int(pair[1])
    if not (len(pair) == 2 and 0 <= width < 2**31 and 0 <= height < 2**31):
        raise ValueError("no size of a picture")
    return width, height


def _seconds(said: Any) -> float:
    seconds = float(said)
    if not 0 <= seconds < math.inf:
        raise ValueError("no time that anything takes")
    return seconds


_MESSAGES: dict[str, Callable[[dict[str, Any], bytes], Message]] = {
    "DreamRequest": _dream_request,
    "ImagineRequest": lambda h, _: ImagineRequest(
        Imagination.from_json(h["imagination"]), _output(h)
    ),
    "SheetRequest": _sheet_request,
    "CompareRequest": _compare_request,
    "ProbeRequest": lambda h, b: ProbeRequest(_one_file(h, b)),
    "ReencodeRequest": lambda h, b: ReencodeRequest(_one_file(h, b), _output(h)),
    "Cancel": lambda _, __: Cancel(),
    "Ready": lambda h, _: Ready(tuple(_text(sentence) for sentence in h["lacking"])),
    "Began": lambda _, __: Began(),
    "Progress": lambda h, b: Progress(
        float(h["done"]), int(h["octave"]), int(h["octaves"]), b if h["preview"] else None
    ),
    "Dream": lambda h, b: Dream(
        b,
        _one_of(Format, h["format"]),
        _size(h["size"]),
        Recipe.from_json(h["recipe"]),
        _seconds(h["seconds"]),
        _text(h["note"]),
    ),
    "Imagined": lambda h, b: Imagined(
        b,
        _one_of(Format, h["format"]),
        Imagination.from_json(h["imagination"]),
        _seconds(h["seconds"]),
    ),
    "Sheet": lambda h, b: Sheet(
        b,
        _one_of(Format, h["format"]),
        _size(h["size"]),
        Series.from_json(h["series"]),
        _seconds(h["seconds"]),
        _text(h["note"]),
    ),
    "Probe": lambda h, _: Probe(
        _one_of(Kind, h["format"]), _size(h["size"]), int(h["frames"]), _text(h["note"])
    ),
    "Reencoded": lambda h, b: Reencoded(b, _one_of(Format, h["format"])),
    "Failure": lambda h, _: Failure(by_name(str(h["error"]), _text(h["sentence"]))),
}
