"""Hostile TIFFs."""

import struct
import zlib
from collections.abc import Mapping

from tests.dream.pool.corpus.jpeg import FILES as JPEGS
from tests.dream.pool.corpus.making import (
    EXIFS,
    MEGABYTE,
    MOST_SIDES,
    PROFILES,
    Make,
    deflated,
    half,
    holding,
    noise,
    sound,
)

SHORT, LONG, RATIO, BYTES = 3, 4, 5, 7
FORMATS = {SHORT: "H", LONG: "I", RATIO: "i", BYTES: "B"}

WIDTH, HEIGHT, BITS, PACKING, PHOTOMETRIC, DESCRIPTION = 256, 257, 258, 259, 262, 270
OFFSETS, ORIENTATION, SAMPLES, ROWS, COUNTS = 273, 274, 277, 278, 279
PLANAR, PREDICTOR, COLOURS, TILE_WIDTH, TILE_HEIGHT = 284, 317, 320, 322, 323
TILES, TILE_COUNTS, EXTRA, SAMPLE_FORMAT, TABLES = 324, 325, 338, 339, 347
X_RESOLUTION, Y_RESOLUTION, DNG_VERSION = 282, 283, 50706
SUBSAMPLING, EXIF, PROFILE = 530, 34665, 34675

LZW, FAXED, OLD_JPEG, JPEG, DEFLATE, BITS_PACKED = 5, 4, 6, 7, 8, 32773
LZMA, ZSTD, WEBP, THUNDER = 34925, 50000, 50001, 32809

Entry = tuple[int, bytes | tuple[int, ...]]
"""A tag's type, and its values or their bytes; such bytes may be fewer than they should be."""


def tiff(
    pixels: bytes = bytes(64),
    size: tuple[int, int] = (4, 4),
    *,
    packing: int = 1,
    following: int = 0,
    counts: Mapping[int, int] | None = None,
    tags: Mapping[int, Entry | None] | None = None,
) -> bytes:
    """A TIFF of one strip, grey, its pixels right behind its header.

    Args:
        pixels: As they lie in it.
        size: What it says it is.
        packing: Of the pixels.
        following: Where it says the next directory is.
        counts: How many values it says a tag has, by tag.
        tags: More of them, or others; None for a tag left out.
    """
    entries: dict[int, Entry | None] = {
        WIDTH: (LONG, (size[0],)),
        HEIGHT: (LONG, (size[1],)),
        BITS: (SHORT, (8,)),
        PACKING: (SHORT, (packing,)),
        PHOTOMETRIC: (SHORT, (1,)),
        OFFSETS: (LONG, (8,)),
        SAMPLES: (SHORT, (1,)),
        ROWS: (LONG, (size[1],)),
        COUNTS: (LONG, (len(pixels),)),
    }
    entries |= tags or {}
    kept = {tag: entry for tag, entry in sorted(entries.items()) if entry is not None}
    at = 8 + len(pixels) + len(pixels) % 2
    beyond = at + 2 + 12 * len(kept) + 4
    lines, more = b"", b""
    for tag, (kind, values) in kept.items():
        each = FORMATS.get(kind, "B")
        data = (
            values if isinstance(values, bytes) else struct.pack(f"<{len(values)}{each}", *values)
        )
        number = len(data) // (struct.calcsize(each) * (2 if kind == RATIO else 1))
        lines += struct.pack("<HHI", tag, kind, (counts or {}).get(tag, number))
        if len(data) > 4:
            lines += struct.pack("<I", beyond + len(more))
            more += data + bytes(len(data) % 2)
        else:
            lines += data.ljust(4, b"\0")
    body = pixels + bytes(len(pixels) % 2) + struct.pack("<H", len(kept)) + lines
    return b"II*\0" + struct.pack("<I", at) + body + struct.pack("<I", following) + more


