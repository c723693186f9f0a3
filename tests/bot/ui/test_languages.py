"""Every text is in every catalogue, and none that nobody says any more."""

import re
from collections.abc import Iterable

import pytest
from babel.messages.catalog import Message

from bot.ui.catalogues import read, texts
from bot.ui.languages import CATALOGUES, ENGLISH, decimal, language, languages, speaking, spoken

OTHERS = languages()[1:]


def key(message: Message) -> str | tuple[str, ...]:
    return message.id if isinstance(message.id, str) else tuple(message.id)


def texts_of(either: str | Iterable[str]) -> list[str]:
    """One text, or those of one and several things."""
    return [either] if isinstance(either, str) else list(either)


@pytest.mark.parametrize("code", OTHERS)
def test_a_catalogue_has_every_text_and_no_other(code: str) -> None:
    said = {key(message) for message in texts() if message.id}
    there = {key(message): message for message in read(CATALOGUES / f"{code}.po") if message.id}
    assert set(there) - said == set(), "nobody says these any more"
    assert said - set(there) == set(), "these are missing"
    for message in there.values():
        assert all(texts_of(message.string or "")), message.id
        assert not message.fuzzy, message.id


def names(text: str) -> set[str]:
    """Of what is filled in."""
    return set(re.findall(r"\{(\w*)", text))


@pytest.mark.parametrize("code", OTHERS)
def test_what_is_filled_in_is_the_same_in_each_language(code: str) -> None:
    for message in read(CATALOGUES / f"{code}.po"):
        wanted = names(" ".join(texts_of(message.id)))
        *fewer, most = texts_of(message.string or "")
        assert names(most) == wanted, message.id
        for text in fewer:
            # One thing need not be counted.
            assert names(text) | {"number"} == wanted | {"number"}, message.id


def test_the_nearest_language_is_spoken() -> None:
    assert language("xx", None, "en-GB") == ENGLISH
    assert language(None) == ENGLISH
    for code in languages():
        assert language(f"{code}-XX", "en") == code


def test_a_language_is_spoken_for_as_long_as_it_is_said() -> None:
    with speaking("de"):
        assert spoken() == "de"
        assert decimal(1.25) == "1,2"
    assert spoken() == ENGLISH
    assert decimal(2.0) == "2"
