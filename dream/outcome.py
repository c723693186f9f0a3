"""What comes out of dreaming: progress on the way, a dream in the end."""

from dataclasses import dataclass
from typing import Literal

from dream.imagination import Imagination
from dream.recipe import Recipe
from dream.series import Series
from dream.starts import Size

Format = Literal["PNG", "JPEG", "WEBP"]

SUFFIXES: dict[str, Format] = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}


def suffix(form: Format) -> str:
    """Of the name of a file of that format, dot included."""
    return next(ending for ending, of in SUFFIXES.items() if of == form)


@dataclass(frozen=True, slots=True)
class Output:
    """How a dream is wanted.

    Attributes:
        format: Of the file.
        budget: Most bytes the file may have; a dream that doesn't fit gives up its 16 bits a
            channel where it has them, then is encoded with loss, at the best quality that does,
            and made smaller where none does. None for any number.
    """

    format: Format = "PNG"
    budget: int | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a dream has come.

    Attributes:
        done: Share of the work, 0 to 1.
        octave: The octave worked on, 1 to `octaves`.
        octaves: How many there are for this picture.
        preview: What it looks like now: a JPEG of at most 320 pixels. None most of the time.
    """

    done: float
    octave: int
    octaves: int
    preview: bytes | None = None


@dataclass(frozen=True, slots=True)
class Dream:
    """A dream as a file.

    Attributes:
        data: The file, its recipe inside.
        format: Of the file; may differ from the one wanted where a budget forced it.
        size: Width and height in pixels.
        recipe: The recipe it was dreamt by.
        seconds: What dreaming took, decoding and encoding included.
        note: What of the picture was left out (“only the first of its 12 frames”), or nothing.
    """

    data: bytes
    format: Format
    size: Size
    recipe: Recipe
    seconds: float
    note: str = ""

    @property
    def suffix(self) -> str:
        """Of a file name for it, dot included."""
        return suffix(self.format)


@dataclass(frozen=True, slots=True)
class Imagined:
    """A picture from scratch as a file.

    Attributes:
        data: The file, its choices inside.
        format: Of the file.
        imagination: The choices it was made by.
        seconds: What making it took.
    """

    data: bytes
    format: Format
    imagination: Imagination
    seconds: float


@dataclass(frozen=True, slots=True)
class Sheet:
    """The dreams of a series side by side, as a file.

    Attributes:
        data: The file.
        format: Of the file; may differ from the one wanted where a budget forced it.
        size: Width and height in pixels of what was drawn.
        series: What was dreamt.
        seconds: What it took, decoding and encoding included.
        note: What of the picture was left out, or nothing.
    """

    data: bytes
    format: Format
    size: Size
    series: Series
    seconds: float
    note: str = ""
