"""A recipe: every choice that makes a dream, seed included."""

import json
import math
import random
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self

from dream.errors import RecipeError
from dream.terms import LONGEST, canonical

VERSION = 1
SMALLEST_SIDE = 32
"""Pixels. A network sees nothing in less: shorter octaves are left out."""

STANDARD_WORK = 10 * (1024 * 768 + 731 * 549 + 522 * 392 + 373 * 280)
"""Pixel-steps of one standard dream: the classic schedule on 1024x768. It costs one credit."""

Size = tuple[int, int]
"""Width and height in pixels."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Every choice that makes a dream; same recipe, same picture, same machine: same bytes.

    The defaults are those of Google's notebook (2015), the preset `classic`.

    Attributes:
        network: Name in the registry of networks.
        layer: What is amplified: the published name of a layer, some of its channels, or a
            weighted sum, written as in `dream.terms`.
        octaves: Number of scales dreamt at, 1 to 12.
        octave_scale: Ratio of one octave's sides to the next smaller one's, 1.05 to 4.
        iterations: Gradient steps on each octave, 1 to 1000.
        step: Mean absolute change of one step, in grey levels of 255, above 0 to 100.
        jitter: Largest circular shift before a step, in pixels each way, 0 to 512.
        smoothing: How far all sizes of pattern are made as strong as each other, 0 (not at all)
            to 1 (quite), see `dream.smoothing`.
        seed: Of everything random, 0 to 2**32 - 1.
        size: Longer side of the dream in pixels, 1 to 16384; None keeps the picture's.

    Raises:
        RecipeError: A value out of its range.
    """

    network: str = "googlenet"
    layer: str = "inception_4c/output"
    octaves: int = 4
    octave_scale: float = 1.4
    iterations: int = 10
    step: float = 1.5
    jitter: int = 32
    smoothing: float = 0.0
    seed: int = 0
    size: int | None = None

    def __post_init__(self) -> None:
        _check_name("network", self.network)
        _check_name("layer", self.layer, LONGEST)
        _check("octaves", self.octaves, int, 1, 12)
        _check("octave scale", self.octave_scale, float, 1.05, 4)
        _check("iterations", self.iterations, int, 1, 1000)
        _check("step", self.step, float, 0.001, 100)
        _check("jitter", self.jitter, int, 0, 512)
        _check("smoothing", self.smoothing, float, 0, 1)
        _check("seed", self.seed, int, 0, 2**32 - 1)
        if self.size is not None:
            _check("size", self.size, int, 1, 16384)
        # 2 and 2.0 are one choice, and must be one text. So are a + b and b + a.
        object.__setattr__(self, "layer", canonical(self.layer))
        object.__setattr__(self, "octave_scale", float(self.octave_scale))
        object.__setattr__(self, "step", float(self.step))
        object.__setattr__(self, "smoothing", float(self.smoothing))

    def with_(self, **choices: Any) -> Self:
        """The same recipe with other choices."""
        return replace(self, **choices)

    def to_json(self) -> str:
        """One line of JSON: the choices in alphabetical order, and the version of this format."""
        return json.dumps({**asdict(self), "version": VERSION}, sort_keys=True)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """The recipe of such a line.

        Raises:
            RecipeError: Not such a line, or of a later version.
        """
        try:
            choices = json.loads(text)
        except (ValueError, RecursionError):
            raise RecipeError("That is no recipe: it isn't JSON.") from None
        if not isinstance(choices, dict) or "version" not in choices:
            raise RecipeError("That is no recipe: it has no version.")
        if choices.pop("version") != VERSION:
            raise RecipeError("This recipe is of another version than this program reads.")
        strange = sorted(choices.keys() - {field.name for field in fields(cls)})
        if strange:
            raise RecipeError(f"This recipe has an unknown choice: {strange[0][:40]}.")
        return cls(**choices)

    def dream_size(self, picture: Size) -> Size:
        """Size of the dream of a picture of that size."""
        if self.size is None:
            return picture
        scale = self.size / max(picture)
        width, height = (max(1, round(side * scale)) for side in picture)
        return width, height

    def octave_sizes(self, dream: Size) -> list[Size]:
        """Sizes of the octaves of a dream of that size, smallest first.

        Each is the next larger one divided by the octave scale and rounded, as in the notebook.
        Octaves too small for a network to see anything are left out, the last one never.
        """
        sizes = [dream]
        while len(sizes) < self.octaves:
            width, height = (round(side / self.octave_scale) for side in sizes[-1])
            if min(width, height) < SMALLEST_SIDE:
                break
            sizes.append((width, height))
        return sizes[::-1]

    def work(self, picture: Size) -> int:
        """Pixel-steps of dreaming a picture of that size: pixels times steps, over all octaves."""
        octaves = self.octave_sizes(self.dream_size(picture))
        return self.iterations * sum(
            max(width, SMALLEST_SIDE) * max(height, SMALLEST_SIDE) for width, height in octaves
        )

    def cost(self, picture: Size) -> int:
        """Credits for dreaming a picture of that size: its work in standard dreams, at least 1."""
        return max(1, math.floor(self.work(picture) / STANDARD_WORK + 0.5))


def random_seed() -> int:
    """A seed nobody chose, short enough to be typed again: below one million."""
    return random.SystemRandom().randrange(1_000_000)


def _check_name(choice: str, value: object, longest: int = 200) -> None:
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise RecipeError(f"The {choice} is a text of at most {longest} characters.")


def _check(choice: str, value: object, kind: type, least: float, most: float) -> None:
    numeric = isinstance(value, int) or (kind is float and isinstance(value, float))
    if not numeric or isinstance(value, bool) or not least <= value <= most:  # type: ignore[operator]
        what = "a whole number" if kind is int else "a number"
        raise RecipeError(f"The {choice} is {what} from {least:g} to {most}, not {value!r:.40}.")
