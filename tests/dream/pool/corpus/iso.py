"""Hostile AVIFs and HEICs: boxes in boxes, and what they say of each other."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import pillow_heif

from tests.dream.pool.corpus.making import MEGABYTE, Make, exif, half, noise, sound

pillow_heif.register_heif_opener()


def box(kind: bytes, *parts: bytes | bytearray, length: int | None = None) -> bytes:
    """A box, which says it is of another length if one is given."""
    body = b"".join(parts)
    return struct.pack(">I4s", len(body) + 8 if length is None else length, kind) + body


def full(kind: bytes, *parts: bytes | bytearray, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def _sides(width: int, height: int) -> bytes:
    return full(b"ispe", struct.pack(">II", width, height))


@dataclass(frozen=True)
class Item:
    """One picture of a file, or what belongs to it.

    Attributes:
        kind: Such as `hvc1`, `av01`, `grid` or `Exif`.
        data: What lies in the file.
        properties: Boxes that describe it.
        of: Kinds of reference, and the numbers of the items it refers to; the first is 1.
        place: Where it says it lies, and how much of it, if that is a lie.
        again: It lies where the one before it lies.
        hidden: It is no picture of its own.
    """

    kind: bytes
    data: bytes = b""
    properties: tuple[bytes, ...] = ()
    of: tuple[tuple[bytes, tuple[int, ...]], ...] = ()
    place: tuple[int, int] | None = None
    again: bool = False
    hidden: bool = False


HEIC, AVIF = b"heic", b"avif"


def iso(brand: bytes, *items: Item, first: int = 1, extents: int = 1) -> bytes:
    """A file of these items, shown by the first of them or another."""
    start = box(b"ftyp", brand, bytes(4), b"mif1", brand)
    length = len(start) + len(_meta(items, 0, first, extents))
    data = box(b"mdat", *(item.data for item in items if not item.again))
    return start + _meta(items, length + 8, first, extents) + data


def _meta(items: Sequence[Item], at: int, first: int, extents: int) -> bytes:
    places, names, links = bytearray(), bytearray(), bytearray()
    shared = list[bytes]()
    tied = bytearray(struct.pack(">I", len(items)))
    for number, item in enumerate(items, 1):
        before = len(item.data) if item.again else 0
        offset, length = item.place or (at - before, len(item.data))
        places += struct.pack(">HHHH", number, 0, 0, extents)
        places += struct.pack(">II", offset, length) * extents
        at += len(item.data) - before
        name = struct.pack(">HH4sx", number, 0, item.kind)
        names += full(b"infe", name, version=2, flags=item.hidden)
        for kind, others in item.of:
            links += box(kind, struct.pack(f">HH{len(others)}H", number, len(others), *others))
        tied += struct.pack(">HB", number, len(item.properties))
        for each in item.properties:
            if each not in shared:
                shared.append(each)
            tied += struct.pack(">H", 0x8000 | (shared.index(each) + 1))
    return full(
        b"meta",
        full(b"hdlr", bytes(4), b"pict", bytes(13)),
        full(b"pitm", struct.pack(">H", first)),
        full(b"iloc", b"\x44\0", struct.pack(">H", len(items)), places, version=1),
        full(b"iinf", struct.pack(">H", len(items)), names),
        full(b"iref", links),
        box(b"iprp", box(b"ipco", *shared), full(b"ipma", tied, flags=1)),
    )


def _boxes(data: bytes) -> dict[bytes, bytes]:
    """What the boxes of a file hold, the last of each kind, however deep they lie."""
    found = dict[bytes, bytes]()
    at = 0
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        found[kind] = data[at + 8 : at + length]
        skip = {b"meta": 4, b"iprp": 0, b"ipco": 0}.get(kind)
        if skip is not None:
            found |= _boxes(found[kind][skip:])
        at += max(length, 8)
    return found


CODED = {HEIC: (b"hvc1", b"hvcC", "HEIF"), AVIF: (b"av01", b"av1C", "AVIF")}


@cache
def coded(
    brand: bytes, size: tuple[int, int] = (64, 64), said: tuple[int, int] | None = None
) -> Item:
    """A sound picture of 64×64 as an item, which says it is of another size."""
    kind, config, form = CODED[brand]
    boxes = _boxes(sound(form, size, quality=50, speed=10))
    return Item(kind, boxes[b"mdat"], (box(config, boxes[config]), _sides(*(said or size))))


def _grid(brand: bytes, sides: int, *, side: int = 64, tiles: int | None = None) -> bytes:
    """A square picture made of square tiles, all of them at the same place, or of so many."""
    tiles = sides**2 if tiles is None else tiles
    size = (side * sides, side * sides)
    data = struct.pack(">BBBBII", 0, 1, sides - 1, sides - 1, *size)
    tile = replace(coded(brand, (side, side)), hidden=True)
    grid = Item(b"grid", data, (_sides(*size),), ((b"dimg", tuple(range(2, tiles + 2))),))
    return iso(brand, grid, tile, *[replace(tile, again=True)] * (tiles - 1))


def _grid_of(brand: bytes, size: tuple[int, int], tiles: tuple[int, ...]) -> bytes:
    """A picture that says it is made of four tiles."""
    data = struct.pack(">BBBBII", 0, 1, 1, 1, *size)
    grid = Item(b"grid", data, (_sides(128, 128),), ((b"dimg", tiles),))
    return iso(brand, grid, *[coded(brand)] * 4)


def _overlay(brand: bytes, size: tuple[int, int], times: int) -> bytes:
    """A picture with another one laid over it, again and again, and far away."""
    data = struct.pack(">BB4HII", 0, 1, 0, 0, 0, 65535, *size)
    data += struct.pack(">ii", -(2**31), 2**31 - 1) * times
    over = Item(b"iovl", data, (_sides(*size),), ((b"dimg", (2,) * times),))
    return iso(brand, over, coded(brand))


def _turned(brand: bytes, *properties: bytes) -> bytes:
    item = coded(brand)
    return iso(brand, Item(item.kind, item.data, item.properties + properties))


def _nested(depth: int) -> bytes:
    inner = b""
    for _ in range(depth):
        inner = box(b"iprp", inner)
    return box(b"ftyp", b"heic", bytes(4), b"mif1heic") + full(b"meta", inner)


def _of(brand: bytes, form: str) -> dict[str, Make]:
    """Those that there are of either kind."""
    start = box(b"ftyp", brand, bytes(4), b"mif1", brand)

    def item() -> Item:
        return coded(brand)

    return {
        f"{form}, a beginning and no more": lambda: start,
        f"{form}, boxes of no length": lambda: start + box(b"meta", length=0) + bytes(100),
        f"{form}, boxes of length 1": lambda: start + box(b"meta", bytes(8), length=1),
        f"{form}, a box of 2⁶³": lambda: start + box(b"meta", struct.pack(">Q", 2**63), length=1),
        f"{form}, a box shorter than its head": lambda: start + box(b"meta", bytes(9), length=4),
        f"{form}, a box longer than all": lambda: start + box(b"meta", bytes(9), length=2**32 - 1),
        f"{form}, nothing in its box": lambda: start + full(b"meta"),
        f"{form}, half a picture": lambda: half(sound(CODED[brand][2], (640, 480))),
        f"{form}, no picture": lambda: iso(brand, first=7),
        f"{form}, data that is not there": lambda: iso(
            brand, Item(item().kind, b"", item().properties, place=(2**32 - 9, 2**32 - 1))
        ),
        f"{form}, data of nothing": lambda: iso(brand, Item(item().kind, b"", item().properties)),
        f"{form}, data of noise": lambda: iso(
            brand, Item(item().kind, noise(900), item().properties)
        ),
        f"{form}, data in 65535 pieces": lambda: iso(brand, item(), extents=65535),
        f"{form}, no properties": lambda: iso(brand, Item(item().kind, item().data)),
        f"{form}, hundreds of properties": lambda: _turned(
            brand, *[_sides(9, i + 9) for i in range(250)]
        ),
        f"{form}, sides of 2³² - 1": lambda: iso(brand, coded(brand, said=(2**32 - 1, 2**32 - 1))),
        f"{form}, sides of nothing": lambda: iso(brand, coded(brand, said=(0, 0))),
        f"{form}, 50 megapixels said, and 64×64 there": lambda: iso(
            brand, coded(brand, said=(7071, 7071))
        ),
        f"{form}, 64×64 said, and 16 megapixels there": lambda: iso(
            brand, coded(brand, (4096, 4096), said=(64, 64))
        ),
        f"{form}, a grid of 900 tiles": lambda: _grid(brand, 30),
        f"{form}, a grid of 11664 tiles": lambda: _grid(brand, 108),
        f"{form}, a grid of 65025 tiles": lambda: _grid(brand, 255),
        f"{form}, a grid of 44 megapixels": lambda: _grid(brand, 13, side=512),
        f"{form}, a grid of 67 megapixels": lambda: _grid(brand, 16, side=512),
        f"{form}, a grid that lacks tiles": lambda: _grid(brand, 100, tiles=9),
        f"{form}, a grid of 2³²": lambda: _grid_of(brand, (2**32 - 1, 2**32 - 1), (2, 3, 4, 5)),
        f"{form}, a grid without tiles": lambda: _grid_of(brand, (128, 128), ()),
        f"{form}, a grid of one tile": lambda: _grid_of(brand, (128, 128), (2,) * 4),
        f"{form}, a grid of itself": lambda: _grid_of(brand, (128, 128), (1,) * 4),
        f"{form}, a grid that breaks off": lambda: iso(
            brand, Item(b"grid", b"\0", (_sides(64, 64),), ((b"dimg", (2,)),)), item()
        ),
        f"{form}, two that are each the other": lambda: iso(
            brand,
            Item(b"iden", b"", (_sides(64, 64),), ((b"dimg", (2,)),)),
            Item(b"iden", b"", (_sides(64, 64),), ((b"dimg", (1,)),)),
        ),
        f"{form}, a chain of 1000 that are each the next": lambda: iso(
            brand,
            *(Item(b"iden", b"", (_sides(64, 64),), ((b"dimg", (i + 2,)),)) for i in range(1000)),
            item(),
        ),
        f"{form}, laid over it 900 times": lambda: _overlay(brand, (7000, 7000), 900),
        f"{form}, cut by ratios of zero": lambda: _turned(brand, box(b"clap", bytes(32))),
        f"{form}, cut to more than there is": lambda: _turned(
            brand, box(b"clap", struct.pack(">8I", 2**31, 1, 2**31, 1, 0, 1, 0, 1))
        ),
        f"{form}, turned 99 times": lambda: _turned(brand, *[box(b"irot", b"\1")] * 99),
        f"{form}, a profile of noise": lambda: _turned(brand, box(b"colr", b"prof", noise(900))),
        f"{form}, bits there are not": lambda: _turned(brand, full(b"pixi", b"\xff" * 256)),
        f"{form}, alpha of itself": lambda: iso(
            brand,
            item(),
            Item(
                item().kind,
                item().data,
                (
                    *item().properties,
                    full(b"auxC", b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0"),
                ),
                ((b"auxl", (1, 2)),),
            ),
        ),
        f"{form}, a thumbnail of 16 megapixels": lambda: iso(
            brand,
            item(),
            Item(
                item().kind,
                coded(brand, (4096, 4096)).data,
                coded(brand, (4096, 4096)).properties,
                ((b"thmb", (1,)),),
            ),
        ),
        f"{form}, EXIF that bites its tail": lambda: iso(
            brand,
            item(),
            Item(
                b"Exif",
                bytes(4) + exif((274, 3, 1, 6), (34665, 4, 1, 8), following=8),
                of=((b"cdsc", (1,)),),
            ),
        ),
        f"{form}, a film that is none": lambda: (
            box(b"ftyp", b"avis" if brand == AVIF else b"hevc")
            + box(b"moov", box(b"trak", bytes(100)))
        ),
        f"{form}, thousands of pictures": lambda: iso(brand, *[item()] * 5000),
    }


FILES: dict[str, Make] = {
    **_of(HEIC, "HEIC"),
    **_of(AVIF, "AVIF"),
    "AVIF, 48 megapixels": lambda: iso(AVIF, coded(AVIF, (6912, 6912))),
    "HEIC, boxes ten thousand deep": lambda: _nested(10_000),
    "HEIC, 20 MB of free space": lambda: sound("HEIF") + box(b"free", bytes(20 * MEGABYTE)),
    "HEIC, a picture of the other kind": lambda: iso(HEIC, coded(AVIF)),
    "AVIF, a picture of the other kind": lambda: iso(AVIF, coded(HEIC)),
}
