"""What a dream begins as, as a recipe says it.

picture                  a photograph, or a dream to go deeper
white 640x480            noise: each value by chance
pink 640x480             grey noise, as strong in coarse shapes as in fine ones
coloured 640x480         the same in the colours of photographs
#203040 640x480          a plain colour
"""

import re
from dataclasses import dataclass
from typing import Self

from dream.errors import RecipeError

Size = tuple[int, int]
"""Width and height in pixels."""

KINDS = ("white", "pink", "coloured")
"""Of noise."""

LONGEST_SIDE = 16384

_BLANK = re.compile(
    r"(?P<kind>[a-z]+|#[0-9a-f]{6})\s+(?P<width>\d{1,5})\s*[x×]\s*(?P<height>\d{1,5})"
)


@dataclass(frozen=True, slots=True)
class Start:
    """A picture, or something made for the dream.

    Attributes:
        kind: `picture`; `white`, `pink` or `coloured` noise; or a colour, `#rrggbb`.
        size: Width and height in pixels; None for a picture, which has its own.
    """

    kind: str = "picture"
    size: Size | None = None

    def __str__(self) -> str:
        """As people write it."""
        return self.kind if self.size is None else "{} {}x{}".format(self.kind, *self.size)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The start that a text means.

        Raises:
            RecipeError: It isn't such a text; says how it is written.
        """
        plain = " ".join(text.casefold().split())
        if plain == "picture":
            return cls()
        found = _BLANK.fullmatch(plain)
        if found is None or not (found["kind"] in KINDS or found["kind"].startswith("#")):
            raise RecipeError(
                f"The start is picture, or white, pink, coloured or #rrggbb and a size, like "
                f"“pink 640x480”; not “{text[:40]}”."
            )
        size = (int(found["width"]), int(found["height"]))
        if not all(1 <= side <= LONGEST_SIDE for side in size):
            raise RecipeError(f"The start is 1 to {LONGEST_SIDE} pixels wide and high.")
        return cls(found["kind"], size)
