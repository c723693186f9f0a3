"""The catalogue of presets: named recipes with a title and a line of text."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from dream.errors import unknown
from dream.networks.weights import available, in_package
from dream.recipe import Recipe

DEFAULT = "classic"
"""What a dream is like where nobody chose and everything is there."""


@dataclass(frozen=True, slots=True)
class Preset:
    """A named recipe.

    Attributes:
        name: One lower-case word, as people type it.
        title: As people read it.
        text: One line that says what it makes one see.
        recipe: The choices; its seed is to be drawn anew for each dream.
    """

    name: str
    title: str
    text: str
    recipe: Recipe


@cache
def presets() -> MappingProxyType[str, Preset]:
    """All presets by name, in the catalogue's order."""
    catalogue = tomllib.loads(files("dream").joinpath("presets.toml").read_text("utf-8"))
    return MappingProxyType(
        {
            name: Preset(name, entry.pop("title"), entry.pop("text"), Recipe(**entry))
            for name, entry in catalogue.items()
        }
    )


def preset(name: str) -> Preset:
    """The preset of that name, however it is capitalised.

    Raises:
        UnknownName: There is none; says the nearest.
    """
    found = presets().get(name.strip().lower())
    if found is None:
        raise unknown("preset", name, presets(), f"There are: {', '.join(presets())}.")
    return found


def default_preset() -> Preset:
    """The preset of whoever chose none, as things are now.

    The classic where its network is on this machine, else the first of the catalogue whose network
    comes with the package. Whoever shows the dream says which it was.
    """
    classic = preset(DEFAULT)
    if available(classic.recipe.network):
        return classic
    return next(entry for entry in presets().values() if in_package(entry.recipe.network))
