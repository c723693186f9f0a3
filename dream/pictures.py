"""Files to pixels: whatever a file holds becomes an upright 8-bit sRGB picture.

A file is told by its content. Its pixels are counted before any of them is decoded, and whatever
a reader raises about a bad one becomes one of the errors of `dream.errors`.
"""

import math
import struct
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import pillow_heif
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    ExifTags,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from dream import frames
from dream.colours import BROKEN, in_srgb, parts
from dream.encoding import PREVIEW_SIDE, Pixels, encode, preview, recipe_text
from dream.errors import BrokenPicture, DreamError, PictureError, PictureTooLarge, RecipeError
from dream.kinds import TITLES, Kind, kind_of, unread
from dream.recipe import Recipe, Size

__all__ = [
    "DEFAULT_LIMITS",
    "PREVIEW_SIDE",
    "Limits",
    "Picture",
    "Pixels",
    "Probe",
    "check_bytes",
    "decode",
    "encode",
    "preview",
    "probe",
    "read_choices",
    "read_recipe",
    "resize",
]

# Importing a reader registers it; Pillow would otherwise import all it has to find one.
_READERS = (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
pillow_heif.register_heif_opener()

_MOST_SCANS = 500
"""Of a JPEG; hostile ones have thousands, each as slow as the picture is large."""

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes a picture of that EXIF orientation upright."""

_gate = threading.RLock()


@dataclass(frozen=True, slots=True)
class Limits:
    """What is opened at all.

    Attributes:
        bytes: Most of a file.
        pixels: Most of a picture, before any of them is decoded.
    """

    bytes: int = 100 * 2**20
    pixels: int = 50_000_000


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Probe:
    """What a file's header says.

    Attributes:
        format: JPEG, PNG, WEBP, GIF, BMP, TIFF, AVIF or HEIF.
        size: Width and height in pixels of the upright picture.
        frames: Frames or pages; 1001 for more than a thousand.
        note: What dreaming it leaves out, to follow “I dreamt”; nothing for a single picture.
    """

    format: Kind
    size: Size
    frames: int
    note: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as pixels.

    Attributes:
        rgb: Height x width x 3, sRGB, 0 to 255, upright. Where alpha is 0, the mean colour of
            the rest.
        alpha: Height x width, 0 (clear) to 255; None if all of it is opaque.
        note: As in `Probe`.
    """

    rgb: Pixels
    alpha: Pixels | None
    note: str = ""


def check_bytes(data: bytes, limits: Limits) -> None:
    """Do nothing with a file within the limits.

    Raises:
        PictureTooLarge: It has more bytes.
    """
    if len(data) > limits.bytes:
        raise PictureTooLarge(
            f"This file has {_tenths(len(data), 2**20)} MB, and at most "
            f"{math.floor(limits.bytes / 2**20 * 10) / 10:g} MB are opened. Send a smaller one."
        )


def probe(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Probe:
    """What a file's header says, without decoding a pixel.

    Raises:
        PictureError: It can't be read, or is too large.
    """
    with _opened(data, limits) as (kind, image):
        count = frames.count(kind, image, data)
        width, height = image.size
        size = (height, width) if _orientation(kind, image, data) >= 5 else (width, height)
    return Probe(kind, size, count, frames.note(kind, count))


def check_whole(data: bytes, limits: Limits = DEFAULT_LIMITS) -> None:
    """Do nothing with a file whose first frame or page can be decoded to its end.

    Raises:
        PictureError: It can't be read, breaks off, or is too large.
    """
    with _decoded(data, limits):
        pass


def decode(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Picture:
    """The pixels of a file: of its first frame or page, upright and in sRGB.

    Raises:
        PictureError: It can't be read, or is too large.
    """
    with _decoded(data, limits) as (kind, image):
        turn = _TURNS.get(_orientation(kind, image, data))
        note = frames.note(kind, frames.count(kind, image, data))
        colours, alpha = parts(image)
        colours = in_srgb(colours, image.info.get("icc_profile"))
        if turn is not None:
            colours = colours.transpose(turn)
            alpha = alpha and alpha.transpose(turn)
    return _picture(np.array(colours), None if alpha is None else np.asarray(alpha), note)


def resize(picture: Picture, size: Size) -> Picture:
    """The picture at that width and height (Lanczos); itself if it has them already."""
    height, width = picture.rgb.shape[:2]
    if (width, height) == size:
        return picture
    rgb, alpha = (
        None
        if plane is None
        else np.array(Image.fromarray(plane).resize(size, Image.Resampling.LANCZOS))
        for plane in (picture.rgb, picture.alpha)
    )
    assert rgb is not None
    return Picture(rgb, alpha, picture.note)


def read_recipe(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Recipe:
    """The recipe inside a dream's file.

    Raises:
        RecipeError: There is none, or it isn't one that can be dreamt.
    """
    return Recipe.from_json(read_choices(data, limits))


def read_choices(data: bytes, limits: Limits = DEFAULT_LIMITS) -> str:
    """The JSON inside a file: of a dream's recipe, or of what made a picture from scratch.

    Raises:
        RecipeError: There is none.
    """
    text = None
    with suppress(PictureError), _opened(data, limits) as (kind, image):
        if kind in ("PNG", "JPEG", "WEBP"):
            text = recipe_text(image)
    if text is None:
        raise RecipeError("There is no recipe in this file: only dreams carry one.")
    return text


@contextmanager
def _decoded(data: bytes, limits: Limits) -> Iterator[tuple[Kind, Image.Image]]:
    """As `_opened`, with the pixels of the first frame loaded."""
    if data.startswith(b"\xff\xd8") and data.count(b"\xff\xda") > _MOST_SCANS:
        raise _broken("JPEG")
    with _opened(data, limits) as (kind, image):
        image.load()
        _check_pixels(image.size, limits)  # a HEIC file may turn out other than it said
        yield kind, image


@contextmanager
def _opened(data: bytes, limits: Limits) -> Iterator[tuple[Kind, Image.Image]]:
    """A file whose header is read and whose pixels are few enough; what breaks in it, translated.

    Pillow's own limit is a global that raises beyond twice its value and warns before. It is
    lent for the time of reading, for the readers that need it before they say their size.
    """
    check_bytes(data, limits)
    kind = kind_of(data)
    with _gate, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, (limits.pixels + 1) // 2
        try:
            with Image.open(BytesIO(data), formats=(kind,)) as image:
                _check_pixels(image.size, limits)
                if isinstance(image, TiffImagePlugin.TiffImageFile) and _is_raw(image):
                    raise unread("a camera's raw picture")
                yield kind, image
        except DreamError:
            raise
        except Image.DecompressionBombError as error:
            raise _too_many("too many megapixels", limits) from error
        except BROKEN as error:
            raise _broken(TITLES[kind]) from error
        finally:
            Image.MAX_IMAGE_PIXELS = before


def _broken(title: str) -> BrokenPicture:
    return BrokenPicture(f"This {title} is broken or incomplete. Save it anew and try again.")


def _check_pixels(size: Size, limits: Limits) -> None:
    width, height = size
    if width * height > limits.pixels:
        megapixels = f"{_tenths(width * height, 1_000_000)} megapixels ({width}×{height})"
        raise _too_many(megapixels, limits)


def _too_many(megapixels: str, limits: Limits) -> PictureTooLarge:
    most = math.floor(limits.pixels / 100_000) / 10
    return PictureTooLarge(
        f"This picture has {megapixels}, and at most {most:g} are opened. "
        "Make it smaller and try again."
    )


def _tenths(value: int, unit: int) -> str:
    """In that unit and rounded up, so that what is over a limit never reads as if within."""
    return f"{math.ceil(value / unit * 10) / 10:g}"


def _is_raw(image: TiffImagePlugin.TiffImageFile) -> bool:
    """Whether a TIFF holds a camera's raw picture, whose first page is a mere thumbnail."""
    tags = image.tag_v2
    return 50706 in tags or bool(tags.get(254, 0) & 1 and 330 in tags)


def _orientation(kind: Kind, image: Image.Image, data: bytes) -> int:
    """EXIF orientation that is still to be applied, 1 (upright) to 8."""
    try:
        match kind:
            case "JPEG" | "WEBP" | "AVIF":
                turned = image.getexif().get(ExifTags.Base.Orientation, 1)
            case "PNG":
                exif = Image.Exif()
                exif.load(_png_exif(data))
                turned = exif.get(ExifTags.Base.Orientation, 1)
            case _:  # TIFF and HEIC come turned already, and the others have none
                turned = 1
    except BROKEN:  # a picture whose EXIF is broken is a picture still
        return 1
    return turned if turned in _TURNS else 1


def _png_exif(data: bytes) -> bytes:
    """A PNG's eXIf chunk, wherever it stands; Pillow finds a late one only by decoding."""
    at = 8
    while at + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        if name == b"eXIf":
            return data[at + 8 : at + 8 + length]
        at += 12 + length
    return b""


def _picture(rgb: Pixels, alpha: Pixels | None, note: str) -> Picture:
    """The picture, with nothing hidden where it is clear: a dream would see it."""
    if alpha is None or alpha.min() == 255:
        return Picture(rgb, None, note)
    clear = alpha == 0
    rgb[clear] = 128 if clear.all() else rgb[~clear].mean(axis=0).round()
    return Picture(rgb, alpha, note)
