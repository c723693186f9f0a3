"""Hostile BMPs."""

import struct

from tests.dream.pool.corpus.making import MEGABYTE, MOST_SIDES, Make, half, noise, sound
from tests.dream.pool.corpus.png import small as png


def bmp(
    width: int = 4,
    height: int = 4,
    pixels: bytes = bytes(64),
    *,
    bits: int = 24,
    packing: int = 0,
    colours: int = 0,
    head: int = 40,
    offset: int = 54,
    more: bytes = b"",
) -> bytes:
    """A BMP whose header says so; `more` lies between header and pixels."""
    size = struct.pack("<IIHHI", head, 0, 0, 0, 0)[:4]
    told = struct.pack(
        "<iiHHIIiiII", width, height, 1, bits, packing, len(pixels), 1, 1, colours, 0
    )
    start = b"BM" + struct.pack("<IHHI", 54 + len(pixels), 0, 0, offset)
    return start + size + told.ljust(max(head - 4, 0), b"\0") + more + pixels


GREYS = bytes(byte for grey in range(256) for byte in (grey, grey, grey, 0))
REDS = bytes(byte for red in range(256) for byte in (0, 0, red, 0))


def _runs(pixels: bytes, *, packing: int = 1, sides: tuple[int, int] = MOST_SIDES) -> bytes:
    """A run-length coded one of 256 or 16 colours."""
    bits = 8 if packing == 1 else 4
    palette = REDS[: 4 << bits]
    return bmp(*sides, pixels, bits=bits, packing=packing, offset=54 + len(palette), more=palette)


def _masks(*masks: int, bits: int = 32) -> bytes:
    return bmp(
        bits=bits,
        packing=3,
        offset=54 + 4 * len(masks),
        more=struct.pack(f"<{len(masks)}I", *masks),
    )


FILES: dict[str, Make] = {
    "a header that breaks off": lambda: bmp()[:20],
    "sides of 2³¹ - 1": lambda: bmp(2**31 - 1, 2**31 - 1),
    "no width": lambda: bmp(0, 4),
    "a width below zero": lambda: bmp(-4, 4),
    "a height of -2³¹": lambda: bmp(4, -(2**31)),
    "a height of -1": lambda: bmp(4, -1),
    "a height of -50 million": lambda: bmp(1, -50_000_000),
    "one row of 50 million": lambda: bmp(50_000_000, 1),
    "more promised than there is": lambda: bmp(*MOST_SIDES),
    "half a picture": lambda: half(sound("BMP", (320, 240))),
    "pixels beyond its end": lambda: bmp(offset=2**32 - 1),
    "pixels in its header": lambda: bmp(offset=0),
    "a header of its own kind": lambda: bmp(head=16),
    "a header longer than all": lambda: bmp(head=124)[:60],
    "bits there are not": lambda: bmp(bits=65535),
    "no bits": lambda: bmp(bits=0),
    "three bits": lambda: bmp(bits=3),
    "two bits": lambda: bmp(bits=2, colours=4, more=bytes(16), offset=70),
    "a way of packing there is not": lambda: bmp(packing=99),
    "a PNG inside": lambda: bmp(pixels=png(), packing=5),
    "a palette of 4 billion": lambda: bmp(bits=8, colours=2**32 - 1),
    "a palette of 65536": lambda: bmp(bits=8, colours=65536),
    "no palette": lambda: bmp(bits=8, colours=256, offset=54),
    "colours beyond its palette": lambda: bmp(
        bits=8, colours=3, more=b"\1\2\3\0" * 3, pixels=b"\xff" * 99
    ),
    "masks of nothing": lambda: _masks(0, 0, 0),
    "masks of everything": lambda: _masks(2**32 - 1, 2**32 - 1, 2**32 - 1),
    "masks that break off": lambda: bmp(bits=32, packing=3)[:58],
    "masks for 24 bits": lambda: _masks(1, 2, 4, bits=24),
    "runs of 50 megapixels": lambda: _runs(b"\xff\1" * 250_000),
    "runs that go on": lambda: _runs(b"\xff\1" * 5_000_000, sides=(4, 4)),
    "runs of nothing": lambda: _runs(b"\0\0" * 5_000_000),
    "runs of one pixel": lambda: _runs(b"\1\1\0\0" * 7071),
    "runs of 16 colours": lambda: _runs(b"\xff\x12" * 250_000, packing=2),
    "pixels left out to the end": lambda: _runs(b"\0\2\xff\xff" * 100),
    "pixels left out beyond the end": lambda: _runs(b"\0\2\xff\xff" * 1000, sides=(16, 16)),
    "pixels as they are, and too few": lambda: _runs(b"\0\xff" + bytes(9), sides=(64, 64)),
    "runs beyond each row": lambda: _runs(b"\xff\1" * 9 * MEGABYTE, sides=(1, 50_000_000)),
    "runs of noise": lambda: _runs(noise(100_000), sides=(640, 480)),
    "grey of noise": lambda: bmp(320, 240, noise(80_000), bits=8, more=GREYS, offset=1078),
}
