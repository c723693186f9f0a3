"""A contact sheet: pictures in labelled rows and columns, to be compared at a glance."""

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
    """The sheet.

    Args:
        rows: Pictures, H x W x 3 of 0 to 255, each row as long as there are columns. A row is as
            high as its first picture.
        columns: What stands above each column.
        width: Of every column in pixels.
    """
    letters = max(12, width // 12)
    font = ImageFont.load_default(letters)
    head = 2 * letters
    shown = [[_scaled(picture, width) for picture in row] for row in rows]
    heights = [row[0].height for row in shown]
    size = (GAP + len(columns) * (width + GAP), head + sum(height + GAP for height in heights))
    sheet = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(sheet)
    for column, label in enumerate(columns):
        middle = GAP + column * (width + GAP) + width // 2
        draw.text((middle, head // 2), label, INK, font, anchor="mm")
    top = head
    for row, height in zip(shown, heights, strict=True):
        for column, picture in enumerate(row):
            sheet.paste(picture, (GAP + column * (width + GAP), top))
        top += height + GAP
    return sheet


def _scaled(picture: Pixels, width: int) -> Image.Image:
    image = Image.fromarray(picture)
    height = max(1, round(image.height * width / image.width))
    return image.resize((width, height), Image.Resampling.LANCZOS)
