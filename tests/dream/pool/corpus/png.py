"""Hostile PNGs."""

import struct
import zlib
from itertools import chain, repeat

from tests.dream.deep_files import chunk
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

SIGNATURE = b"\x89PNG\r\n\x1a\n"
END = chunk(b"IEND", b"")


def header(
    width: int, height: int, *, bits: int = 8, colours: int = 0, method: int = 0, adam7: int = 0
) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colours, method, 0, adam7))


def png(ihdr: bytes, *chunks: bytes, pixels: bytes = b"", after: bytes = b"") -> bytes:
    """A PNG of that header; `pixels` is what its IDAT holds, deflated already."""
    data = chunk(b"IDAT", pixels)
    return SIGNATURE + ihdr + b"".join(chunks) + data + after + END


def small(*chunks: bytes, after: bytes = b"") -> bytes:
    """Four by four grey pixels, with other chunks before and after them."""
    return png(header(4, 4), *chunks, pixels=zlib.compress(bytes(20)), after=after)


def _largest(bits: int, colours: int, channels: int, adam7: int = 0) -> bytes:
    """A small file of as many pixels as are opened."""
    width, height = MOST_SIDES
    length = height * (1 + width * channels * bits // 8) + 64 * 1024 * adam7
    ihdr = header(width, height, bits=bits, colours=colours, adam7=adam7)
    return png(ihdr, pixels=deflated(length))


def _film(frames: int, *more: bytes, width: int = 4) -> bytes:
    """An APNG that says how many frames it has."""
    control = struct.pack(">IIIIIHHBB", 0, width, 4, 0, 0, 1, 10, 0, 0)
    return small(
        chunk(b"acTL", struct.pack(">II", frames, 0)), chunk(b"fcTL", control), after=b"".join(more)
    )


def _frames(number: int) -> bytes:
    def frame(i: int) -> bytes:
        control = struct.pack(">IIIIIHHBB", 2 * i + 1, 4, 4, 0, 0, 1, 10, 0, 0)
        pixels = struct.pack(">I", 2 * i + 2) + zlib.compress(bytes(20))
        return chunk(b"fcTL", control) + chunk(b"fdAT", pixels)

    return b"".join(map(frame, range(number)))


def _another_check(data: bytes, name: bytes) -> bytes:
    """The file with a wrong checksum after that chunk."""
    at = data.index(name)
    (length,) = struct.unpack_from(">I", data, at - 4)
    end = at + 4 + length
    return data[:end] + bytes(byte ^ 255 for byte in data[end : end + 4]) + data[end + 4 :]


def _palette(entries: int, *chunks: bytes) -> bytes:
    rows = b"".join(b"\0" + bytes([200] * 4) for _ in range(4))
    ihdr = header(4, 4, colours=3)
    table = [chunk(b"PLTE", bytes(3 * entries))] if entries else []
    return png(ihdr, *table, *chunks, pixels=zlib.compress(rows))


FILES: dict[str, Make] = {
    "nothing but a signature": lambda: SIGNATURE,
    "no header": lambda: SIGNATURE + chunk(b"IDAT", zlib.compress(bytes(20))) + END,
    "no pixels": lambda: SIGNATURE + header(4, 4) + END,
    "no width": lambda: png(header(0, 4), pixels=zlib.compress(bytes(20))),
    "sides of 2³¹ - 1": lambda: png(header(2**31 - 1, 2**31 - 1), pixels=deflated(MEGABYTE)),
    "sides of 2³² - 1": lambda: png(header(2**32 - 1, 2**32 - 1), pixels=deflated(MEGABYTE)),
    "one row of 2³¹ - 1": lambda: png(header(2**31 - 1, 1), pixels=deflated(MEGABYTE)),
    "one row of 49 million": lambda: png(header(49_000_000, 1, bits=16, colours=6)),
    "one column of 49 million": lambda: png(header(1, 49_000_000), pixels=deflated(98_000_000)),
    "more promised than there is": lambda: png(header(*MOST_SIDES, colours=6), pixels=deflated(99)),
    "a header of endless length": lambda: SIGNATURE + b"\xff\xff\xff\xffIHDR" + bytes(40),
    "a header of one byte": lambda: SIGNATURE + chunk(b"IHDR", b"\1") + END,
    "two headers, the second larger": lambda: small(header(*MOST_SIDES)),
    "a wrong checksum of its header": lambda: _another_check(small(), b"IHDR"),
    "a wrong checksum of its pixels": lambda: _another_check(small(), b"IDAT"),
    "colours there are not": lambda: png(header(4, 4, colours=7), pixels=deflated(80)),
    "bits there are not": lambda: png(header(4, 4, bits=255), pixels=deflated(80)),
    "a way of packing there is not": lambda: png(header(4, 4, method=9), pixels=deflated(80)),
    "a bomb for pixels": lambda: png(header(16, 16), pixels=deflated(300 * MEGABYTE)),
    "a bomb of two layers": lambda: png(header(16, 16), pixels=zlib.compress(deflated(MEGABYTE))),
    "50 megapixels of RGBA": lambda: _largest(8, 6, 4),
    "50 megapixels of 16 bits, grey": lambda: _largest(16, 0, 1),
    "50 megapixels of 16 bits, interlaced": lambda: _largest(16, 6, 4, adam7=1),
    "50 megapixels of one bit": lambda: _largest(1, 0, 1),
    "pixels that break off": lambda: half(sound("PNG", (640, 480))),
    "pixels of noise": lambda: png(header(64, 64), pixels=noise(4000)),
    "a stream that breaks off": lambda: png(header(64, 64), pixels=zlib.compress(noise(9000))[:99]),
    "filters there are not": lambda: png(header(4, 4), pixels=zlib.compress(b"\xff" * 20)),
    "a million parts": lambda: small(after=chunk(b"IDAT", b"") * 1_000_000),
    "a million texts": lambda: small(chunk(b"tEXt", b"k\0v") * 1_000_000),
    "texts of 100 MB": lambda: small(chunk(b"zTXt", b"k\0\0" + deflated(MEGABYTE - 1)) * 100),
    "a text that is a bomb": lambda: small(chunk(b"zTXt", b"k\0\0" + deflated(300 * MEGABYTE))),
    "a profile that is a bomb": lambda: small(chunk(b"iCCP", b"k\0\0" + deflated(300 * MEGABYTE))),
    "a chunk of endless length": lambda: small(b"\xff\xff\xff\xfetEXtk\0v"),
    "a chunk of no name": lambda: small(chunk(bytes(4), b"x"), chunk(b"\xff" * 4, b"")),
    "no palette": lambda: _palette(0),
    "a palette of 1000": lambda: _palette(1000),
    "colours beyond its palette": lambda: _palette(2),
    "more clear colours than colours": lambda: _palette(2, chunk(b"tRNS", bytes(1000))),
    "gamma, white and size of zero": lambda: small(
        chunk(b"gAMA", bytes(4)), chunk(b"cHRM", bytes(32)), chunk(b"pHYs", bytes(9))
    ),
    "chunks of half a byte": lambda: small(*(chunk(n, b"\1") for n in (b"gAMA", b"pHYs", b"tRNS"))),
    "4 billion frames": lambda: _film(2**32 - 1),
    "no frames": lambda: _film(0),
    "100 thousand frames": lambda: _film(100_000, _frames(100_000)),
    "a frame beyond its canvas": lambda: _film(2, width=2**31 - 1),
    "frames out of order": lambda: _film(3, *reversed([_frames(1), chunk(b"fdAT", b"\0\0")])),
    "frames without pixels": lambda: (
        SIGNATURE
        + header(4, 4)
        + chunk(b"acTL", struct.pack(">II", 5, 0))
        + b"".join(chain(repeat(chunk(b"fcTL", bytes(26)), 5)))
        + END
    ),
    **holding("EXIF", EXIFS, lambda data: small(chunk(b"eXIf", data))),
    **holding(
        "a profile",
        PROFILES,
        lambda data: png(
            header(4, 4, bits=16, colours=2),
            chunk(b"iCCP", b"k\0\0" + zlib.compress(data)),
            pixels=zlib.compress(bytes(100)),
        ),
    ),
}