def _largest(bits: tuple[int, ...], photometric: int, kind: int = 1) -> bytes:
    """As many pixels as are opened, in little; a fourth sample of colours is alpha."""
    width, height = MOST_SIDES
    alpha = len(bits) == 4 and photometric == 2
    return tiff(
        deflated(height * ((width * sum(bits) + 7) // 8)),
        MOST_SIDES,
        packing=DEFLATE,
        tags={
            BITS: (SHORT, bits),
            PHOTOMETRIC: (SHORT, (photometric,)),
            SAMPLES: (SHORT, (len(bits),)),
            SAMPLE_FORMAT: (SHORT, (kind,) * len(bits)),
            EXTRA: (SHORT, (2,)) if alpha else None,
        },
    )


def _tiles(width: int, height: int, size: tuple[int, int] = (64, 64)) -> bytes:
    """One that says its tiles are of that size."""
    return tiff(
        bytes(4096),
        size,
        tags={
            OFFSETS: None,
            ROWS: None,
            COUNTS: None,
            TILE_WIDTH: (LONG, (width,)),
            TILE_HEIGHT: (LONG, (height,)),
            TILES: (LONG, (8,)),
            TILE_COUNTS: (LONG, (4096,)),
        },
    )


def _strips(number: int, *, packing: int = 1) -> bytes:
    """A strip for each row, all of them the same one."""
    pixels = zlib.compress(bytes(40)) if packing == DEFLATE else bytes(40)
    return tiff(
        pixels,
        (40, number),
        packing=packing,
        tags={
            ROWS: (LONG, (1,)),
            OFFSETS: (LONG, struct.pack("<I", 8) * number),
            COUNTS: (LONG, struct.pack("<I", len(pixels)) * number),
        },
    )


def _inside(data: bytes, packing: int = JPEG, size: tuple[int, int] = (64, 48)) -> bytes:
    """A JPEG or WebP as the pixels of a TIFF of colours."""
    rgb: Entry = (SHORT, (8, 8, 8))
    return tiff(
        data,
        size,
        packing=packing,
        tags={BITS: rgb, PHOTOMETRIC: (SHORT, (6,)), SAMPLES: (SHORT, (3,))},
    )


def _pages(number: int) -> bytes:
    """Directories one behind the other, each of one entry."""
    head = b"II*\0\x08\0\0\0"
    page = struct.pack("<HHHI", 1, WIDTH, SHORT, 1) + struct.pack("<I", 4)
    return head + b"".join(
        page + struct.pack("<I", 8 + 18 * (i + 1) if i < number - 1 else 0) for i in range(number)
    )


def _big(first: int, entries: int = 1) -> bytes:
    """A BigTIFF whose first directory is there, of so many entries."""
    return b"II+\0\x08\0\0\0" + struct.pack("<QQ", first, entries) + bytes(200)


def _bitten() -> bytes:
    """One whose directory follows itself."""
    data = tiff()
    (at,) = struct.unpack_from("<I", data, 4)
    return tiff(following=at)


def _long(tag: int, count: int = 2**32 - 1) -> bytes:
    """One that says that tag has so many values."""
    return tiff(counts={tag: count})


FILES: dict[str, Make] = {
    "a header that breaks off": lambda: b"II*\0\x08",
    "a directory beyond its end": lambda: b"II*\0\xff\xff\xff\xff" + bytes(100),
    "a directory in its header": lambda: b"MM\0*\0\0\0\0" + bytes(100),
    "a directory without entries": lambda: b"II*\0\x08\0\0\0" + bytes(100),
    "a directory of 65535 entries": lambda: b"II*\0\x08\0\0\0\xff\xff" + bytes(900_000),
    "a directory that follows itself": _bitten,
    "a directory that follows far beyond": lambda: tiff(following=2**32 - 1),
    "100 thousand pages": lambda: _pages(100_000),
    "half a picture": lambda: half(sound("TIFF", (640, 480))),
    "half a packed picture": lambda: half(sound("TIFF", (640, 480), compression="tiff_lzw")),
    "sides of 2³² - 1": lambda: tiff(size=(2**32 - 1, 2**32 - 1)),
    "no width": lambda: tiff(size=(0, 4)),
    "no tags of size": lambda: tiff(
        tags={WIDTH: None, HEIGHT: None},
    ),
    "no strips": lambda: tiff(
        tags={OFFSETS: None, COUNTS: None},
    ),
    "more promised than there is": lambda: tiff(size=MOST_SIDES),
    "more promised than there is, packed": lambda: tiff(deflated(999), MOST_SIDES, packing=DEFLATE),
    "strips beyond its end": lambda: tiff(tags={OFFSETS: (LONG, (2**32 - 2,))}),
    "strips of endless length": lambda: tiff(tags={COUNTS: (LONG, (2**32 - 1,))}),
    "strips of no rows": lambda: tiff(tags={ROWS: (LONG, (0,))}),
    "strips of endless rows": lambda: tiff(tags={ROWS: (LONG, (2**32 - 1,))}),
    "4 billion strips": lambda: _long(OFFSETS),
    "a million strips, one and the same": lambda: _strips(1_000_000),
    "65 thousand strips": lambda: _strips(65_000),
    "a million packed strips": lambda: _strips(1_000_000, packing=DEFLATE),
    "fewer strips than rows": lambda: tiff(size=(4, 40_000), tags={ROWS: (LONG, (1,))}),
    "tiles of nothing": lambda: _tiles(0, 0),
    "tiles of 2³²": lambda: _tiles(2**32 - 16, 2**32 - 16),
    "tiles of 65520": lambda: _tiles(65520, 65520),
    "tiles of one pixel": lambda: _tiles(1, 1, MOST_SIDES),
    "bits there are not": lambda: tiff(tags={BITS: (SHORT, (65535,))}),
    "bits for no sample": lambda: tiff(tags={BITS: None}),
    "bits of each their own": lambda: tiff(
        tags={BITS: (SHORT, (1, 16, 8)), SAMPLES: (SHORT, (3,))},
    ),
    "65535 samples": lambda: tiff(tags={SAMPLES: (SHORT, (65535,))}),
    "65535 samples with bits for each": lambda: tiff(
        tags={SAMPLES: (SHORT, (65535,)), BITS: (SHORT, b"\x08\0" * 65535)},
    ),
    "no samples": lambda: tiff(tags={SAMPLES: (SHORT, (0,))}),
    "4 billion bits": lambda: _long(BITS),
    "colours without a palette": lambda: tiff(tags={PHOTOMETRIC: (SHORT, (3,))}),
    "a palette of three": lambda: tiff(
        tags={PHOTOMETRIC: (SHORT, (3,)), COLOURS: (SHORT, (1, 2, 3))},
    ),
    "an unknown meaning": lambda: tiff(tags={PHOTOMETRIC: (SHORT, (32803,))}),
    "Lab in grey": lambda: tiff(tags={PHOTOMETRIC: (SHORT, (8,))}),
    "luma sampled by nothing": lambda: tiff(
        tags={
            PHOTOMETRIC: (SHORT, (6,)),
            BITS: (SHORT, (8, 8, 8)),
            SAMPLES: (SHORT, (3,)),
            SUBSAMPLING: (SHORT, (0, 0)),
        },
    ),
    "planes apart that are not there": lambda: tiff(
        tags={
            PLANAR: (SHORT, (2,)),
            BITS: (SHORT, (16,) * 4),
            SAMPLES: (SHORT, (4,)),
            PHOTOMETRIC: (SHORT, (2,)),
        },
    ),
    "extra samples without end": lambda: tiff(tags={EXTRA: (SHORT, (2,) * 1000)}),
    "a predictor of floats on bytes": lambda: tiff(
        deflated(64), packing=DEFLATE, tags={PREDICTOR: (SHORT, (3,))}
    ),
    "a turn there is not": lambda: tiff(tags={ORIENTATION: (SHORT, (65535,))}),
    "a way of packing there is not": lambda: tiff(packing=65535),
    "an LZW bomb": lambda: tiff(noise(9000), MOST_SIDES, packing=LZW),
    "LZW of noise": lambda: tiff(b"\x80" + noise(9000), (64, 64), packing=LZW),
    "a bomb for a strip": lambda: tiff(deflated(300 * MEGABYTE), packing=DEFLATE),
    "packed bits that break off": lambda: tiff(b"\x81\1" * 300, (640, 480), packing=BITS_PACKED),
    "50 megapixels of packed bits": lambda: tiff(
        b"\x81\1" * 400_000, MOST_SIDES, packing=BITS_PACKED
    ),
    "faxed noise of 50 megapixels": lambda: tiff(
        noise(9000),
        MOST_SIDES,
        packing=FAXED,
        tags={BITS: (SHORT, (1,)), PHOTOMETRIC: (SHORT, (0,))},
    ),
    "zstd of noise": lambda: tiff(b"\x28\xb5\x2f\xfd" + noise(900), (64, 64), packing=ZSTD),
    "LZMA of noise": lambda: tiff(b"\xfd7zXZ\0" + noise(900), (64, 64), packing=LZMA),
    "thunder of noise": lambda: tiff(
        noise(900), (64, 64), packing=THUNDER, tags={BITS: (SHORT, (4,))}
    ),
    "a WebP inside": lambda: _inside(sound("WEBP"), WEBP, (640, 480)),
    "a JPEG inside": lambda: _inside(sound("JPEG")),
    "a larger JPEG inside": lambda: _inside(JPEGS["sides of 65535"]()),
    "a smaller JPEG inside": lambda: _inside(sound("JPEG"), size=(640, 480)),
    "a JPEG of thousands of scans inside": lambda: _inside(JPEGS["thousands of scans"]()),
    "a JPEG of 50 megapixels inside": lambda: _inside(
        JPEGS["50 megapixels, progressive"](), size=MOST_SIDES
    ),
    "480 scans of 50 megapixels inside": lambda: _inside(
        JPEGS["480 scans of 50 megapixels"](), size=MOST_SIDES
    ),
    "a JPEG of the old kind inside": lambda: _inside(sound("JPEG"), OLD_JPEG),
    "tables of noise for a JPEG": lambda: tiff(
        sound("JPEG", mode="L"), (64, 48), packing=JPEG, tags={TABLES: (BYTES, noise(900))}
    ),
    "a description of 20 MB": lambda: tiff(tags={DESCRIPTION: (2, b"d" * 20 * MEGABYTE)}),
    "a description of endless length": lambda: tiff(
        tags={DESCRIPTION: (2, b"d" * 9)}, counts={DESCRIPTION: 2**32 - 1}
    ),
    "resolutions by zero": lambda: tiff(
        tags={X_RESOLUTION: (RATIO, (1, 0)), Y_RESOLUTION: (10, struct.pack("<ii", -1, 0))},
    ),
    "types there are not": lambda: tiff(tags={PACKING: (99, b"\1\0")}),
    "texts for numbers": lambda: tiff(tags={WIDTH: (2, b"four\0")}),
    "several widths": lambda: tiff(tags={WIDTH: (LONG, (4, 5, 6))}),
    "50 megapixels of RGBA": lambda: _largest((8,) * 4, 2),
    "50 megapixels of 16 bits": lambda: _largest((16,) * 3, 2),
    "50 megapixels of 16 bits with alpha": lambda: _largest((16,) * 4, 2),
    "50 megapixels of 16 bits, grey": lambda: _largest((16,), 1),
    "50 megapixels of floats": lambda: _largest((32,), 1, kind=3),
    "50 megapixels of 32 bits": lambda: _largest((32,), 1),
    "50 megapixels of Lab": lambda: _largest((8,) * 3, 8),
    "50 megapixels of four inks": lambda: _largest((8,) * 4, 5),
    "50 megapixels of one bit": lambda: _largest((1,), 0),
    "floats that are none": lambda: tiff(
        struct.pack("<16f", *[float("nan"), float("inf"), -float("inf"), 1e38] * 4),
        tags={BITS: (SHORT, (32,)), SAMPLE_FORMAT: (SHORT, (3,))},
    ),
    "a BigTIFF beyond its end": lambda: _big(2**63),
    "a BigTIFF of 2⁶³ entries": lambda: _big(16, 2**63),
    "a BigTIFF in its own header": lambda: _big(0),
    "no profile": lambda: tiff(tags={PROFILE: (BYTES, b"")}),
    "a camera's picture that is none": lambda: tiff(tags={DNG_VERSION: (1, b"\1\4\0\0")}),
    **holding("EXIF", EXIFS, lambda data: tiff(tags={EXIF: (LONG, (8,))}, pixels=data + bytes(64))),
    **holding("a profile", PROFILES, lambda data: tiff(tags={PROFILE: (BYTES, data)})),
}
