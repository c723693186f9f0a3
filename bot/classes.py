"""What can be imagined: the classes of a network that is here, found by what somebody types."""

from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache

from bot.errors import Refusal
from bot.networks import fetching
from bot.ui import words
from dream import RecipeError, UnknownName, available, class_index, class_names, known_networks

NEAR = 5
"""Names that are told of where there is none of that name."""


def knowing() -> str:
    """The name of the first network that is here and has names for what it sees.

    Raises:
        Refusal: There is none.
    """
    for network in known_networks().values():
        if network.class_list is not None and available(network.name):
            return network.name
    raise Refusal(words.no_classes(fetching("googlenet")))


def find(network: str, typed: str) -> tuple[int, str]:
    """The number of the class that is meant, and what it is called.

    Raises:
        Refusal: There is none, or there are several; says what comes near.
    """
    try:
        number = class_index(network, typed)
    except UnknownName:
        raise Refusal(words.no_such_class(typed, _near(network, typed))) from None
    except RecipeError as error:
        raise Refusal(words.told(str(error))) from None
    return number, _first(class_names(network)[number])


def like(network: str, typed: str) -> list[tuple[str, str]]:
    """Classes with that in one of their names, those that begin so first.

    Returns:
        All names of each, and what finds it.
    """
    wanted = typed.strip().casefold()
    found = [
        (names, value) for names, value in _all(network) if wanted in names.casefold() or not wanted
    ]
    return sorted(found, key=lambda each: not each[0].casefold().startswith(wanted))


@cache
def _all(network: str) -> list[tuple[str, str]]:
    every = class_names(network)
    firsts = [_first(names) for names in every]
    return [
        (names, first if firsts.count(first) == 1 else str(number))
        for number, (names, first) in enumerate(zip(every, firsts, strict=True))
    ]


def _near(network: str, typed: str) -> list[str]:
    """Names that what was typed is a part of, or else that are spelt alike."""
    parts = list(_firsts(names for names, _ in like(network, typed)))
    if parts and typed.strip():
        return parts[:NEAR]
    by_spelling: dict[str, str] = {}
    for names in class_names(network):
        for name in names.split(", "):
            by_spelling.setdefault(name.casefold(), _first(names))
    near = get_close_matches(typed.casefold(), by_spelling, NEAR, 0.5)
    return list(dict.fromkeys(by_spelling[name] for name in near))


def _firsts(every: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys(map(_first, every))


def _first(names: str) -> str:
    return names.split(", ", 1)[0]
