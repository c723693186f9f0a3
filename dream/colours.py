"""Pixels of any mode and colour profile, turned into 8-bit sRGB and alpha."""

import math
import struct
import zlib
from collections.abc import Callable
from functools import cache
from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

from dream.depth import strips

Eight = npt.NDArray[np.uint8]

BROKEN = (
    OSError,  # most of Pillow's complaints, UnidentifiedImageError among them
    SyntaxError,  # its readers' own
    ValueError,
    TypeError,
    LookupError,  # an index or key beyond what the file has
    AttributeError,
    AssertionError,
    ArithmeticError,  # sizes and ratios of zero, or beyond C's integers
    EOFError,
    RuntimeError,  # pillow_heif's, and recursion without end
    MemoryError,  # a small file that asks for far more than its pixels need
    struct.error,
    zlib.error,
)
"""What readers raise when a file breaks off, lies or contradicts itself."""


def pixels(image: Image.Image) -> tuple[Eight, Eight | None]:
    """Colours, height x width x 3 in sRGB, and alpha, height x width, of a loaded image.

    Taken for sRGB already where the colour profile is missing or unusable.
    """
    profile = image.info.get("icc_profile")
    scale = _scale(image) if image.mode in ("I", "F") else (0.0, 255.0)
    rgb = np.empty((image.height, image.width, 3), np.uint8)
    alpha = None
    convert = None
    for rows in strips(image.height, image.width):
        part = image.crop((0, rows.start, image.width, rows.stop))
        if part.mode.startswith(("I", "F")):
            part = _eight_bits(part, *scale)
        colours, clear = _parts(part)
        convert = convert or _to_srgb(colours.mode, profile)
        rgb[rows] = np.asarray(convert(colours))
        if clear is not None:
            alpha = np.empty(rgb.shape[:2], np.uint8) if alpha is None else alpha
            alpha[rows] = np.asarray(clear)
    return rgb, alpha


def usable(profile: bytes | None, mode: str) -> bytes | None:
    """The profile, if colours of that mode can be converted by it."""
    return profile if profile and _transform(mode, profile) else None


def _parts(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Colours (L, RGB, CMYK or LAB) and alpha of an image of 8 bits a channel or less."""
    alpha = None
    if image.has_transparency_data:
        grey = image.mode in ("1", "L", "LA", "La")
        image = image.convert("LA" if grey else "RGBA")
        alpha = image.getchannel("A")
    if image.mode not in ("L", "RGB", "CMYK", "LAB"):
        image = image.convert("L" if image.mode in ("1", "LA") else "RGB")
    return image, alpha


def _scale(image: Image.Image) -> tuple[float, float]:
    """What is black and what is white in integers of 32 bits or in floats.

    They have no agreed white: floats within 0 to 1 keep that scale, whatever else is stretched
    from its least to its largest value.
    """
    least, most = math.inf, -math.inf
    for rows in strips(image.height, image.width):
        values = _values(image.crop((0, rows.start, image.width, rows.stop)))
        least, most = min(least, float(values.min())), max(most, float(values.max()))
    return (0.0, 1.0) if image.mode == "F" and least >= 0 and most <= 1 else (least, most)


def _values(image: Image.Image) -> npt.NDArray[np.float32]:
    return np.nan_to_num(np.array(image).astype(np.float32))


def _eight_bits(image: Image.Image, least: float, most: float) -> Image.Image:
    """Grey of more than 8 bits, scaled rather than clipped, with its alpha.

    Args:
        image: Of 16 bits, which lose their lower half; or of wider integers or floats.
        least: What is black in the latter.
        most: What is white.
    """
    if image.mode.startswith("I;16"):
        values = np.array(image)
        clear = image.info.get("transparency")
        grey = Image.fromarray((values >> 8).astype(np.uint8))
        if isinstance(clear, int):
            grey.putalpha(Image.fromarray(np.where(values == clear, 0, 255).astype(np.uint8)))
        return grey
    shown = (_values(image) - least) * (255 / max(most - least, 1e-9))
    return Image.fromarray(shown.round().astype(np.uint8))


def _to_srgb(mode: str, profile: bytes | None) -> Callable[[Image.Image], Image.Image]:
    """What makes sRGB of colours of that mode."""
    transform = _transform(mode, profile)
    if transform is None:
        return lambda colours: colours.convert("RGB")

    def convert(colours: Image.Image) -> Image.Image:
        converted = ImageCms.applyTransform(colours, transform)
        assert converted is not None
        return converted

    return convert


def _transform(mode: str, profile: bytes | None) -> ImageCms.ImageCmsTransform | None:
    """From the profile to sRGB; None where it is missing, broken or for other colours."""
    try:
        if mode == "LAB":
            source = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
        elif profile:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
        else:
            return None
        return ImageCms.buildTransform(
            source,
            _srgb(),
            mode,
            "RGB",
            renderingIntent=ImageCms.Intent.PERCEPTUAL,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, *BROKEN):
        return None


@cache
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
