"""What a recipe amplifies, as people write it: a weighted sum of what networks see.

inception_4c/output                                       one layer, all of it
inception_4c/output:12,40-47                              some of its channels, from 0
inception_4c/output:12@0.5,0.25                           one neuron: a channel at one place
class:banana                                              what the network calls so
0.5*inception_4a/output + inception_4c/output:3           a sum
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from dream.errors import RecipeError

LONGEST = 500
"""Characters of a text."""

Place = tuple[float, float]
"""Across and down, as shares of the picture's width and height."""

_LEAST, _MOST = 0.001, 1000.0
_MOST_CHANNEL = 9999
_ALL = -1
_WEIGHT = r"(?:(?P<weight>\d+\.?\d*|\.\d+)\s*\*\s*)?"
_LAYER = re.compile(
    _WEIGHT + r"(?P<layer>[\w./-]+)(?:\s*:\s*(?P<channels>[^@]+))?(?:@(?P<place>.+))?", re.ASCII
)
_CLASS = re.compile(_WEIGHT + r"class\s*:\s*(?P<name>[^:*@]+)")
_CHANNELS = re.compile(r"(\d{1,5})(?:\s*-\s*(\d{1,5}))?", re.ASCII)
_PLACE = re.compile(r"\s*(\d*\.?\d+)\s*,\s*(\d*\.?\d+)\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Term:
    """One part of a sum: a layer, channels of it, or some of its neurons.

    Attributes:
        layer: Published name.
        channels: Numbers of its channels, from 0, rising; all of them if empty.
        weight: What its objective is multiplied with, 0.001 to 1000.
        place: Where in the picture; everywhere if None.
    """

    layer: str
    channels: tuple[int, ...] = ()
    weight: float = 1.0
    place: Place | None = None

    def __str__(self) -> str:
        """As people write it."""
        channels = ":" + ",".join(_runs(self.channels)) if self.channels else ""
        place = "@{:g},{:g}".format(*self.place) if self.place else ""
        return f"{_factor(self.weight)}{self.layer}{channels}{place}"


@dataclass(frozen=True, slots=True)
class ClassTerm:
    """One part of a sum: a class that a network tells apart.

    Attributes:
        name: Its name, or number, as somebody wrote it.
        weight: What its objective is multiplied with, 0.001 to 1000.
    """

    name: str
    weight: float = 1.0

    def __str__(self) -> str:
        """As people write it."""
        return f"{_factor(self.weight)}class:{self.name}"


AnyTerm = Term | ClassTerm


def parse(text: str) -> tuple[AnyTerm, ...]:
    """The sum that a text means, sorted, and nothing in it twice: equal sums are equal.

    Raises:
        RecipeError: It isn't such a text; says what isn't, and how it is written.
    """
    parts = [_term(part.strip()) for part in text.split("+")]
    layers = _merged([part for part in parts if isinstance(part, Term)])
    classes: defaultdict[str, list[float]] = defaultdict(list)
    for part in parts:
        if isinstance(part, ClassTerm):
            classes[part.name].append(part.weight)
    named = [ClassTerm(name, _total(weights)) for name, weights in sorted(classes.items())]
    return (*named, *layers)


def spelt(terms: Iterable[AnyTerm]) -> str:
    """The one text of a sum."""
    return " + ".join(map(str, terms))


def canonical(text: str) -> str:
    """The text in which everybody who means the same writes it.

    Raises:
        RecipeError: As `parse`, or it is too long.
    """
    written = spelt(parse(text))
    if len(written) > LONGEST:
        raise RecipeError(f"The layer is a text of at most {LONGEST} characters.")
    return written


def _merged(terms: list[Term]) -> list[Term]:
    """Channels that are weighed alike in one term, and each of them in one only."""
    everywhere = (-1.0, -1.0)
    weights: defaultdict[tuple[str, Place, int], list[float]] = defaultdict(list)
    for term in terms:
        for channel in term.channels or (_ALL,):
            weights[term.layer, term.place or everywhere, channel].append(term.weight)
    alike: defaultdict[tuple[str, Place, bool, float], list[int]] = defaultdict(list)
    for (layer, place, channel), found in sorted(weights.items()):
        alike[layer, place, channel == _ALL, _total(found)].append(channel)
    merged = [
        Term(layer, () if whole else tuple(channels), weight, None if place[0] < 0 else place)
        for (layer, place, whole, weight), channels in alike.items()
    ]
    return sorted(merged, key=lambda term: (term.layer, term.place or everywhere, term.channels))


def _term(part: str) -> AnyTerm:
    named = _CLASS.fullmatch(part)
    if named is not None:
        return ClassTerm(" ".join(named["name"].casefold().split()), _weight(named["weight"]))
    found = _LAYER.fullmatch(part)
    if found is None:
        raise RecipeError(
            f"The layer is a name like inception_4c/output, with channels like "
            f"inception_4c/output:12,40-47, a class like class:banana, or a sum like "
            f"0.5*inception_4a/output + inception_4c/output; “{part[:60]}” can't be read as part "
            f"of one."
        )
    return Term(
        found["layer"],
        _channels(found["channels"] or ""),
        _weight(found["weight"]),
        _place(found["place"]),
    )


def _channels(text: str) -> tuple[int, ...]:
    if not text:
        return ()
    chosen: set[int] = set()
    for part in text.split(","):
        found = _CHANNELS.fullmatch(part.strip())
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
        if not first <= last <= _MOST_CHANNEL:
            raise RecipeError(
                f"The layer is followed by channels like 3 or 8-11, up to {_MOST_CHANNEL}; "
                f"“{part.strip()[:60]}” are none."
            )
        chosen.update(range(first, last + 1))
    return tuple(sorted(chosen))


def _place(text: str | None) -> Place | None:
    if text is None:
        return None
    found = _PLACE.fullmatch(text)
    place = (float(found[1]), float(found[2])) if found else (2.0, 2.0)
    if max(place) > 1:
        raise RecipeError(
            f"The layer is followed by a place like @0.5,0.25: shares of the width and of the "
            f"height, 0 to 1; “{text.strip()[:60]}” is none."
        )
    return round(place[0], 4), round(place[1], 4)  # finer ones are one pixel, and hard to read


def _weight(text: str | None) -> float:
    return _checked(float(text or 1))


def _total(weights: list[float]) -> float:
    """An exact sum: the same in whatever order it was written."""
    return _checked(math.fsum(weights))


def _checked(weight: float) -> float:
    """The weight in six digits, as many as are written."""
    if not _LEAST <= weight <= _MOST:
        raise RecipeError(
            f"The layer is multiplied with a number from {_LEAST:g} to {_MOST:g}, not {weight:g}."
        )
    return float(f"{weight:g}")


def _factor(weight: float) -> str:
    return "" if weight == 1 else f"{weight:g}*"


def _runs(channels: tuple[int, ...]) -> list[str]:
    """Numbers and ranges of neighbours."""
    runs: list[str] = []
    for _, run in groupby(enumerate(channels), key=lambda pair: pair[1] - pair[0]):
        numbers = [channel for _, channel in run]
        ends = f"{numbers[0]}-{numbers[-1]}"
        runs += [ends] if len(numbers) > 2 else map(str, numbers)
    return runs
