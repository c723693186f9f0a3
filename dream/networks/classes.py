"""The classes that a network tells apart, by name."""

from functools import cache
from importlib.resources import files
from types import MappingProxyType

from dream.errors import RecipeError, unknown
from dream.networks.registry import network

_NAMED = ("googlenet", "squeezenet")
"""Networks for the thousand classes of ImageNet's challenge of 2012."""


def class_index(network_name: str, text: str) -> int:
    """The number of a network's class, counted from 0.

    Args:
        network_name: Of the network.
        text: Any of the class's names, in small letters or capitals.

    Raises:
        UnknownName: There is no such network, or no class of that name; says the nearest.
        RecipeError: The network has no classes.
    """
    of = network(network_name)
    if of.name not in _NAMED:
        raise RecipeError(f"{of.name} has no classes: it ends at {of.layer}, before them.")
    index = _numbers().get(text.strip().casefold())
    if index is None:
        raise unknown(f"class of {of.name}", text, _numbers(), "ImageNet's list has them all.")
    return index


@cache
def _numbers() -> MappingProxyType[str, int]:
    lines = (files("dream.networks") / "imagenet.txt").read_text("utf-8").splitlines()
    numbers: dict[str, int] = {}
    for number, line in enumerate(lines):
        for name in [line, *line.split(", ")]:
            numbers.setdefault(name.casefold(), number)
    return MappingProxyType(numbers)
