"""A PNG of 16 bits a channel, which Pillow can read but not write.

Format: PNG specification, third edition (W3C 2025).
"""

import struct
import zlib
from collections.abc import Iterator

import numpy as np

from dream.depth import Pixels, strips

_SUB = 1
"""The filter of all rows: each byte less that of the pixel before. On photographs of this depth
choosing among the five for each row saved nothing."""


def png(
    rgb: Pixels,
    alpha: Pixels | None,
    text: dict[str, str],
    most: int | None = None,
) -> bytes | None:
    """The file, or None as soon as it has more than `most` bytes.

    Args:
        rgb: Height x width x 3, sRGB, 0 to 65535.
        alpha: Height x width, or None for an opaque picture.
        text: What its iTXt chunks say, by their keywords.
        most: Bytes it may have; None for any number.
    """
    file = bytearray()
    for part in _parts(rgb, alpha, text):
        file += part
        if most is not None and len(file) > most:
            return None
    return bytes(file)


def _parts(rgb: Pixels, alpha: Pixels | None, text: dict[str, str]) -> Iterator[bytes]:
    height, width = rgb.shape[:2]
    colours = 2 if alpha is None else 6
    yield b"\x89PNG\r\n\x1a\n"
    yield _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, colours, 0, 0, 0))
    yield _chunk(b"sRGB", b"\0")
    for keyword, said in text.items():
        yield _chunk(b"iTXt", keyword.encode("latin-1") + b"\0\0\0\0\0" + said.encode())
    deflate = zlib.compressobj()
    for rows in strips(height, width):
        clear = None if alpha is None else alpha[rows]
        yield _chunk(b"IDAT", deflate.compress(_filtered(rgb[rows], clear)))
    yield _chunk(b"IDAT", deflate.flush())
    yield _chunk(b"IEND", b"")


def _filtered(rgb: Pixels, alpha: Pixels | None) -> bytes:
    """Rows as they are compressed, each with its filter before it."""
    height, width = rgb.shape[:2]
    channels = rgb if alpha is None else np.dstack([rgb, alpha])
    pixels = channels.astype(">u2", order="C").view(np.uint8).reshape(height, width, -1)
    rows = np.empty((height, 1 + pixels[0].size), np.uint8)
    rows[:, 0] = _SUB
    filtered = rows[:, 1:].reshape(height, width, -1, copy=False)
    filtered[:, 0] = pixels[:, 0]
    np.subtract(pixels[:, 1:], pixels[:, :-1], out=filtered[:, 1:])
    return rows.tobytes()


def _chunk(name: bytes, data: bytes) -> bytes:
    check = zlib.crc32(data, zlib.crc32(name))
    return b"".join([struct.pack(">I", len(data)), name, data, struct.pack(">I", check)])
