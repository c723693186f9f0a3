"""Files to pixels: whatever a file holds becomes an upright sRGB picture, in its own depth.

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
import numpy.typing as npt
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
from PIL.ImageFile import ImageFile

from dream import colours, depth, frames, sixteen
from dream.colours import BROKEN
from dream.depth import Pixels, eight_bits, from_float
from dream.encoding import PREVIEW_SIDE, encode, preview, recipe_text
from dream.errors import (
    BrokenPicture,
    DreamError,
    NotAPicture,
    PictureTooLarge,
    RecipeError,
    UnreadFormat,
)
from dream.kinds import TITLES, Kind, kind_of, unread
from dream.profiles import Shaper, shaper
from dream.recipe import Recipe
from dream.starts import Size

__all__ = [
    "DEFAULT_LIMITS",
    "PREVIEW_SIDE",
    "Limits",
    "Picture",
    "Pixels",
    "Probe",
    "check_bytes",
    "check_whole",
    "decode",
    "eight_bits",
    "encode",
    "from_float",
    "preview",
    "probe",
    "read_choices",
    "read_recipe",
    "resize",
    "shown",
    "to_float",
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

_TURNS = {2: (0, 1), 3: (2, 0), 4: (2, 1), 5: (3, 1), 6: (3, 0), 7: (1, 1), 8: (1, 0)}
"""What makes a picture of that EXIF orientation upright: quarter turns to the left, and after
them whether left and right change places."""

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
        rgb: Height x width x 3, sRGB, upright: 0 to 255, or to 65535 where the file had 16 bits
            a channel. Where alpha is 0, the mean colour of the rest.
        alpha: Height x width, 0 (clear) to 255 or 65535 as `rgb`; None if all of it is opaque.
        note: As in `Probe`.
    """

    rgb: Pixels
    alpha: Pixels | None
    note: str = ""

    @property
    def deep(self) -> bool:
        """Whether it has 16 bits a channel."""
        return depth.is_deep(self.rgb)


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
    with _opened(data, limits) as (_kind, image):
        _load(data, image, limits)


def decode(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Picture:
    """The pixels of a file: of its first frame or page, upright and in sRGB.

    A PNG or TIFF of 16 bits a channel is read in all of them, unless `dream.sixteen` or
    `dream.profiles` names what it has among what they leave out; it is read in 8 bits then.

    Raises:
        PictureError: It can't be read, or is too large.
    """
    stored, turn = _stored(data, limits)
    alpha = None if stored.alpha is None else _upright(stored.alpha, turn)
    return shown(Picture(_upright(stored.rgb, turn), alpha, stored.note))


def shown(picture: Picture) -> Picture:
    """The picture with nothing hidden where it is clear, and without alpha where all is opaque."""
    alpha = picture.alpha
    if alpha is None or alpha.min() == _most(alpha):
        return Picture(picture.rgb, None, picture.note)
    _hide(picture.rgb, alpha == 0)
    return picture


def to_float(picture: Picture) -> npt.NDArray[np.float32]:
    """Its colours in float32, height x width x 3, 0 to 255 whatever its depth."""
    return depth.floats(picture.rgb)


def resize(picture: Picture, size: Size) -> Picture:
    """The picture at that width and height (Lanczos), as deep; itself if it has them already."""
    height, width = picture.rgb.shape[:2]
    if (width, height) == size:
        return picture
    alpha = picture.alpha
    return Picture(
        _resized(picture.rgb, size), None if alpha is None else _resized(alpha, size), picture.note
    )


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
        PictureTooLarge: It can't be looked into.
    """
    text = None
    check_bytes(data, limits)
    with suppress(NotAPicture, UnreadFormat, BrokenPicture), _opened(data, limits) as (kind, image):
        if kind in ("PNG", "JPEG", "WEBP"):
            text = recipe_text(image)
    if text is None:
        raise RecipeError("There is no recipe in this file: only dreams carry one.")
    return text


def _stored(data: bytes, limits: Limits) -> tuple[Picture, int]:
    """The picture as it lies in its file, and its EXIF orientation."""
    with _opened(data, limits) as (kind, image):
        turn = _orientation(kind, image, data)
        note = frames.note(kind, frames.count(kind, image, data))
        deep, profile = _depth(image)
        if not deep:
            _load(data, image, limits)
            rgb, alpha = colours.pixels(image)
            return Picture(rgb, alpha, note), turn

    @contextmanager
    def anew() -> Iterator[ImageFile]:
        with _opened(data, limits) as (_kind, image):
            yield image

    return Picture(*sixteen.read(anew, profile), note), turn


def _depth(image: ImageFile) -> tuple[bool, Shaper | None]:
    """Whether all of 16 bits can be had of an opened file, and by which colour profile."""
    if not sixteen.is_deep(image):
        return False, None
    mode = "L" if sixteen.is_grey(image) else "RGB"
    profile = colours.usable(image.info.get("icc_profile"), mode)
    if profile is None:
        return True, None
    by = shaper(profile)
    return by is not None, by


def _load(data: bytes, image: Image.Image, limits: Limits) -> None:
    """Decode the first frame of an opened file."""
    if image.format in ("JPEG", "MPO") and data.count(b"\xff\xda") > _MOST_SCANS:
        raise _broken("JPEG")
    image.load()
    _check_pixels(image.size, limits)  # a HEIC file may turn out other than it said


@contextmanager
def _opened(data: bytes, limits: Limits) -> Iterator[tuple[Kind, ImageFile]]:
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


def _upright(pixels: Pixels, turn: int) -> Pixels:
    if turn not in _TURNS:
        return pixels
    quarters, mirrored = _TURNS[turn]
    turned = np.rot90(pixels, quarters)
    return np.ascontiguousarray(turned[:, ::-1] if mirrored else turned)


def _hide(rgb: Pixels, clear: npt.NDArray[np.bool_]) -> None:
    """Leave nothing hidden where a picture is clear: a dream would see it."""
    if not clear.any():
        return
    total = np.zeros(3)
    for rows in depth.strips(*clear.shape):
        total += rgb[rows][~clear[rows]].sum(axis=0, dtype=np.float64)
    shown = clear.size - np.count_nonzero(clear)
    middle = np.rint(total / shown if shown else np.full(3, _most(rgb) / 2)).astype(rgb.dtype)
    for rows in depth.strips(*clear.shape):
        rgb[rows][clear[rows]] = middle


def _resized(pixels: Pixels, size: Size) -> Pixels:
    if not depth.is_deep(pixels):
        return np.array(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))
    # Pillow resizes colours of 8 bits only, but single channels of floats.
    channels = pixels.reshape(*pixels.shape[:2], -1)
    resized = np.empty((size[1], size[0], channels.shape[2]), np.uint16)
    for channel in range(channels.shape[2]):
        plane = Image.fromarray(channels[..., channel].astype(np.float32))
        levels = np.asarray(plane.resize(size, Image.Resampling.LANCZOS))
        resized[..., channel] = np.rint(levels).clip(0, 65535)
    return resized.reshape(size[1], size[0], *pixels.shape[2:])


def _most(pixels: Pixels) -> int:
    """What a channel is at most."""
    return int(np.iinfo(pixels.dtype).max)
