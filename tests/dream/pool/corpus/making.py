"""What hostile files of several kinds are made of: sound pictures, bombs, EXIF and profiles."""

import random
import struct
import zlib
from collections.abc import Callable
from functools import cache
from io import BytesIO

from PIL import Image

from tests.dream.deep_files import icc, sampled

Make = Callable[[], bytes]

MEGABYTE = 2**20

MOST_SIDES = (7071, 7071)
"""As large a picture as is opened: just below 50 megapixels."""


def sound(
    form: str, size: tuple[int, int] = (64, 48), mode: str = "RGB", **options: object
) -> bytes:
    """A picture with nothing wrong in it."""
    file = BytesIO()
    Image.linear_gradient("L").resize(size).convert(mode).save(file, form, **options)
    return file.getvalue()


def half(data: bytes) -> bytes:
    """The first half of a file."""
    return data[: len(data) // 2]


def noise(length: int, seed: int = 0) -> bytes:
    """Bytes that mean nothing, the same ones every time."""
    return random.Random(seed).randbytes(length)


@cache
def deflated(length: int) -> bytes:
    """A zlib stream of so many zeros, about a thousandth as long."""
    deflate = zlib.compressobj(9)
    parts = [deflate.compress(bytes(MEGABYTE)) for _ in range(length // MEGABYTE)]
    return b"".join([*parts, deflate.compress(bytes(length % MEGABYTE)), deflate.flush()])


def exif(*entries: tuple[int, int, int, int], following: int = 0) -> bytes:
    """A TIFF header and one directory of entries, each of tag, type, count and value."""
    lines = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return (
        b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + lines + struct.pack("<I", following)
    )


EXIFS: dict[str, Make] = {
    "whose directory follows itself": lambda: exif((274, 3, 1, 6), following=8),
    "whose sub-directories are itself": lambda: exif((34665, 4, 1, 8), (34853, 4, 1, 8)),
    "of 65535 entries": lambda: b"II*\0\x08\0\0\0\xff\xff" + bytes(40),
    "of endless values": lambda: exif((274, 3, 2**32 - 1, 8), (33432, 2, 2**32 - 1, 8)),
    "of ratios by zero": lambda: exif((282, 5, 1, 8), (274, 10, 1, 38)) + bytes(8),
    "of types there are not": lambda: exif((274, 99, 1, 6), (271, 0, 7, 7)),
    "far beyond its end": lambda: b"MM\0*\xff\xff\xff\xff",
}


def _srgb(**tags: bytes) -> bytes:
    """A profile much like sRGB's, with other tags."""
    columns = ((28576, 14579, 912), (25244, 46982, 6357), (9342, 3976, 46799))
    named = {
        name: b"XYZ \0\0\0\0" + struct.pack(">3i", *column)
        for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True)
    }
    named |= {name: sampled(563) for name in (b"rTRC", b"gTRC", b"bTRC")}
    named |= {name.encode(): tag for name, tag in tags.items()}
    return icc(b"RGB ", b"XYZ ", named)


def _beyond() -> bytes:
    """A profile whose tags lie where there is nothing."""
    profile = bytearray(_srgb())
    for i in range(6):
        struct.pack_into(">II", profile, 136 + 12 * i, 2**32 - 16, 2**32 - 1)
    return bytes(profile)


def _crowded() -> bytes:
    """A profile that says it has more tags than anything has."""
    profile = bytearray(_srgb())
    struct.pack_into(">I", profile, 128, 2**32 - 1)
    return bytes(profile)


def _table(points: int) -> bytes:
    """A table of three colours with so many points each way, without the values."""
    head = (
        b"mft2\0\0\0\0" + bytes([3, 3, points, 0]) + struct.pack(">9i", *([65536, 0, 0, 0] * 3)[:9])
    )
    return head + struct.pack(">HH", 2, 2) + struct.pack(">6H", *[0, 65535] * 3) + bytes(64)


PROFILES: dict[str, Make] = {
    "whose tags lie beyond its end": _beyond,
    "of endless tags": _crowded,
    "of endless curves": lambda: _srgb(rTRC=b"curv\0\0\0\0\xff\xff\xff\xff" + bytes(8)),
    "of a million points": lambda: _srgb(rTRC=sampled(*[0] * 1_000_000)),
    "of a table that is not there": lambda: _srgb(A2B0=_table(255)),
    "of noise": lambda: _srgb()[:128] + noise(4000),
    "of another length": lambda: struct.pack(">I", 2**32 - 1) + _srgb()[4:],
}


def holding(what: str, makes: dict[str, Make], put: Callable[[bytes], bytes]) -> dict[str, Make]:
    """Files that each hold one of those, put into them."""

    def made(make: Make) -> Make:
        return lambda: put(make())

    return {f"{what} {name}": made(make) for name, make in makes.items()}
