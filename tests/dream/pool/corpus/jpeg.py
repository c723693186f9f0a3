"""Hostile JPEGs, those of several pictures (MPO) among them."""

import struct
from functools import cache

from tests.dream.pool.corpus.making import (
    EXIFS,
    MEGABYTE,
    MOST_SIDES,
    PROFILES,
    Make,
    exif,
    half,
    holding,
    noise,
    sound,
)

START, END = b"\xff\xd8", b"\xff\xd9"


def segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def with_(*segments: bytes, data: bytes | None = None) -> bytes:
    """A sound JPEG with other segments at its beginning."""
    return START + b"".join(segments) + (data or _sound())[2:]


@cache
def _sound() -> bytes:
    return sound("JPEG")


@cache
def _progressive(mode: str = "RGB", size: tuple[int, int] = (64, 48)) -> bytes:
    return sound("JPEG", size, mode, progressive=True, quality=50)


def _frame(
    width: int, height: int, *, kind: int = 0xC0, bits: int = 8, parts: tuple[int, ...] = (0x11,)
) -> bytes:
    """A frame header of that size, with a component for each pair of sampling factors."""
    each = b"".join(bytes([i + 1, sampling, 0]) for i, sampling in enumerate(parts))
    return segment(kind, struct.pack(">BHHB", bits, height, width, len(parts)) + each)


def _reframed(frame: bytes, data: bytes | None = None) -> bytes:
    """A sound JPEG with another frame header in place of its own."""
    data = data or _sound()
    at = next(
        data.index(bytes([0xFF, kind])) for kind in (0xC0, 0xC2) if bytes([0xFF, kind]) in data
    )
    (length,) = struct.unpack_from(">H", data, at + 2)
    return data[:at] + frame + data[at + 2 + length :]


def _resized(width: int, height: int, data: bytes) -> bytes:
    """A JPEG that says it is of another size."""
    at = next(
        data.index(bytes([0xFF, kind])) for kind in (0xC0, 0xC2) if bytes([0xFF, kind]) in data
    )
    return data[: at + 5] + struct.pack(">HH", height, width) + data[at + 9 :]


def _scans(number: int, size: tuple[int, int]) -> bytes:
    """A progressive JPEG whose last scan comes again and again."""
    data = _resized(*size, _progressive())
    scan = data[data.rindex(b"\xff\xda") :].removesuffix(END)
    return data.removesuffix(END) + scan * number + END


def _without(marker: int) -> bytes:
    """A sound JPEG without segments of that kind."""
    data = _sound()
    sign = bytes([0xFF, marker])
    while sign in data[: data.index(b"\xff\xda")]:
        at = data.index(sign)
        (length,) = struct.unpack_from(">H", data, at + 2)
        data = data[:at] + data[at + 2 + length :]
    return data


def _several(pictures: int, *, offset: int = 0, size: int = 1000) -> bytes:
    """A JPEG with an index of so many pictures, all at the same place."""
    index = exif(
        (0xB000, 7, 4, 0x30303130),
        (0xB001, 4, 1, pictures),
        (0xB002, 7, min(16 * pictures, 2**32 - 1), 50),
    )
    entry = struct.pack("<IIIHH", 0x030000, size, offset, 0, 0)
    return with_(segment(0xE2, b"MPF\0" + index + entry * min(pictures, 4000)))


def _profile(data: bytes, *, total: int | None = None) -> bytes:
    """Segments with a colour profile in parts."""
    parts = [data[at : at + 65_000] for at in range(0, len(data), 65_000)]
    return b"".join(
        segment(0xE2, b"ICC_PROFILE\0" + bytes([(i + 1) % 256, total or len(parts)]) + part)
        for i, part in enumerate(parts)
    )


def _adobe(transform: int) -> bytes:
    return segment(0xEE, b"Adobe\0\x64\0\0\0\0" + bytes([transform]))


def _length(length: int) -> bytes:
    """A JPEG with a segment that says it is of that length."""
    return START + b"\xff\xe1" + struct.pack(">H", length) + _sound()[2:]


