"""A recipe: every choice that makes a dream, seed included."""

import json
import math
import random
import re
from dataclasses import asdict, dataclass, fields, replace
from hashlib import sha256
from itertools import repeat
from typing import Any, Self

from dream.errors import RecipeError
from dream.starts import LONGEST_SIDE, Size, Start
from dream.terms import LONGEST, canonical

VERSION = 1
SMALLEST_SIDE = 32
"""Pixels. A network sees nothing in less: shorter octaves are left out."""

MOST_OCTAVES = 40
"""Where the smallest one is named: more would hardly differ from each other."""

LEAST_AREA = 128**2
"""Pixels that a step counts at least: on fewer it takes hardly less time."""

STANDARD_WORK = 10 * (1024 * 768 + 731 * 549 + 522 * 392 + 373 * 280)
"""Pixel-steps of one standard dream: the classic schedule on 1024x768. It costs one credit."""

_DIGEST = re.compile("[0-9a-f]{64}")

FAST: dict[str, Any] = {
    "iterations": (4, 5, 6, 8),
    "momentum": 0.35,
    "step": 2.0,
    "smoothing": 0.25,
}
"""What makes a dream quick; see `Recipe.fast`."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Every choice that makes a dream; same recipe, same picture, same machine: same bytes.

    The defaults are those of Google's notebook (2015), the preset `classic`.

    Attributes:
        network: Name in the registry of networks.
        layer: What is amplified: the published name of a layer, some of its channels, or a
            weighted sum, written as in `dream.terms`.
        octaves: Number of scales dreamt at, 1 to 12.
        smallest: Shorter side of the smallest octave in pixels, about, 32 to 16384: as many
            octaves as reach down to it, up to 40; None where their number decides.
        octave_scale: Ratio of one octave's sides to the next smaller one's, 1.05 to 4.
        iterations: Gradient steps on each octave, 1 to 1000; or a number for each, the last for
            the largest and the first for all that are smaller than those named.
        step: Mean absolute change of one step, in grey levels of 255, above 0 to 100.
        momentum: Share of each step that goes on in the next one, 0 to 0.95.
        jitter: Largest circular shift before a step, in pixels each way, 0 to 512.
        smoothing: How far all sizes of pattern are made as strong as each other, 0 (not at all)
            to 1 (quite), see `dream.smoothing`.
        start: What is dreamt on: a picture, or noise or a plain colour, written as in
            `dream.starts`.
        strength: How much of the dream is mixed with what it began as: 0 nothing of it, 1 all,
            up to 2 for more than all.
        keep_colours: Whether only light and dark are dreamt, and the colours stay.
        guide: The sha256 of another picture, in hexadecimal; the dream is to look like parts of
            that one. None for what the network itself has in mind.
        mask: The sha256 of a mask: it is dreamt where that is white. None for everywhere.
        seed: Of everything random, 0 to 2**32 - 1.
        size: Longer side of the dream in pixels, 1 to 16384; None keeps the picture's.

    Raises:
        RecipeError: A value out of its range.
    """

    network: str = "googlenet"
    layer: str = "inception_4c/output"
    octaves: int = 4
    smallest: int | None = None
    octave_scale: float = 1.4
    iterations: int | tuple[int, ...] = 10
    step: float = 1.5
    momentum: float = 0.0
    jitter: int = 32
    smoothing: float = 0.0
    start: str = "picture"
    strength: float = 1.0
    keep_colours: bool = False
    guide: str | None = None
    mask: str | None = None
    seed: int = 0
    size: int | None = None

    def __post_init__(self) -> None:
        _check_name("network", self.network)
        _check_name("layer", self.layer, LONGEST)
        _check("octaves", self.octaves, int, 1, 12)
        _check("octave scale", self.octave_scale, float, 1.05, 4)
        _check_iterations(self.iterations)
        _check("step", self.step, float, 0.001, 100)
        _check("momentum", self.momentum, float, 0, 0.95)
        _check("jitter", self.jitter, int, 0, 512)
        _check("smoothing", self.smoothing, float, 0, 1)
        _check("strength", self.strength, float, 0, 2)
        _check("seed", self.seed, int, 0, 2**32 - 1)
        _check_name("start", self.start)
        if not isinstance(self.keep_colours, bool):
            raise RecipeError(
                f"Colours are kept, true, or not, false; not {self.keep_colours!r:.40}."
            )
        for choice, least in (("size", 1), ("smallest", SMALLEST_SIDE)):
            if getattr(self, choice) is not None:
                _check(choice, getattr(self, choice), int, least, LONGEST_SIDE)
        for choice in ("guide", "mask"):
            _check_digest(choice, getattr(self, choice))
        self._settle()

    def _settle(self) -> None:
        """What means the same is written the same: 2 and 2.0, a + b and b + a."""
        settled: dict[str, object] = {
            name: float(getattr(self, name))
            for name in ("octave_scale", "step", "momentum", "smoothing", "strength")
        }
        settled["network"] = self.network.casefold()
        settled["layer"] = canonical(self.layer)
        settled["start"] = str(Start.parse(self.start))
        if not isinstance(self.iterations, int):
            numbers = tuple(self.iterations)
            settled["iterations"] = numbers[0] if len(set(numbers)) == 1 else numbers
        for name, value in settled.items():
            object.__setattr__(self, name, value)

    def with_(self, **choices: Any) -> Self:
        """The same recipe with other choices."""
        return replace(self, **choices)

    def with_files(self, *, guide: bytes | None = None, mask: bytes | None = None) -> Self:
        """The same recipe with the digests of these files, compared where it has them already.

        Raises:
            RecipeError: It needs a file that isn't given, or another one.
        """
        recipe = self
        for choice, data in (("guide", guide), ("mask", mask)):
            wanted = getattr(self, choice)
            found = None if data is None else sha256(data).hexdigest()
            if wanted is not None and wanted != found:
                other = "" if found is None else "another file, "
                raise RecipeError(
                    f"This recipe has a {choice}: give it {other}the one of this sha256: {wanted}."
                )
            recipe = recipe.with_(**{choice: found})
        return recipe

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

    def fast(self) -> Self:
        """Another dream of the same kind in less work: fewer and wider steps, with momentum."""
        return self.with_(**FAST)

    def dream_size(self, picture: Size | None = None) -> Size:
        """Size of the dream of a picture of that size, or of the recipe's own start.

        Raises:
            RecipeError: It starts from a picture, and there is none; or it doesn't, and there is.
        """
        start = Start.parse(self.start)
        if (picture is None) != (start.size is not None):
            raise RecipeError(
                "This recipe dreams on a picture: give it one."
                if picture is None
                else f"This recipe dreams on {self.start}: it takes no picture."
            )
        picture = picture or start.size
        assert picture is not None
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
        least, most = SMALLEST_SIDE, self.octaves
        if self.smallest is not None:
            # A half of a step below it is still “about”.
            least = max(SMALLEST_SIDE, math.ceil(self.smallest / math.sqrt(self.octave_scale)))
            most = MOST_OCTAVES
        sizes = [dream]
        while len(sizes) < most:
            width, height = (round(side / self.octave_scale) for side in sizes[-1])
            if min(width, height) < least:
                break
            sizes.append((width, height))
        return sizes[::-1]

    def octave_iterations(self, octaves: int) -> list[int]:
        """Steps on each of that many octaves, smallest first."""
        if isinstance(self.iterations, int):
            return [self.iterations] * octaves
        first, *_ = self.iterations
        return [*repeat(first, octaves - len(self.iterations)), *self.iterations][-octaves:]

    def work(self, picture: Size | None = None) -> int:
        """Pixel-steps of dreaming a picture of that size: pixels times steps, over all octaves."""
        octaves = self.octave_sizes(self.dream_size(picture))
        return sum(
            iterations * max(max(width, SMALLEST_SIDE) * max(height, SMALLEST_SIDE), LEAST_AREA)
            for iterations, (width, height) in zip(
                self.octave_iterations(len(octaves)), octaves, strict=True
            )
        )

    def cost(self, picture: Size | None = None) -> int:
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


def _check_iterations(value: object) -> None:
    if not isinstance(value, list | tuple):
        _check("iterations", value, int, 1, 1000)
        return
    if not 0 < len(value) <= MOST_OCTAVES:
        raise RecipeError(f"The iterations are a number, or 1 to {MOST_OCTAVES} of them.")
    for each in value:
        _check("iterations", each, int, 1, 1000)


def _check_digest(choice: str, value: object) -> None:
    if value is not None and not (isinstance(value, str) and _DIGEST.fullmatch(value)):
        raise RecipeError(f"The {choice} is named by its sha256, 64 hexadecimal digits.")
