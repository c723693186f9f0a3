"""Hostile WebPs."""

import struct
from io import BytesIO

from PIL import Image

from tests.dream.pool.corpus.making import (
    EXIFS,
    MEGABYTE,
    MOST_SIDES,
    PROFILES,
    Make,
    half,
    holding,
    noise,
    sound,
)


def chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)


def webp(*chunks: bytes, length: int | None = None) -> bytes:
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body) if length is None else length) + body


ANIMATED, XMP, EXIF, ALPHA, PROFILE = 2, 4, 8, 16, 32


def extended(flags: int, width: int, height: int) -> bytes:
    """The header of an extended file, with the size of its canvas."""
    return chunk(b"VP8X", bytes([flags, 0, 0, 0]) + _three(width - 1) + _three(height - 1))


def _three(number: int) -> bytes:
    return struct.pack("<I", number)[:3]


def _lossy() -> bytes:
    """The VP8 chunk of a sound picture of 64x48."""
    return sound("WEBP")[12:]


def _lossless() -> bytes:
    return sound("WEBP", lossless=True)[12:]


def _lossy_of(width: int, height: int) -> bytes:
    """That chunk, which says it is of another size."""
    data = bytearray(_lossy())
    struct.pack_into("<HH", data, 14, width, height)
    return bytes(data)


def _lossless_of(width: int, height: int) -> bytes:
    data = bytearray(_lossless())
    struct.pack_into("<I", data, 9, (width - 1) | (height - 1) << 14 | 1 << 28)
    return bytes(data)


def _largest(**options: object) -> bytes:
    file = BytesIO()
    plain = Image.new("RGBA", MOST_SIDES, (200, 100, 50, 90))
    plain.save(file, "WEBP", quality=0, method=0, **options)
    return file.getvalue()


def _frame(
    picture: bytes, *, left: int = 0, top: int = 0, width: int = 64, height: int = 48
) -> bytes:
    where = _three(left // 2) + _three(top // 2) + _three(width - 1) + _three(height - 1)
    return chunk(b"ANMF", where + _three(100) + b"\0" + picture)


def film(*frames: bytes, size: tuple[int, int] = (64, 48)) -> bytes:
    return webp(extended(ANIMATED, *size), chunk(b"ANIM", bytes(6)), *frames)


FILES: dict[str, Make] = {
    "a header and no more": webp,
    "a length of zero": lambda: webp(_lossy(), length=0),
    "a length of 4 GB": lambda: webp(_lossy(), length=2**32 - 2),
    "a chunk of 4 GB": lambda: webp(b"VP8 \xff\xff\xff\xff" + bytes(100)),
    "a chunk of nothing": lambda: webp(chunk(b"VP8 ", b"")),
    "half a picture": lambda: half(sound("WEBP", (640, 480))),
    "half a lossless picture": lambda: half(sound("WEBP", (640, 480), lossless=True)),
    "a picture that is no key": lambda: webp(_lossy()[:8] + b"\1" + _lossy()[9:]),
    "sides of nothing": lambda: webp(_lossy_of(0, 0)),
    "sides of 16383": lambda: webp(_lossy_of(16383, 16383)),
    "50 megapixels in a small file": lambda: webp(_lossy_of(7071, 7071)),
    "50 megapixels without loss, in a small file": lambda: webp(_lossless_of(7071, 7071)),
    "50 megapixels without loss": lambda: _largest(lossless=True),
    "50 megapixels with loss and alpha": _largest,
    "sides without loss of 16384": lambda: webp(_lossless_of(16384, 16384)),
    "noise without loss": lambda: webp(_lossless()[:13] + noise(len(_lossless()) - 13, 3)),
    "noise with loss": lambda: webp(_lossy()[:18] + noise(len(_lossy()) - 18, 3)),
    "a canvas of 2²⁴": lambda: webp(extended(0, 2**24, 2**24), _lossy()),
    "a canvas of 7071 for 64×48": lambda: webp(extended(0, 7071, 7071), _lossy()),
    "a canvas smaller than its picture": lambda: webp(extended(0, 2, 2), _lossy()),
    "a canvas without a picture": lambda: webp(extended(0, 64, 48)),
    "a header that breaks off": lambda: webp(chunk(b"VP8X", b"\0\0\0")),
    "all it may have and nothing of it": lambda: webp(extended(255, 64, 48), _lossy()),
    "alpha of noise": lambda: webp(
        extended(ALPHA, 64, 48), chunk(b"ALPH", b"\1" + noise(900)), _lossy()
    ),
    "alpha that breaks off": lambda: webp(
        extended(ALPHA, 64, 48), chunk(b"ALPH", b"\0\0"), _lossy()
    ),
    "alpha of a kind there is not": lambda: webp(
        extended(ALPHA, 64, 48), chunk(b"ALPH", b"\xff" * 9), _lossy()
    ),
    "a hundred pictures": lambda: webp(extended(0, 64, 48), *[_lossy()] * 100),
    "a million unknown chunks": lambda: webp(
        extended(0, 64, 48), chunk(b"zzzz", b"") * 1_000_000, _lossy()
    ),
    "20 MB of notes": lambda: webp(
        extended(XMP, 64, 48), _lossy(), chunk(b"XMP ", bytes(20 * MEGABYTE))
    ),
    "no frames": film,
    "50 thousand frames": lambda: film(*[_frame(_lossy())] * 50_000),
    "frames on 50 megapixels": lambda: film(*[_frame(_lossy())] * 500, size=(7071, 7071)),
    "frames of 50 megapixels": lambda: film(
        *[_frame(_lossy_of(7071, 7071), width=7071, height=7071)] * 9, size=(7071, 7071)
    ),
    "a frame beyond its canvas": lambda: film(_frame(_lossy(), left=2**24, top=2**24)),
    "a frame of another size": lambda: film(_frame(_lossy(), width=2**24, height=9)),
    "a frame of nothing": lambda: film(chunk(b"ANMF", b"")),
    "a frame in a frame": lambda: film(_frame(_frame(_lossy()))),
    **holding(
        "EXIF", EXIFS, lambda data: webp(extended(EXIF, 64, 48), _lossy(), chunk(b"EXIF", data))
    ),
    **holding(
        "a profile",
        PROFILES,
        lambda data: webp(extended(PROFILE, 64, 48), chunk(b"ICCP", data), _lossy()),
    ),
}
