"""Draws the pictures of these pages by the commands that are printed above each of them.

python docs/draw.py docs/engine.md [NAME.jpg…]

A command's picture stands on the sheet under the name of its file. A sheet of `dream tour` is one
already. Run from the repository's root, with `dream` and the networks at hand.
"""

import io
import re
import shlex
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image

from dream.sheet import grid

DRAWN = re.compile(r"```sh\n([^`]*)```\n\n!\[[^\]]*\]\((pictures/(?:engine|tutorial)-[^)]+)\)")
"""Commands, and the picture that they make."""

BYTES = 13_000
"""Of a sheet for each picture on it, about; a single one may have more."""


def main(page: Path, *names: str) -> None:
    """Draw the pictures of a page, or those of that name."""
    for commands, target in DRAWN.findall(page.read_text()):
        if not names or Path(target).name in names:
            (page.parent / target).write_bytes(drawn(commands))


def drawn(commands: str) -> bytes:
    """A JPEG of what these commands make."""
    words = shlex.split(commands.replace("\\\n", " "), comments=True)
    files = [after for word, after in pairwise(words) if word == "-o"]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "docs").symlink_to(Path("docs").absolute())
        Path(folder, "out").mkdir()
        subprocess.run(["bash", "-ec", commands], cwd=folder, check=True)
        pictures = [Image.open(Path(folder, file)).convert("RGB") for file in files]
    if words[:2] == ["dream", "tour"]:
        return jpeg(pictures[0], BYTES * 12)
    if len(files) == 1:
        pictures[0].thumbnail((384, 384))
        return jpeg(pictures[0], 3 * BYTES)
    columns = 2 if len(files) in (2, 4) else 3
    cells = [
        (Path(file).stem, np.asarray(picture))
        for file, picture in zip(files, pictures, strict=True)
    ]
    return jpeg(grid(cells, columns, 768 // columns if columns > 2 else 320), BYTES * len(files))


def jpeg(picture: Image.Image, most: int) -> bytes:
    """It in so many bytes, or at the least quality that is still good to look at."""
    for quality in range(85, 50, -5):
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=quality, optimize=True, progressive=True)
        if buffer.tell() <= most:
            break
    return buffer.getvalue()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
