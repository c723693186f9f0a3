"""Pixels of any mode and colour profile, turned into 8-bit sRGB and alpha."""

import struct
import zlib
from functools import cache
from io import BytesIO

import numpy as np
from PIL import Image, ImageCms

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


def parts(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Colours (L, RGB, CMYK or LAB) and alpha of a decoded image of any mode."""
    if image.mode.startswith(("I", "F")):
        return _eight_bits(image)
    alpha = None
    if image.has_transparency_data:
        grey = image.mode in ("1", "L", "LA", "La")
        image = image.convert("LA" if grey else "RGBA")
        alpha = image.getchannel("A")
    if image.mode not in ("L", "RGB", "CMYK", "LAB"):
        image = image.convert("L" if image.mode in ("1", "LA") else "RGB")
    return image, alpha


def _eight_bits(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Grey of more than 8 bits, scaled rather than clipped, and its alpha.

    16 bits lose their lower half. Wider integers and floats have no agreed white: floats within
    0 to 1 keep that scale, whatever else is stretched from its least to its largest value.
    """
    values = np.array(image)
    if image.mode.startswith("I;16"):
        clear = image.info.get("transparency")
        alpha = None
        if isinstance(clear, int):
            alpha = Image.fromarray(np.where(values == clear, 0, 255).astype(np.uint8))
        return Image.fromarray((values >> 8).astype(np.uint8)), alpha
    values = np.nan_to_num(values.astype(np.float32))
    least, most = float(values.min()), float(values.max())
    if image.mode == "F" and least >= 0 and most <= 1:
        least, most = 0.0, 1.0
    values = (values - least) * (255 / max(most - least, 1e-9))
    return Image.fromarray(values.round().astype(np.uint8)), None


def in_srgb(colours: Image.Image, profile: bytes | None) -> Image.Image:
    """The colours in sRGB; taken for it already where the profile is missing or unusable."""
    try:
        if colours.mode == "LAB":
            source = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
        elif profile:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
        else:
            return colours if colours.mode == "RGB" else colours.convert("RGB")
        converted = ImageCms.profileToProfile(
            colours,
            source,
            _srgb(),
            renderingIntent=ImageCms.Intent.PERCEPTUAL,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, *BROKEN):
        return colours.convert("RGB")
    assert converted is not None
    return converted


@cache
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
