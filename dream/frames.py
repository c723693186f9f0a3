"""How many frames or pages a picture file has, without decoding them and without end."""

import struct

from PIL import Image

from dream.kinds import Kind

MOST = 1000
"""Frames that are counted; a file with more just has more."""

_MOST_BLOCKS = 1_000_000


def count(kind: Kind, image: Image.Image, data: bytes) -> int:
    """Frames, pages or pictures in an opened file, 1 to `MOST` + 1, the latter for more.

    The two to four views of a stereo or gain-map JPEG are one picture.
    """
    match kind:
        case "GIF":
            frames = _gif(data)
        case "TIFF":
            frames = _tiff(data)
        case "PNG" | "WEBP" | "AVIF" | "HEIF":
            frames = getattr(image, "n_frames", 1)
        case _:
            frames = 1
    return max(1, min(frames, MOST + 1))


def note(kind: Kind, frames: int) -> str:
    """What dreaming only one of them leaves out, to follow “I dreamt”; nothing for one."""
    if frames == 1:
        return ""
    many = f"its {frames}" if frames <= MOST else f"its more than {MOST}"
    match kind:
        case "TIFF":
            return f"only the first of {many} pages"
        case "HEIF":
            return f"only the main one of {many} pictures"
        case _:
            return f"only the first of {many} frames, until films come"


def _gif(data: bytes) -> int:
    """Walks the blocks of a GIF (GIF89a specification, 1990), skipping what they hold."""
    frames = 0
    try:
        at = 13 + _palette(data[10])
        for _ in range(_MOST_BLOCKS):
            if data[at] == 0x2C:
                frames += 1
                at += 11 + _palette(data[at + 9])
            elif data[at] == 0x21:
                at += 2
            elif data[at] == 0:
                at += 1
                continue
            else:
                break
            at = _after_blocks(data, at)
            if frames > MOST:
                break
    except IndexError:
        pass
    return frames


def _palette(flags: int) -> int:
    """Bytes of the palette that such flags announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _after_blocks(data: bytes, at: int) -> int:
    for _ in range(_MOST_BLOCKS):
        if not data[at]:
            return at + 1
        at += data[at] + 1
    return len(data)


def _tiff(data: bytes) -> int:
    """Walks the directories of a TIFF or BigTIFF, leaving out thumbnails."""
    order = "<" if data[:2] == b"II" else ">"
    big = data[2:4] in (b"+\0", b"\0+")
    number, offset, entry = ("Q", "Q", 20) if big else ("H", "I", 12)
    pages, seen = 0, set[int]()
    try:
        (at,) = struct.unpack_from(order + offset, data, 8 if big else 4)
        while at and at not in seen and pages <= MOST and len(seen) <= 2 * MOST:
            seen.add(at)
            (entries,) = struct.unpack_from(order + number, data, at)
            first = at + struct.calcsize(number)
            pages += not _is_thumbnail(data, first, order, big)
            (at,) = struct.unpack_from(order + offset, data, first + entries * entry)
    except (struct.error, OverflowError):
        pass
    return pages


def _is_thumbnail(data: bytes, first: int, order: str, big: bool) -> bool:
    """Whether a directory says so in its first entry: NewSubfileType, the lowest tag in use."""
    tag, _kind = struct.unpack_from(order + "HH", data, first)
    (value,) = struct.unpack_from(order + "I", data, first + (12 if big else 8))
    return bool(tag == 254 and value & 1)
