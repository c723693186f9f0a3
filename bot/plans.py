"""What a wish asks to be made of a preset: the dream of a picture, or something else.

Each plan turns the preset's recipe, with what was chosen in it and a seed, into that of the job.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol

from bot.jobs.job import Kind
from bot.jobs.recipes import AnyRecipe
from bot.ui import words
from dream import Imagination, Preset, Recipe, Series, Size, tour

LONGEST_SIDE = 16384
"""Pixels: the most a recipe can ask for."""

NARROWEST = 32
"""Pixels that a network sees at least."""

NOISE_SIDE = 512
"""Pixels of a dream out of noise, unless it is wanted otherwise."""

LARGEST_CELL = 512
"""Longer side in pixels of a dream on a sheet, at most: there are many."""

NARROWEST_CELL = 128
"""Pixels that a picture is wide on a sheet, lest nobody can read what stands above it."""

Axis = Literal["layers", "iterations", "octaves"]
AXES: tuple[Axis, ...] = ("layers", "iterations", "octaves")

MOST_ITERATIONS = 100
"""On each octave: further ones hardly change a dream, and cost as much as the first."""


class Plan(Protocol):
    """What is to be made."""

    kind: ClassVar[Kind]

    def recipe(
        self, base: Recipe, picture: Size | None, most: int, side: int = LONGEST_SIDE
    ) -> AnyRecipe:
        """What the job makes.

        Args:
            base: Of the preset, with what was chosen in it and with its seed.
            picture: Size of the picture that was posted, if it needs one.
            most: Pixels of one dream, at most.
            side: Pixels of its longer side, at most.

        Raises:
            DreamError: It can't be made so.
        """


@dataclass(frozen=True, slots=True)
class OnPicture:
    """The dream of a picture."""

    kind: ClassVar = Kind.DREAM

    def recipe(
        self, base: Recipe, picture: Size | None, most: int, side: int = LONGEST_SIDE
    ) -> Recipe:
        """As large as the picture, or as was wanted, if that isn't too large."""
        assert picture is not None, "a dream of a picture has one"
        return fit(base, picture, most, side)


@dataclass(frozen=True, slots=True)
class OnNoise:
    """A dream out of noise in the colours of photographs."""

    kind: ClassVar = Kind.NOISE

    def recipe(
        self, base: Recipe, picture: Size | None, most: int, side: int = LONGEST_SIDE
    ) -> Recipe:
        """A square one."""
        wide = max(NARROWEST, min(base.size or NOISE_SIDE, side, math.isqrt(most)))
        return base.with_(start=f"coloured {wide}x{wide}", size=None)


@dataclass(frozen=True, slots=True)
class FromScratch:
    """A picture from scratch of what the network calls so.

    Attributes:
        number: Of the class, which is unlike its name never that of two.
    """

    number: int
    kind: ClassVar = Kind.CLASS

    def recipe(
        self, base: Recipe, picture: Size | None, most: int, side: int = LONGEST_SIDE
    ) -> Imagination:
        """A square one."""
        what = f"class:{self.number}"
        usual = Imagination(base.network, what, seed=base.seed)
        wide = min(base.size or usual.size, 1024, side, math.isqrt(most))
        return usual.with_(size=max(64, wide))


@dataclass(frozen=True, slots=True)
class Tour:
    """The same picture again and again, with one choice changed.

    Attributes:
        by: What changes.
    """

    by: Axis = "layers"
    kind: ClassVar = Kind.TOUR
    cell: ClassVar = 256

    def recipe(
        self, base: Recipe, picture: Size | None, most: int, side: int = LONGEST_SIDE
    ) -> Series:
        """The picture itself first."""
        cell = _cell(base, min(self.cell, side), picture, most)
        stops = [(self._label(recipe, label), recipe) for label, recipe in tour(cell, self.by)]
        columns = 3 if len(stops) < 6 else 4
        return _sheet(stops, picture, columns=columns, original=words.original())

    def _label(self, recipe: Recipe, label: str) -> str:
        if self.by == "layers":
            return label
        number = recipe.iterations if self.by == "iterations" else recipe.octaves
        return words.number_of(self.by, number) if isinstance(number, int) else label


