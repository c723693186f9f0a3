"""Pixels of any mode and colour profile, turned into 8-bit sRGB and alpha."""

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
    if image.mode.startswith(("I", "F")):
        image = _eight_bits(image)
    rgb = np.empty((image.height, image.width, 3), np.uint8)
    alpha = None
    convert = None
    for rows in strips(image.height, image.width):
        colours, clear = _parts(image.crop((0, rows.start, image.width, rows.stop)))
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


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey of more than 8 bits, scaled rather than clipped, with its alpha.

    16 bits lose their lower half. Wider integers and floats have no agreed white: floats within
    0 to 1 keep that scale, whatever else is stretched from its least to its largest value.
    """
    values = np.array(image)
    if image.mode.startswith("I;16"):
        clear = image.info.get("transparency")
        grey = Image.fromarray((values >> 8).astype(np.uint8))
        if isinstance(clear, int):
            grey.putalpha(Image.fromarray(np.where(values == clear, 0, 255).astype(np.uint8)))
        return grey
    values = np.nan_to_num(values.astype(np.float32))
    least, most = float(values.min()), float(values.max())
    if image.mode == "F" and least >= 0 and most <= 1:
        least, most = 0.0, 1.0
    values = (values - least) * (255 / max(most - least, 1e-9))
    return Image.fromarray(values.round().astype(np.uint8))


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
