"""The classes that a network tells apart, by name and by number."""

import re
from functools import cache
from importlib.resources import files

from dream.errors import RecipeError, unknown
from dream.networks.registry import Network, network


def class_names(name: str) -> tuple[str, ...]:
    """The names of a network's classes in the order of their numbers, synonyms behind commas.

    Args:
        name: Of the network.

    Raises:
        UnknownName: There is no such network.
        RecipeError: It has no classes, or their names aren't known here.
    """
    of = network(name)
    if of.class_list is None:
        raise _nameless(of)
    return _list(of.class_list)


def class_index(network_name: str, text: str) -> int:
    """The number of a network's class, counted from 0.

    Args:
        network_name: Of the network.
        text: Any of the class's names, in small letters or capitals, or its number.

    Raises:
        UnknownName: There is no such network, or no class of that name; says the nearest.
        RecipeError: It has no classes, or several of that name, or not so many.
    """
    of = network(network_name)
    wanted = _plain(text)
    if wanted.isascii() and wanted.isdecimal() and of.classes:
        if int(wanted[:9]) >= of.classes:
            raise RecipeError(
                f"{of.name} has {of.classes} classes, 0 to {of.classes - 1}; there is no "
                f"{wanted[:20]}."
            )
        return int(wanted[:9])
    names = class_names(network_name)
    assert of.class_list is not None
    numbers = _numbers(of.class_list)
    if wanted not in numbers:
        listing = f"`dream classes {of.name}` lists them all."
        raise unknown(f"class of {of.name}", text, numbers, listing)
    # What a class is called first goes before what others are called, too.
    first = tuple(at for at in numbers[wanted] if _plain(names[at].split(", ")[0]) == wanted)
    found = first or numbers[wanted]
    if len(found) > 1:
        which = " or ".join(f"{number} ({names[number]})" for number in found)
        raise RecipeError(f"Several classes of {of.name} are called “{text}”: say {which}.")
    return found[0]


@cache
def _list(name: str) -> tuple[str, ...]:
    text = (files("dream.networks") / f"{name}.txt").read_text("utf-8")
    return tuple(text.splitlines())


@cache
def _numbers(name: str) -> dict[str, tuple[int, ...]]:
    """The numbers of the classes that have a name, by name."""
    found: dict[str, tuple[int, ...]] = {}
    for number, names in enumerate(_list(name)):
        for each in dict.fromkeys(map(_plain, [*names.split(", "), names])):
            found[each] = (*found.get(each, ()), number)
    return found


def _plain(text: str) -> str:
    """As names are compared: small letters, and hyphens, underscores and strokes are spaces."""
    return " ".join(re.split(r"[-_/\s]+", text.casefold().strip()))


def _nameless(of: Network) -> RecipeError:
    if not of.classes:
        return RecipeError(f"{of.name} has no classes: it ends at {of.layer}, before them.")
    return RecipeError(
        f"The names of the classes of {of.name} aren't known here: choose one by its number, "
        f"0 to {of.classes - 1}."
    )
