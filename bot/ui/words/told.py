"""Sentences that come in English, from the engine and from the record, said in other languages.

The engine is a library and speaks English; why a job ended stands in English on record, for whoever
reads that. What they say to people is known here as texts with `{names}`, by which a sentence is
recognised and taken apart; one that isn't known is told as it is.
"""

import re
from collections.abc import Sequence
from functools import cache

from bot.jobs.work import UNEXPECTED
from bot.ui.languages import ENGLISH, _, decimal, noted, spoken

_SENTENCES = (
    UNEXPECTED,
    # Of pictures
    noted("This file is empty. Try sending it again."),
    noted("This is no picture. What can be read is {kinds}."),
    noted("This is {what}. What can be read is {kinds}: save it as one of these and try again."),
    noted("This {kind} is broken or incomplete. Save it anew and try again."),
    noted(
        "This picture can't be opened: it is broken, or takes far too much memory. "
        "Save it anew, or smaller, and try again."
    ),
    noted(
        "This picture can't be opened: it is broken, or asks for far too much memory. "
        "Save it anew and try again."
    ),
    noted("This picture takes too long to open. Save it anew and try again."),
    noted("This file has {size} MB, and at most {most} MB are opened. Send a smaller one."),
    noted(
        "This picture has {number} megapixels ({size}), and at most {most} are opened. "
        "Make it smaller and try again."
    ),
    noted(
        "This picture has too many megapixels, and at most {most} are opened. "
        "Make it smaller and try again."
    ),
    noted(
        "This picture is {size} pixels, and at most {most} a side are opened. "
        "Cut it into pieces and try again."
    ),
    noted(
        "At most {most} MB are sent at once, picture, guide and mask together. Send smaller ones."
    ),
    noted("only the first of its {number} pages"),
    noted("only the first of its more than {number} pages"),
    noted("only the main one of its {number} pictures"),
    noted("only the main one of its more than {number} pictures"),
    noted("only the first of its {number} frames, until films come"),
    noted("only the first of its more than {number} frames, until films come"),
    # Of choices
    noted("There is no layer in {network} called “{name}”. Nearest: {near}. {listing}"),
    noted("There is no layer in {network} called “{name}”. {listing}"),
    noted("The {choice} is a number from {least} to {most}, not {value}."),
    noted("The {choice} is a whole number from {least} to {most}, not {value}."),
    noted("The {choice} is a text of at most {most} characters."),
    noted("This recipe is of another version than this program reads."),
    # Of the work
    noted("The process that dreamt it died. Try again."),
    noted("That took longer than {seconds} seconds."),
    noted(
        "That took more than the {size} GB of memory that there are for it. A smaller one may do."
    ),
    noted(
        "Nothing can be done with pictures just now, for none of the processes that do it can be "
        "started. Try again in a few minutes."
    ),
    noted("The pool is closing down. Try again later."),
    noted("The pool was closed down. Try again later."),
    # Of the storage
    noted("I can't read the stored picture just now."),
    noted("I can't store pictures just now. Please try again later."),
    noted("The picture isn't in my storage any more. Please send it again."),
    noted("There is no room for another picture just now. Please try again later."),
    # Of the ledger
    noted("asked for"),
)

_PARTS = (
    noted("{others} and {last}"),
    noted("a camera's raw picture"),
    noted("an icon file"),
    noted("an Ogg film or sound"),
    noted("a {kind} picture"),
    noted("an {kind} picture"),
    noted("a {kind} drawing"),
    noted("an {kind} drawing"),
    noted("a {kind} film"),
    noted("an {kind} film"),
    noted("a {kind} file"),
    noted("an {kind} animation"),
    noted("a {kind} texture"),
    noted("a PDF"),
)
"""What stands in place of those names."""

_DECIMAL = re.compile(r"\d+\.\d+")


def told(sentence: str) -> str:
    """That sentence in the language spoken, if it is one of these."""
    if spoken() == ENGLISH:
        return sentence
    return _in_words(sentence, _SENTENCES) or sentence


def _part(text: str) -> str:
    if _DECIMAL.fullmatch(text):
        return decimal(float(text), 3)
    return _in_words(text, _PARTS) or text


def _in_words(text: str, known: Sequence[str]) -> str | None:
    if (exactly := _(text)) != text:
        return exactly
    for each in known:
        if found := _pattern(each).fullmatch(text):
            return _(each, **{name: _part(value) for name, value in found.groupdict().items()})
    return None


@cache
def _pattern(known: str) -> re.Pattern[str]:
    """What a sentence of that text looks like."""
    pieces = re.split(r"\{(\w+)\}", known)
    names = [f"(?P<{piece}>.+?)" if at % 2 else re.escape(piece) for at, piece in enumerate(pieces)]
    return re.compile("".join(names), re.DOTALL)