def _restarts(number: int) -> bytes:
    data = with_(segment(0xDD, b"\0\1"))
    flood = bytes(byte for i in range(8) for byte in (0xFF, 0xD0 + i)) * (number // 8)
    at = data.index(b"\xff\xda") + 14
    return data[:at] + flood + data[at:]


FILES: dict[str, Make] = {
    "a start and no more": lambda: START + b"\xff",
    "a start and an end": lambda: START + END,
    "no scan": lambda: _sound()[: _sound().index(b"\xff\xda")] + END,
    "sides of 65535": lambda: _resized(65535, 65535, _sound()),
    "50 megapixels in a small file": lambda: _resized(*MOST_SIDES, _sound()),
    "50 megapixels, progressive": lambda: _resized(*MOST_SIDES, _progressive()),
    "50 megapixels, progressive, four inks": lambda: _resized(*MOST_SIDES, _progressive("CMYK")),
    "one row of 65535": lambda: _resized(65535, 1, _sound()),
    "no width": lambda: _resized(0, 48, _sound()),
    "no height": lambda: _resized(64, 0, _sound()),
    "a height that comes later": lambda: (
        _resized(64, 0, _sound()).removesuffix(END) + segment(0xDC, b"\xff\xff") + END
    ),
    "twelve bits": lambda: _reframed(_frame(64, 48, kind=0xC1, bits=12)),
    "no bits": lambda: _reframed(_frame(64, 48, bits=0)),
    "arithmetic coding": lambda: _reframed(_frame(64, 48, kind=0xC9, parts=(0x22, 0x11, 0x11))),
    "no loss": lambda: _reframed(_frame(64, 48, kind=0xC3, parts=(0x11, 0x11, 0x11))),
    "a hierarchy": lambda: _reframed(_frame(64, 48, kind=0xC5, parts=(0x11, 0x11, 0x11))),
    "no components": lambda: _reframed(_frame(64, 48, parts=())),
    "two components": lambda: _reframed(_frame(64, 48, parts=(0x11, 0x11))),
    "255 components": lambda: _reframed(_frame(64, 48, parts=(0x11,) * 255)),
    "a frame header that breaks off": lambda: _reframed(segment(0xC0, b"\x08\0\x30")),
    "sampling by zero": lambda: _reframed(_frame(64, 48, parts=(0, 0, 0))),
    "sampling by fifteen": lambda: _reframed(_frame(64, 48, parts=(0xFF, 0x11, 0x11))),
    "two frames, the second larger": lambda: _reframed(_frame(64, 48) + _frame(*MOST_SIDES)),
    "thousands of scans": lambda: _scans(5000, (64, 48)),
    "480 scans of 50 megapixels": lambda: _scans(480, MOST_SIDES),
    "100 scans of 9 megapixels": lambda: _scans(100, (3000, 3000)),
    "a flood of restarts": lambda: _restarts(5_000_000),
    "no tables of codes": lambda: _without(0xC4),
    "no tables of steps": lambda: _without(0xDB),
    "codes there cannot be": lambda: with_(segment(0xC4, b"\0" + b"\xff" * 16 + noise(255))),
    "a thousand tables of codes": lambda: with_(segment(0xC4, b"\xff" + bytes(16)) * 1000),
    "steps of zero": lambda: with_(segment(0xDB, b"\0" + bytes(64))),
    "a scan that breaks off": lambda: half(sound("JPEG", (640, 480), quality=95)),
    "a scan of noise": lambda: _sound()[: _sound().index(b"\xff\xda") + 14] + noise(9000) + END,
    "a progressive one that breaks off": lambda: half(_progressive(size=(640, 480))),
    "a segment of length 0": lambda: _length(0),
    "a segment of length 1": lambda: _length(1),
    "a segment longer than all": lambda: _length(65535),
    "millions of empty comments": lambda: with_(segment(0xFE, b"") * 2_000_000),
    "20 MB of nothing": lambda: START + b"\xff\xe0\0\2" + bytes(20 * MEGABYTE) + _sound()[2:],
    "20 MB of padding": lambda: START + b"\xff" * (20 * MEGABYTE) + _sound()[3:],
    "20 MB of notes": lambda: with_(segment(0xE1, b"Exif\0\0" + bytes(65_000)) * 320),
    "Photoshop's block without end": lambda: with_(
        segment(0xED, b"Photoshop 3.0\0" + b"8BIM\x03\xed\0\0\xff\xff\xff\xff" * 5000)
    ),
    "three colours called four inks": lambda: with_(_adobe(2)),
    "colours in an unknown space": lambda: with_(_adobe(255)),
    "four inks called three colours": lambda: with_(_adobe(1), data=sound("JPEG", mode="CMYK")),
    "grey called YCCK": lambda: with_(_adobe(2), data=sound("JPEG", mode="L")),
    "16 MB of profile in 255 parts": lambda: with_(_profile(noise(255 * 65_000))),
    "a profile of too few parts": lambda: with_(_profile(noise(200_000), total=200)),
    "a profile of no parts": lambda: with_(segment(0xE2, b"ICC_PROFILE\0")),
    "an index of 4 billion pictures": lambda: _several(2**32 - 1),
    "an index of 4000 pictures": lambda: _several(4000),
    "an index of itself": lambda: _several(2, offset=0, size=0),
    "an index beyond its end": lambda: _several(2, offset=2**32 - 1, size=2**32 - 1),
    "an index of none": lambda: _several(0),
    "an index of noise": lambda: with_(segment(0xE2, b"MPF\0II*\0\x08\0\0\0" + noise(300))),
    "a thousand pictures in a row": lambda: _sound() * 1000,
    **holding("EXIF", EXIFS, lambda data: with_(segment(0xE1, b"Exif\0\0" + data))),
    **holding("a profile", PROFILES, lambda data: with_(_profile(data))),
}
