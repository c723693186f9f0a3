"""What a recipe amplifies, as people write it: layers, channels of layers, weighted sums of them.

inception_4c/output                                       one layer, all of it
inception_4c/output:12,40-47                              some of its channels, from 0
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

_LEAST, _MOST = 0.001, 1000.0
_MOST_CHANNEL = 9999
_ALL = -1
_TERM = re.compile(
    r"(?:(?P<weight>\d+\.?\d*|\.\d+)\s*\*\s*)?"
    r"(?P<layer>[\w./-]+)"
    r"(?:\s*:\s*(?P<channels>.+))?",
    re.ASCII,
)
_CHANNELS = re.compile(r"(\d{1,5})(?:\s*-\s*(\d{1,5}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Term:
    """One part of a sum.

    Attributes:
        layer: Published name.
        channels: Numbers of its channels, from 0, rising; all of them if empty.
        weight: What its objective is multiplied with, 0.001 to 1000.
    """

    layer: str
    channels: tuple[int, ...] = ()
    weight: float = 1.0

    def __str__(self) -> str:
        """As people write it."""
        weight = "" if self.weight == 1 else f"{self.weight:g}*"
        channels = ":" + ",".join(_runs(self.channels)) if self.channels else ""
        return f"{weight}{self.layer}{channels}"


def parse(text: str) -> tuple[Term, ...]:
    """The sum that a text means, sorted, and nothing in it twice: equal sums are equal.

    Raises:
        RecipeError: It isn't such a text; says what isn't, and how it is written.
    """
    weights: defaultdict[tuple[str, int], list[float]] = defaultdict(list)
    for part in text.split("+"):
        term = _term(part.strip())
        for channel in term.channels or (_ALL,):
            weights[term.layer, channel].append(term.weight)
    alike: defaultdict[tuple[str, bool, float], list[int]] = defaultdict(list)
    for (layer, channel), found in sorted(weights.items()):
        # An exact sum: the same in whatever order it was written.
        alike[layer, channel == _ALL, _checked(math.fsum(found))].append(channel)
    terms = [
        Term(layer, () if whole else tuple(channels), weight)
        for (layer, whole, weight), channels in alike.items()
    ]
    return tuple(sorted(terms, key=lambda term: (term.layer, term.channels)))


def spelt(terms: Iterable[Term]) -> str:
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


def _term(part: str) -> Term:
    found = _TERM.fullmatch(part)
    if found is None:
        raise RecipeError(
            f"The layer is a name like inception_4c/output, with channels like "
            f"inception_4c/output:12,40-47, or a sum like 0.5*inception_4a/output + "
            f"inception_4c/output; “{part[:60]}” can't be read as part of one."
        )
    weight = _checked(float(found["weight"] or 1))
    return Term(found["layer"], _channels(found["channels"] or ""), weight)


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


def _checked(weight: float) -> float:
    """The weight in six digits, as many as are written."""
    if not _LEAST <= weight <= _MOST:
        raise RecipeError(
            f"The layer is multiplied with a number from {_LEAST:g} to {_MOST:g}, not {weight:g}."
        )
    return float(f"{weight:g}")


def _runs(channels: tuple[int, ...]) -> list[str]:
    """Numbers and ranges of neighbours."""
    runs: list[str] = []
    for _, run in groupby(enumerate(channels), key=lambda pair: pair[1] - pair[0]):
        numbers = [channel for _, channel in run]
        ends = f"{numbers[0]}-{numbers[-1]}"
        runs += [ends] if len(numbers) > 2 else map(str, numbers)
    return runs
