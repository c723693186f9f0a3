"""Hostile GIFs."""

import struct

from tests.dream.pool.corpus.making import MEGABYTE, Make, half, noise, sound


def blocks(data: bytes) -> bytes:
    """Data in blocks, with the empty one at their end."""
    parts = (data[at : at + 255] for at in range(0, len(data), 255))
    return b"".join(bytes([len(part)]) + part for part in parts) + b"\0"


PIXEL = blocks(b"\x44\x01")
"""One pixel, as LZW of at least two bits has it."""


def gif(
    *parts: bytes, size: tuple[int, int] = (4, 4), flags: int = 0x80, end: bytes = b";"
) -> bytes:
    palette = bytes(3 << (flags & 7) + 1) if flags & 0x80 else b""
    screen = struct.pack("<HHBBB", *size, flags, 0, 0)
    return b"GIF89a" + screen + palette + b"".join(parts) + end


def frame(
    width: int = 1,
    height: int = 1,
    *,
    left: int = 0,
    top: int = 0,
    flags: int = 0,
    least: int = 2,
    data: bytes = PIXEL,
) -> bytes:
    """A picture; `data` are its blocks, of codes of at least that many bits."""
    return b"," + struct.pack("<HHHHBB", left, top, width, height, flags, least) + data


def _codes(width: int, *codes: int) -> bytes:
    """Codes of one width, packed from the lowest bit on."""
    number = sum(code << (width * i) for i, code in enumerate(codes))
    return number.to_bytes((width * len(codes) + 7) // 8, "little")


def _bomb(pixels: int) -> bytes:
    """LZW of that many equal pixels at least: each code stands for one more than that before."""
    packed, bits, held, width, code, done = bytearray(), 0, 0, 9, 258, 1
    queue = [(256, 9), (0, 9)]
    while done < pixels:
        if code == 1 << width and width < 12:
            width += 1
        queue.append((code, width))
        done += code - 256
        code += 1
        if code == 4095:
            queue += [(256, width), (0, 9)]
            width, code = 9, 258
            done += 1
    for each, size in [*queue, (257, width)]:
        bits |= each << held
        held += size
        while held >= 8:
            packed.append(bits & 255)
            bits, held = bits >> 8, held - 8
    return blocks(bytes(packed) + bytes([bits & 255]))


CONTROL = b"!\xf9\4\x09\0\0\0\0"
"""The first colour is clear, and the frame goes away before the next."""

FILES: dict[str, Make] = {
    "a signature and no more": lambda: b"GIF89a",
    "no frames": gif,
    "a screen of 65535 for one pixel": lambda: gif(frame(), size=(65535, 65535)),
    "a screen of nothing": lambda: gif(frame(), size=(0, 0)),
    "50 megapixels of screen for one pixel": lambda: gif(frame(), size=(7071, 7071)),
    "a frame larger than its screen": lambda: gif(frame(65535, 65535)),
    "a frame of 50 megapixels on 4×4": lambda: gif(frame(7071, 7071)),
    "a frame beside its screen": lambda: gif(frame(left=65535, top=65535)),
    "a frame that grows its screen": lambda: gif(frame(9, 9), frame(7000, 7000, left=60_000)),
    "a frame of nothing": lambda: gif(frame(0, 0)),
    "a bomb of 50 megapixels": lambda: gif(
        frame(7071, 7071, least=8, data=_bomb(50_000_000)), size=(7071, 7071), flags=0x87
    ),
    "a bomb that goes on": lambda: gif(frame(4, 4, least=8, data=_bomb(50_000_000)), flags=0x87),
    "codes of no bits": lambda: gif(frame(least=0)),
    "codes of 12 bits": lambda: gif(frame(least=12)),
    "codes of 255 bits": lambda: gif(frame(least=255)),
    "codes beyond its table": lambda: gif(frame(4, 4, data=blocks(_codes(3, 4, 7, 7, 7, 6, 5)))),
    "codes of noise": lambda: gif(frame(64, 64, least=8, data=blocks(noise(9000))), size=(64, 64)),
    "nothing but fresh starts": lambda: gif(
        frame(64, 64, data=blocks(_codes(3, *[4] * 8000) * 500)), size=(64, 64)
    ),
    "no end": lambda: gif(frame(), end=b""),
    "no end of its blocks": lambda: gif(frame(data=b"\xff" + bytes(10)), end=b""),
    "half a picture": lambda: half(sound("GIF", (640, 480))),
    "100 thousand frames": lambda: gif(frame() * 100_000),
    "100 thousand clear frames": lambda: gif((CONTROL + frame()) * 100_000),
    "a first frame that goes away": lambda: gif(CONTROL, frame(4, 4), frame()),
    "a comment of 20 MB": lambda: gif(b"!\xfe" + blocks(bytes(20 * MEGABYTE)), frame()),
    "a comment in millions of parts": lambda: gif(
        b"!\xfe" + b"\1c" * (5 * MEGABYTE) + b"\0", frame()
    ),
    "a million extensions": lambda: gif(b"!\x42\0" * 1_000_000, frame()),
    "a million loops": lambda: gif(b"!\xff\x0bNETSCAPE2.0\3\1\xff\xff\0" * 1_000_000, frame()),
    "an extension without its parts": lambda: gif(b"!\xf9\0!\xff\0!\x01\0", frame()),
    "a million empty blocks": lambda: gif(bytes(1_000_000), frame()),
    "no palette": lambda: gif(frame(4, 4), flags=0),
    "colours beyond its palette": lambda: gif(
        frame(64, 64, least=8, data=_bomb(4096)), size=(64, 64), flags=0x80
    ),
    "its lines in another order": lambda: gif(frame(1, 65535, flags=0x40), size=(1, 65535)),
}
