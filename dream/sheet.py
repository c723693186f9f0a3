"""A contact sheet: labelled pictures side by side, to be compared at a glance."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

Pixels = npt.NDArray[np.uint8]

GAP = 6
"""Pixels between pictures, and around all of them."""

PAPER = (16, 14, 24)
INK = (236, 232, 245)


def lay_out(rows: Sequence[Sequence[Pixels]], columns: Sequence[str], width: int) -> Image.Image:
    """The sheet of a table: labels stand above its columns.

    Args:
        rows: Pictures, H x W x 3 of 0 to 255, each row as long as there are columns. A row is as
            high as its first picture.
        columns: What stands above each column.
        width: Of every column in pixels.
    """
    return _stacked([(columns, rows)], width)


def grid(cells: Sequence[tuple[str, Pixels]], columns: int, width: int) -> Image.Image:
    """The sheet of a sequence, row by row: a label stands above each picture.

    Args:
        cells: Label and picture, H x W x 3 of 0 to 255.
        columns: Pictures in a row.
        width: Of every picture in pixels.
    """
    bands = []
    for at in range(0, len(cells), columns):
        labels, pictures = zip(*cells[at : at + columns], strict=True)
        bands.append((labels, [pictures]))
    return _stacked(bands, width)


def _stacked(
    bands: Sequence[tuple[Sequence[str], Sequence[Sequence[Pixels]]]], width: int
) -> Image.Image:
    """Bands of rows below each other, each under its own labels."""
    most = max(len(labels) for labels, _ in bands)
    longest = max((label for labels, _ in bands for label in labels), key=len)
    letters = _letters(longest, width)
    scaled = [[[_scaled(each, width) for each in row] for row in rows] for _, rows in bands]
    height = sum(2 * letters + sum(row[0].height + GAP for row in rows) for rows in scaled)
    sheet = Image.new("RGB", (GAP + most * (width + GAP), height), PAPER)
    draw = ImageDraw.Draw(sheet)
    top = 0
    for (labels, _), rows in zip(bands, scaled, strict=True):
        for column, label in enumerate(labels):
            middle = GAP + column * (width + GAP) + width // 2
            font = ImageFont.load_default(letters)
            draw.text((middle, top + letters), label, INK, font, anchor="mm")
        top += 2 * letters
        for row in rows:
            for column, picture in enumerate(row):
                sheet.paste(picture, (GAP + column * (width + GAP), top))
            top += row[0].height + GAP
    return sheet


def _letters(longest: str, width: int) -> int:
    """Their size in pixels, so that the longest label fits above its picture."""
    letters = max(12, width // 12)
    while letters > 6 and ImageFont.load_default(letters).getlength(longest) > width:
        letters -= 1
    return letters


def _scaled(picture: Pixels, width: int) -> Image.Image:
    image = Image.fromarray(picture)
    height = max(1, round(image.height * width / image.width))
    return image.resize((width, height), Image.Resampling.LANCZOS)