@dataclass(frozen=True, slots=True)
class Explore:
    """Four dreams that aren't far from the preset's, numbered, to choose among."""

    kind: ClassVar = Kind.EXPLORE
    cell: ClassVar = 400

    def recipe(
        self, base: Recipe, picture: Size | None, most: int, side: int = LONGEST_SIDE
    ) -> Series:
        """The preset's own first."""
        four = variations(_cell(base, min(self.cell, side), picture, most))
        return _sheet([(str(n), each) for n, each in enumerate(four, 1)], picture, columns=2)


@dataclass(frozen=True, slots=True)
class AllPresets:
    """The same picture in many presets.

    Attributes:
        presets: Those, in their order.
    """

    presets: Sequence[Preset]
    kind: ClassVar = Kind.PRESETS
    cell: ClassVar = 192

    def recipe(
        self, base: Recipe, picture: Size | None, most: int, side: int = LONGEST_SIDE
    ) -> Series:
        """The picture itself first."""
        stops = [
            (
                preset.title,
                _cell(preset.recipe.with_(seed=base.seed), min(self.cell, side), picture, most),
            )
            for preset in self.presets
        ]
        return _sheet(stops, picture, columns=min(len(stops) + 1, 6), original=words.original())


def variations(recipe: Recipe) -> list[Recipe]:
    """The recipe, shallower, deeper, and with more steps: all of one seed."""
    shallower, deeper = _near(recipe)
    steps = recipe.iterations
    more = (
        {"iterations": min(2 * steps, MOST_ITERATIONS)}
        if isinstance(steps, int) and steps < MOST_ITERATIONS
        else {"strength": min(1.5 * recipe.strength, 2.0)}
    )
    near = [recipe.with_(layer=layer) for layer in (shallower, deeper)]
    return [recipe, *near, recipe.with_(**more)]


def fit(recipe: Recipe, picture: Size, most: int, side: int = LONGEST_SIDE) -> Recipe:
    """The recipe for that picture, with a size that keeps the dream within `most` pixels, and its
    longer side within `side`.

    A recipe that asks for a size gets no larger one; a picture that is small enough stays as it is.
    """
    width, height = recipe.dream_size(picture)
    if _area(width, height) <= most and max(width, height) <= side:
        return recipe
    size = min(int(max(width, height) * math.sqrt(most / (width * height))), side)
    # The shorter side is rounded, up at times.
    while size > 1 and _area(*recipe.with_(size=size).dream_size(picture)) > most:
        size -= 1
    return recipe.with_(size=max(size, 1))


def _area(width: int, height: int) -> int:
    """Pixels that are dreamt: a picture too thin for a network to see anything is made wider."""
    return max(width, NARROWEST) * max(height, NARROWEST)


def _cell(base: Recipe, side: int, picture: Size | None, most: int) -> Recipe:
    """The recipe of a small dream."""
    assert picture is not None, "a sheet is of a picture"
    return fit(base.with_(size=min(base.size or side, LARGEST_CELL)), picture, most)


def _sheet(
    stops: Sequence[tuple[str, Recipe]], picture: Size | None, *, columns: int, original: str = ""
) -> Series:
    width, _ = stops[0][1].dream_size(picture)
    return Series(tuple(stops), columns, max(width, NARROWEST_CELL), original)


def _near(recipe: Recipe) -> tuple[str, str]:
    """Layers of its network worth a look, two steps shallower than the recipe's and one deeper:
    there a step changes less. At either end both lie on the other side."""
    stops = [layer for layer, _ in tour(recipe, "layers")]
    block = recipe.layer.partition("/")[0]
    alike = [at for at, layer in enumerate(stops) if layer.partition("/")[0] == block]
    at = stops.index(recipe.layer) if recipe.layer in stops else (alike or [len(stops) // 2])[-1]
    shallower = stops[max(at - 2, 0)] if at else stops[2]
    return shallower, stops[at + 1] if at + 1 < len(stops) else stops[at - 1]
