"""An imagination: every choice that makes a picture from scratch, seed included."""

import json
import math
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self

from dream.errors import RecipeError
from dream.recipe import STANDARD_WORK
from dream.stages import stages
from dream.terms import Term, parse

VERSION = 1
MADE = "from scratch"
"""What tells the JSON of an imagination from that of a recipe, under the key `made`."""

LONGEST = 200
"""Characters of a name."""

_CLASS = "class:"


@dataclass(frozen=True, slots=True)
class Imagination:
    """Every choice that makes a picture from scratch; same choices, same machine: same bytes.

    Attributes:
        network: Name in the registry of networks.
        what: `class:` and one of the class's names, or a layer's published name and the number
            of one of its channels: `class:banana`, `inception_4c/output:12`.
        size: Side of the picture in pixels, 64 to 1024. Beyond 256 it grows smoother, not finer:
            a network sees views of 224.
        steps: Of the ascent, 8 to 4096.
        seed: Of everything random, 0 to 2**32 - 1.

    Raises:
        RecipeError: A value out of its range.
    """

    network: str
    what: str
    size: int = 256
    steps: int = 256
    seed: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.network, str) or not 0 < len(self.network) <= LONGEST:
            raise RecipeError(f"The network is a name of at most {LONGEST} characters.")
        object.__setattr__(self, "what", _canonical(self.what))
        _check("size", self.size, 64, 1024)
        _check("steps", self.steps, 8, 4096)
        _check("seed", self.seed, 0, 2**32 - 1)

    @property
    def class_name(self) -> str | None:
        """The name of the class, if it is one that is made a picture of."""
        return self.what.removeprefix(_CLASS) if self.what.startswith(_CLASS) else None

    @property
    def channel(self) -> tuple[str, int]:
        """The layer, and the number of its channel, where it is no class."""
        layer, _, number = self.what.rpartition(":")
        return layer, int(number)

    def work(self) -> int:
        """Pixel-steps of making it: pixels of the views times steps, over all stages."""
        return sum(stage.steps * stage.area for stage in stages(self.steps, self.size))

    def cost(self) -> int:
        """Credits for the picture: its work in standard dreams, at least 1."""
        return max(1, math.floor(self.work() / STANDARD_WORK + 0.5))

    def with_(self, **choices: Any) -> Self:
        """The same imagination with other choices."""
        return replace(self, **choices)

    def to_json(self) -> str:
        """One line of JSON: the choices in alphabetical order, and the version of this format."""
        return json.dumps({**asdict(self), "made": MADE, "version": VERSION}, sort_keys=True)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """The imagination of such a line.

        Raises:
            RecipeError: Not such a line, or of a later version.
        """
        if not is_imagination(text):
            raise RecipeError("These aren't the choices of a picture made from scratch.")
        choices = json.loads(text)
        del choices["made"]
        if choices.pop("version", None) != VERSION:
            raise RecipeError("This picture is of another version than this program makes.")
        known = {field.name for field in fields(cls)}
        strange = sorted(choices.keys() - known)
        if strange:
            raise RecipeError(f"This picture has an unknown choice: {strange[0][:40]}.")
        missing = sorted({"network", "what"} - choices.keys())
        if missing:
            raise RecipeError(f"This picture doesn't say its {missing[0]}.")
        return cls(**choices)


def is_imagination(text: str | bytes) -> bool:
    """Whether it is an imagination's line of JSON, whatever its choices, and no recipe's."""
    try:
        choices = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(choices, dict) and choices.get("made") == MADE


def _canonical(what: object) -> str:
    """The text in which everybody who means the same writes it."""
    if not isinstance(what, str) or not 0 < len(what) <= LONGEST:
        raise RecipeError(f"What is imagined is a text of at most {LONGEST} characters.")
    if what.startswith(_CLASS):
        name = " ".join(what.removeprefix(_CLASS).casefold().split())
        if not name:
            raise RecipeError("The class has no name; one is “banana”.")
        return _CLASS + name
    term, *others = parse(what)
    if others or not isinstance(term, Term) or not _is_channel(term):
        raise RecipeError(
            f"A picture is made of one channel, like inception_4c/output:12, not of {what[:60]}."
        )
    return str(term)


def _is_channel(term: Term) -> bool:
    return len(term.channels) == 1 and term == Term(term.layer, term.channels)


def _check(choice: str, value: object, least: int, most: int) -> None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole or not least <= value <= most:  # type: ignore[operator]
        raise RecipeError(
            f"The {choice} is a whole number from {least} to {most}, not {value!r:.40}."
        )
