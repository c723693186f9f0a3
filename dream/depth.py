"""Pixels of 8 or of 16 bits a channel, and the floats of 0 to 255 that a dream is made of."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8 | np.uint16]
"""Channels of 8 bits, 0 to 255, or of 16, 0 to 65535: 257 times as much."""

_STRIP = 2**20


def is_deep(pixels: Pixels) -> bool:
    """Whether they have 16 bits a channel."""
    return pixels.dtype == np.uint16


def strips(height: int, width: int) -> Iterator[slice]:
    """Rows of a picture, some million pixels at a time: no step needs a second one whole."""
    rows = max(1, _STRIP // max(1, width))
    return (slice(top, min(top + rows, height)) for top in range(0, height, rows))


def floats(pixels: Pixels) -> npt.NDArray[np.float32]:
    """The same in float32, 0 to 255 whatever the depth."""
    result = pixels.astype(np.float32)
    if is_deep(pixels):
        result /= 257
    return result


def from_float(array: npt.NDArray[np.float32], deep: bool) -> Pixels:
    """The nearest pixels to floats of 0 to 255, what is beyond clipped.

    Args:
        array: Height x width x anything, of any strides.
        deep: Whether to 16 bits a channel; else to 8.
    """
    scale, most, kind = (257, 65535, np.uint16) if deep else (1, 255, np.uint8)
    result: Pixels = np.empty(array.shape, kind)
    for rows in strips(*array.shape[:2]):
        result[rows] = np.rint(array[rows] * np.float32(scale)).clip(0, most)
    return result


def eight_bits(pixels: Pixels) -> npt.NDArray[np.uint8]:
    """The nearest of 8 bits a channel; itself where it has no more.

    Args:
        pixels: Height x width x anything.
    """
    if pixels.dtype == np.uint8:
        return pixels.view(np.uint8)
    result = np.empty(pixels.shape, np.uint8)
    for rows in strips(*pixels.shape[:2]):
        result[rows] = (pixels[rows].astype(np.uint32) + 128) // 257
    return result
