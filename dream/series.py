"""A series: one picture dreamt several times, to be seen side by side on one sheet."""

import json
import math
from dataclasses import dataclass
from typing import Any, Self

from dream.errors import RecipeError
from dream.recipe import STANDARD_WORK, Recipe
from dream.starts import Size

VERSION = 1
MADE = "series"
"""What tells the JSON of a series from that of a recipe, under the key `made`."""

MOST_STOPS = 40
LONGEST_LABEL = 60
"""Characters."""


@dataclass(frozen=True, slots=True)
class Series:
    """Which dreams, and how they lie on their sheet; same series, same machine: same bytes.

    Attributes:
        stops: Label and recipe of each dream, 1 to 40; a label may be empty.
        columns: Pictures in a row, 1 to 40.
        width: Of every picture on the sheet in pixels, 16 to 4096.
        original: Label of the picture itself, which then comes first; empty where it doesn't.

    Raises:
        RecipeError: A value out of its range.
    """

    stops: tuple[tuple[str, Recipe], ...]
    columns: int
    width: int = 256
    original: str = ""

    def __post_init__(self) -> None:
        if not 0 < len(self.stops) <= MOST_STOPS:
            raise RecipeError(f"A series has 1 to {MOST_STOPS} dreams.")
        if any(len(label) > LONGEST_LABEL for label in (self.original, *self.labels)):
            raise RecipeError(f"A label has at most {LONGEST_LABEL} characters.")
        for choice, value, least, most in (
            ("columns", self.columns, 1, MOST_STOPS),
            ("width", self.width, 16, 4096),
        ):
            if type(value) is not int or not least <= value <= most:
                raise RecipeError(f"{choice} is a whole number from {least} to {most}.")

    @property
    def labels(self) -> list[str]:
        """Of the dreams, in their order."""
        return [label for label, _ in self.stops]

    def work(self, picture: Size | None = None) -> int:
        """Pixel-steps of all its dreams together."""
        return sum(recipe.work(picture) for _, recipe in self.stops)

    def cost(self, picture: Size | None = None) -> int:
        """Credits for the series: its work in standard dreams, at least 1."""
        return max(1, math.floor(self.work(picture) / STANDARD_WORK + 0.5))

    def to_json(self) -> str:
        """One line of JSON."""
        stops = [[label, json.loads(recipe.to_json())] for label, recipe in self.stops]
        fields = {"stops": stops, "columns": self.columns, "width": self.width}
        return json.dumps(
            {**fields, "original": self.original, "made": MADE, "version": VERSION}, sort_keys=True
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """The series of such a line.

        Raises:
            RecipeError: Not such a line, or of a later version.
        """
        fields = _fields(text)
        if fields.get("version") != VERSION:
            raise RecipeError("This series was written by another version.")
        try:
            stops = tuple(
                (str(label), Recipe.from_json(json.dumps(recipe)))
                for label, recipe in fields["stops"]
            )
            return cls(stops, fields["columns"], fields["width"], str(fields["original"]))
        except (KeyError, TypeError, ValueError) as error:
            raise RecipeError("This series can't be read.") from error


def is_series(text: str | bytes) -> bool:
    """Whether that is the JSON of a series, of whatever version."""
    try:
        return bool(_fields(text))
    except RecipeError:
        return False


def _fields(text: str | bytes) -> dict[str, Any]:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict) or fields.get("made") != MADE:
        raise RecipeError("This isn't a series.")
    return fields
