"""Sixteen bits a channel out of Pillow, which takes one byte of each two.

A PNG or TIFF of such colours is read twice: once for the upper bytes, once for the lower ones,
by asking for them in the other byte order. All of Pillow's care with broken files stays in
place. Left at eight bits are CMYK, colours that are multiplied by their alpha, and compressed
TIFFs with a plane for each channel; so are AVIF and HEIC of ten and twelve bits.
"""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager

import numpy as np
import numpy.typing as npt
from PIL import TiffImagePlugin
from PIL.ImageFile import ImageFile

from dream.depth import strips
from dream.profiles import Shaper, in_srgb

Deep = npt.NDArray[np.uint16]
Opened = Callable[[], AbstractContextManager[ImageFile]]
"""Opens the file anew: its header is read, and nothing else."""

_MOST = 65535

_COLOURS = ("RGB", "RGBA", "RGBX")
_PLANES = ("R", "G", "B", "A")
_GREY_AND_ALPHA = "LA;16B"
"""Names Pillow has for how pixels lie in a file; those of colours end in `;16` and an order."""

_NATIVE = "L" if sys.byteorder == "little" else "B"

_BITS, _PHOTOMETRIC, _PLANAR = 258, 262, 284
"""Tags of a TIFF."""

_WHITE_IS_ZERO = 0
_APART = 2


def is_deep(image: ImageFile) -> bool:
    """Whether a file, opened and not yet loaded, has 16 bits a channel that can be read."""
    return is_grey(image) or bool(_upper(image))


def is_grey(image: ImageFile) -> bool:
    """Whether it has them and no colours."""
    return image.mode.startswith("I;16") or _layouts(image) == [_GREY_AND_ALPHA]


def read(opened: Opened, shaper: Shaper | None) -> tuple[Deep, Deep | None]:
    """The pixels of such a file as it has them, not turned.

    Args:
        opened: Opens it.
        shaper: Its colour profile; None for sRGB.

    Returns:
        Height x width x 3, sRGB; and height x width of alpha, or None.
    """
    with opened() as image:
        if is_grey(image):
            levels, alpha = _grey_and_alpha(image) if image.mode == "RGBA" else _grey(image)
        else:
            levels, alpha = _colours(opened)
    rgb = levels if levels.shape[2] == 3 else np.empty((*levels.shape[:2], 3), np.uint16)
    for rows in strips(*levels.shape[:2]):
        rgb[rows] = in_srgb(levels[rows], shaper) if shaper else levels[rows]
    return rgb, alpha


def _grey(image: ImageFile) -> tuple[Deep, Deep | None]:
    image.load()
    levels: Deep = np.array(image, np.uint16)[..., None]
    clear = image.info.get("transparency")
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        if image.tag_v2.get(_BITS) == (12,):
            levels = np.bitwise_or(levels << 4, levels >> 8)
        if image.tag_v2.get(_PHOTOMETRIC) == _WHITE_IS_ZERO:
            levels = ~levels
    return levels, _keyed(levels, (clear,)) if isinstance(clear, int) else None


def _grey_and_alpha(image: ImageFile) -> tuple[Deep, Deep]:
    """Read as four channels of a byte each, which lie in a file just like two of two."""
    _ask(image, ["RGBA"])
    image.load()
    levels = np.empty((image.height, image.width, 1), np.uint16)
    alpha = np.empty((image.height, image.width), np.uint16)
    for rows in strips(image.height, image.width):
        channels = np.array(image.crop((0, rows.start, image.width, rows.stop))).view(">u2")
        levels[rows, :, 0], alpha[rows] = channels[..., 0], channels[..., 1]
    return levels, alpha


def _colours(opened: Opened) -> tuple[Deep, Deep | None]:
    with opened() as image:
        clear = image.info.get("transparency")
        _ask(image, _upper(image))
        image.load()
        rgb = np.empty((image.height, image.width, 3), np.uint16)
        alpha = np.empty((image.height, image.width), np.uint16) if image.mode == "RGBA" else None
        _put(image, rgb, alpha, sys.byteorder == "little")
    with opened() as image:
        _ask(image, [_swapped(layout) for layout in _upper(image)])
        image.load()
        _put(image, rgb, alpha, sys.byteorder != "little")
    if alpha is None and isinstance(clear, tuple):
        alpha = _keyed(rgb, clear)
    return rgb, alpha


def _put(image: ImageFile, rgb: Deep, alpha: Deep | None, at: int) -> None:
    """Put what was loaded into the first or second byte of each channel."""
    for rows in strips(image.height, image.width):
        loaded = np.asarray(image.crop((0, rows.start, image.width, rows.stop)))
        rgb[rows].view(np.uint8)[..., at::2] = loaded[..., :3]
        if alpha is not None:
            alpha[rows].view(np.uint8)[..., at::2] = loaded[..., 3]


def _keyed(levels: Deep, clear: tuple[int, ...]) -> Deep:
    """Alpha where one colour stands for clear."""
    return np.where((levels == np.array(clear)).all(axis=2), np.uint16(0), np.uint16(_MOST))


def _layouts(image: ImageFile) -> list[str]:
    """How the pixels of each part of a file lie in it, by Pillow's names."""
    args = [tile.args for tile in image.tile]
    return [str(arg[0] if isinstance(arg, tuple) and arg else arg) for arg in args]


def _upper(image: ImageFile) -> list[str]:
    """The layouts that hand out the upper bytes of 16 bits; none where there aren't so many."""
    layouts = [_in_order(image, layout) for layout in _layouts(image)]
    return [layout for layout in layouts if layout] if all(layouts) else []


def _in_order(image: ImageFile, layout: str) -> str | None:
    if isinstance(image, TiffImagePlugin.TiffImageFile) and image.tag_v2.get(_PLANAR) == _APART:
        deep = layout in _PLANES and set(image.tag_v2[_BITS]) == {16}
        return f"{layout};16{'L' if image.tag_v2.prefix == b'II' else 'B'}" if deep else None
    name, _, order = layout.partition(";16")
    if name not in _COLOURS or order not in ("L", "B", "N"):
        return None
    return f"{name};16{_NATIVE if order == 'N' else order}"


def _swapped(layout: str) -> str:
    """The layout that hands out the other bytes."""
    return layout[:-1] + ("B" if layout.endswith("L") else "L")


def _ask(image: ImageFile, layouts: list[str]) -> None:
    """Make an opened file be loaded as if its pixels lay in it so."""
    for i, (tile, layout) in enumerate(zip(image.tile, layouts, strict=True)):
        args = (layout, *tile.args[1:]) if isinstance(tile.args, tuple) else layout
        image.tile[i] = tile._replace(args=args)
