"""Languages: which there are, which one is spoken at the moment, and what a text is in it.

A text stands in English where it is used, inside of `_` or `several`; inside of `noted` where it is
only written down, to be said later with `_`. What it is in another language stands in the catalogue
of that language, `catalogues/NAME.po`: to add a language is to add a file, which `make catalogues`
keeps up to date with the code. Whoever answers a person says once, with `speaking` or `speak`, in
which language; everything that is said after that is in it.
"""

import gettext
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

CATALOGUES = Path(__file__).parent / "catalogues"

ENGLISH = "en"
"""The language that texts are written in."""

_spoken: ContextVar[str] = ContextVar("spoken", default=ENGLISH)


@cache
def languages() -> list[str]:
    """Those there are, by their codes."""
    return [ENGLISH, *sorted(file.stem for file in CATALOGUES.glob("*.po"))]


def language(*wanted: str | None) -> str:
    """The first of the wanted ones that there is: `de` for `de-AT`; English where none is."""
    known = languages()
    for each in wanted:
        code = (each or "").replace("_", "-").partition("-")[0].lower()
        if code in known:
            return code
    return ENGLISH


def speak(code: str) -> None:
    """From now on texts are in that language, in this task and those that it begins."""
    _spoken.set(code)


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Within this, texts are in that language."""
    token = _spoken.set(code)
    try:
        yield
    finally:
        _spoken.reset(token)


def spoken() -> str:
    """The language spoken at the moment."""
    return _spoken.get()


def in_each(say: Callable[[], str]) -> dict[str, str]:
    """What is said in each language, by its code."""
    said = {}
    for code in languages():
        with speaking(code):
            said[code] = say()
    return said


def _(text: str, **filled: object) -> str:
    """That text in the language spoken, in English where its catalogue lacks it.

    Args:
        filled: What stands in place of its `{names}`.
    """
    found = _catalogue(_spoken.get()).gettext(text) if text else ""
    return found.format(**filled) if filled else found


def several(one: str, many: str, number: int, **filled: object) -> str:
    """That text for so many things, as the language spoken has it; `{number}` is filled in too."""
    found = _catalogue(_spoken.get()).ngettext(one, many, number)
    return found.format(number=number, **filled)


def noted(text: str) -> str:
    """That text as it is, so that the catalogues have it when it is said."""
    return text


def decimal(number: float, digits: int = 1, least: int = 0) -> str:
    """A number with at most so many digits after the point, or what stands for it.

    Args:
        least: Digits that it has there in any case.
    """
    places = "0" * least + "#" * (digits - least)
    return format_decimal(number, f"0.{places}", locale=_spoken.get())


@cache
def _catalogue(code: str) -> gettext.NullTranslations:
    if code == ENGLISH:
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with (CATALOGUES / f"{code}.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=code))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
