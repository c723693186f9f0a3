"""What somebody typed after a command, in any order: a preset, choices, links, whose picture.

    !dream eyes strength=1.5 seed=7
    !dream avatar:@somebody size=512
    !dream https://upload.wikimedia.org/cat.jpg fables

It is taken apart here and nowhere else; what it names is looked up by those who know.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from typing import Any, Self

from bot.errors import Refusal
from bot.plans import MOST_ITERATIONS
from bot.ui import words
from dream import Recipe

LONGEST = 500
"""Characters that are read."""

_PIECE = re.compile(
    r'(?P<name>[A-Za-z_]+)\s*[=:]\s*(?:"(?P<quoted>[^"]*)"|(?P<value>[^\s"]\S*))|\S+'
)
_LINK = re.compile(r"<?(?P<link>https?://[^\s<>]+)>?", re.IGNORECASE)
_PERSON = re.compile(r"<@!?(?P<id>\d{1,20})>|(?P<bare>\d{15,20})")
_NUMBER = re.compile(r"\d{1,10}(?:[.,]\d{1,6})?")
_NAMES = {
    "strength": "strength",
    "iterations": "iterations",
    "steps": "iterations",
    "layer": "layer",
    "seed": "seed",
    "size": "size",
}
_FLAGS = {"guide", "mask"}
_AVATAR = "avatar"


@dataclass(frozen=True, slots=True)
class Choices:
    """What of a preset's recipe somebody wants otherwise; None leaves it as it is.

    Attributes:
        strength: How much of the dream is mixed with the picture, 0 to 2.
        iterations: Steps on each octave, 1 to 100.
        layer: What is amplified, as in a recipe.
        seed: Of everything random; a new one where None.
        size: Longer side of the dream in pixels.
    """

    strength: float | None = None
    iterations: int | None = None
    layer: str | None = None
    seed: int | None = None
    size: int | None = None

    def __post_init__(self) -> None:
        if self.iterations is not None and self.iterations > MOST_ITERATIONS:
            raise Refusal(words.too_many_iterations(MOST_ITERATIONS))

    def of(self, recipe: Recipe) -> Recipe:
        """The recipe with these choices in it.

        Raises:
            RecipeError: One is out of its range.
        """
        return recipe.with_(**self.made)

    @property
    def made(self) -> dict[str, Any]:
        """Those that were made, by name."""
        every = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in every.items() if value is not None}

    @classmethod
    def read(cls, typed: Mapping[str, str]) -> Self:
        """From texts by name, as they are typed.

        Raises:
            Refusal: One is no such choice.
        """
        made: dict[str, Any] = {name: _read(name, text) for name, text in typed.items()}
        return cls(**made)


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed, taken apart.

    Attributes:
        preset: What is left when all else is taken away; empty where nothing is.
        choices: Of the recipe.
        links: To pictures, as they were typed.
        avatar: Whose avatar to dream: an id, 0 for one's own, None for nobody's.
        roles: Roles in which further pictures were given, in their order: `guide`, `mask`.
    """

    preset: str = ""
    choices: Choices = field(default_factory=Choices)
    links: tuple[str, ...] = ()
    avatar: int | None = None
    roles: tuple[str, ...] = ()


def read(text: str) -> Typed:
    """Take apart what somebody typed.

    Raises:
        Refusal: A choice that doesn't exist, or a value that can't be.
    """
    found = Typed()
    chosen: dict[str, str] = {}
    left: list[str] = []
    for piece in _PIECE.finditer(text[:LONGEST]):
        whole = piece.group()
        if link := _LINK.fullmatch(whole):
            found = replace(found, links=(*found.links, link["link"]))
        elif piece["name"] is not None:
            name, value = piece["name"].lower(), piece["quoted"] or piece["value"] or ""
            if name == "preset":
                left.append(value)
            else:
                found = _named(found, chosen, name, value)
        elif whole.lower() in _FLAGS:
            found = replace(found, roles=(*found.roles, whole.lower()))
        elif whole.lower() == _AVATAR:
            found = replace(found, avatar=0)
        else:
            left.append(whole)
    return replace(found, preset=" ".join(left), choices=Choices.read(chosen))


def _named(found: Typed, chosen: dict[str, str], name: str, value: str) -> Typed:
    if name == _AVATAR:
        person = _PERSON.fullmatch(value)
        if person is None and value.lower() not in ("me", "@me"):
            raise Refusal(words.avatar_of_whom())
        return replace(found, avatar=int(person["id"] or person["bare"]) if person else 0)
    if name not in _NAMES:
        near = get_close_matches(name, _NAMES, 1)
        raise Refusal(words.no_such_choice(name, near[0] if near else None, sorted(_NAMES)))
    chosen[_NAMES[name]] = value
    return found


def _read(name: str, text: str) -> float | int | str:
    if name == "layer":
        return text
    percent = text.endswith("%")
    if not _NUMBER.fullmatch(text.removesuffix("%")):
        raise Refusal(words.not_a_number(name))
    number = float(text.removesuffix("%").replace(",", "."))
    if name == "strength":
        return number / 100 if percent else number
    if percent or number != int(number):
        raise Refusal(words.not_a_number(name))
    return int(number)
