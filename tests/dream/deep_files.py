"""Files of 16 bits a channel, written plainly: what reads them is judged by another's work."""

import struct
import zlib

import numpy as np
import numpy.typing as npt

Levels = npt.NDArray[np.uint16]

_COLOURS = {1: 0, 2: 4, 3: 2, 4: 6}
"""A PNG's colour type, by the number of channels."""

_PASSES = [
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
]
"""Of Adam7: first column and row, and the way to the next ones."""


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(levels: Levels, *chunks: bytes, filters: str = "01234", adam7: bool = False) -> bytes:
    """A PNG of height x width x channels.

    Args:
        levels: 1 channel (grey), 2 (with alpha), 3 (colours) or 4 (with alpha).
        chunks: What stands before the pixels.
        filters: Of the rows, again and again.
        adam7: Whether to interlace.
    """
    height, width, channels = levels.shape
    parts = [levels[y::dy, x::dx] for x, y, dx, dy in _PASSES] if adam7 else [levels]
    rows = b"".join(_filtered(part, filters) for part in parts if part.size)
    header = struct.pack(">IIBBBBB", width, height, 16, _COLOURS[channels], 0, 0, adam7)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(chunks)
    return start + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def _filtered(levels: Levels, filters: str) -> bytes:
    height, width, channels = levels.shape
    far = 2 * channels
    rows = levels.astype(">u2").tobytes()
    length = width * far
    above = bytes(length)
    filtered = bytearray()
    for y in range(height):
        row = rows[y * length : (y + 1) * length]
        kind = int(filters[y % len(filters)])
        filtered.append(kind)
        for i in range(length):
            left, corner = (row[i - far], above[i - far]) if i >= far else (0, 0)
            guess = left + above[i] - corner
            nearest = min((left, above[i], corner), key=lambda byte: abs(guess - byte))
            less = [0, left, above[i], (left + above[i]) // 2, nearest][kind]
            filtered.append((row[i] - less) % 256)
        above = row
    return bytes(filtered)


def tiff(
    levels: Levels,
    order: str = "<",
    *,
    deflated: bool = False,
    apart: bool = False,
    tags: dict[int, tuple[int, ...]] | None = None,
    profile: bytes = b"",
) -> bytes:
    """A TIFF of height x width x channels.

    Args:
        levels: 1, 3 or 4 channels.
        order: Of the bytes, < or >.
        deflated: Whether compressed.
        apart: Whether each channel has a plane of its own.
        tags: More of them, or others; numbers below 65536.
        profile: ICC.
    """
    height, width, channels = levels.shape
    planes = [levels[..., i] for i in range(channels)] if apart else [levels]
    strips = [plane.astype(f"{order}u2").tobytes() for plane in planes]
    strips = [zlib.compress(strip) if deflated else strip for strip in strips]
    at = 8 + len(profile) % 2 + len(profile)
    offsets = [
        at + sum(len(strip) + len(strip) % 2 for strip in strips[:i]) for i in range(len(strips))
    ]
    data = bytes(len(profile) % 2) + profile
    data += b"".join(strip + bytes(len(strip) % 2) for strip in strips)
    entries: dict[int, tuple[str, tuple[int, ...]]] = {
        256: ("H", (width,)),
        257: ("H", (height,)),
        258: ("H", (16,) * channels),
        259: ("H", (8 if deflated else 1,)),
        262: ("H", (1 if channels == 1 else 2,)),
        273: ("I", tuple(offsets)),
        277: ("H", (channels,)),
        278: ("H", (height,)),
        279: ("I", tuple(len(strip) for strip in strips)),
        284: ("H", (2 if apart else 1,)),
    }
    if channels == 4:
        entries[338] = ("H", (2,))
    for tag, values in (tags or {}).items():
        entries[tag] = ("H", values)
    directory = 8 + len(data)
    beyond = directory + 2 + 12 * (len(entries) + bool(profile)) + 4
    lines, more = [], b""
    for tag, (kind, values) in sorted(entries.items()):
        packed = struct.pack(f"{order}{len(values)}{kind}", *values)
        if len(packed) > 4:
            packed, more = struct.pack(f"{order}I", beyond + len(more)), more + packed
        number = {"H": 3, "I": 4}[kind]
        lines.append(struct.pack(f"{order}HHI", tag, number, len(values)) + packed.ljust(4, b"\0"))
    if profile:
        lines.append(struct.pack(f"{order}HHII", 34675, 7, len(profile), 8 + len(profile) % 2))
    start = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, directory)
    count = struct.pack(f"{order}H", len(lines))
    return start + data + count + b"".join(lines) + bytes(4) + more


def profile(curves: list[bytes], columns: list[list[float]] | None) -> bytes:
    """An ICC profile of such curves, and of the XYZ of red, green and blue; None for grey."""
    names = [b"kTRC"] if columns is None else [b"rTRC", b"gTRC", b"bTRC"]
    tags = dict(zip(names, curves, strict=True))
    for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns or [], strict=False):
        tags[name] = b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(65536 * x) for x in column))
    tags[b"wtpt"] = b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)
    return icc(b"GRAY" if columns is None else b"RGB ", b"XYZ ", tags)


def icc(space: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    """An ICC profile of a display with these tags."""
    tags = {name: tag + bytes(-len(tag) % 4) for name, tag in tags.items()}
    at = 132 + 12 * len(tags)
    table = struct.pack(">I", len(tags))
    for name, tag in tags.items():
        table += struct.pack(">4sII", name, at, len(tag))
        at += len(tag)
    head = struct.pack(">I4sI4s4s4s", at, bytes(4), 0x04200000, b"mntr", space, connection)
    head += bytes(12) + b"acsp" + bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + table + b"".join(tags.values())


def sampled(*points: int) -> bytes:
    """A curve of points; one alone is a power, in 256ths."""
    return b"curv\0\0\0\0" + struct.pack(f">I{len(points)}H", len(points), *points)


def parametric(kind: int, *values: float) -> bytes:
    """A curve of that formula."""
    numbers = [round(65536 * value) for value in values]
    return b"para\0\0\0\0" + struct.pack(f">HH{len(values)}i", kind, 0, *numbers)
