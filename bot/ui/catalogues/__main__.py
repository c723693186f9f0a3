"""Brings all catalogues up to date."""

from bot.ui.catalogues import update
from bot.ui.languages import CATALOGUES

for file in CATALOGUES.glob("*.po"):
    update(file)
