"""The catalogues of other languages than English, and which texts belong into them.

`python -m bot.ui.catalogues` brings them up to date: what nobody says any more goes, what is new
stands there without a translation.
"""

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from bot.ui.languages import CATALOGUES
from dream import known_networks, presets

BOT = CATALOGUES.parents[1]

KEYWORDS = {"_": None, "noted": None, "several": (1, 2)}
"""Functions of `bot.ui.languages`, with which of their arguments are texts if not the first."""


def texts() -> Catalog:
    """Every text in the code, the presets' and networks' lines, and the networks' licences."""
    found = Catalog()
    for file, _, message, _, _ in extract_from_dir(BOT, [("**.py", "python")], keywords=KEYWORDS):
        found.add(message, locations=[(f"bot/{file}", 0)])
    for preset in presets().values():
        found.add(preset.text, locations=[("dream/presets.toml", 0)])
    for network in known_networks().values():
        for text in (network.text, network.weights.licence):
            found.add(text, locations=[("dream/networks/registry.py", 0)])
    return found


def read(file: Path) -> Catalog:
    """The catalogue in that file, of the language that it is named after."""
    with file.open("rb") as opened:
        return read_po(opened, locale=file.stem)


def update(file: Path) -> None:
    """Bring a catalogue up to date with the texts."""
    catalogue = read(file)
    catalogue.update(texts(), no_fuzzy_matching=True)
    with file.open("wb") as opened:
        write_po(
            opened,
            catalogue,
            width=0,
            omit_header=True,
            ignore_obsolete=True,
            include_lineno=False,
        )
