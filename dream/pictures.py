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
from dream.confined import confined
from dream.deadline import deadline
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
    "decode",
    "eight_bits",
    "encode",
    "from_float",
    "preview",
    "probe",
    "read_choices",
    "read_recipe",
    "reading",
    "resize",
    "shown",
    "to_float",
    "within",
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

_MOST_SIDE = 65_535
"""Pixels, as many as a JPEG can have. To resize a longer one takes more than its pixels do."""

_DEEP_BYTES = 20
"""A pixel takes while it is read in 16 bits, at most; while in 8, half of them."""

_gate = threading.RLock()


@dataclass(frozen=True, slots=True)
class Limits:
    """What is opened at all.

    Attributes:
        bytes: Most of a file.
        pixels: Most of a picture, before any of them is decoded.
        memory: Most bytes that opening may take besides those of the file, where the system
            keeps such a limit; None for any number. Where there are too few for 16 bits a
            channel, 8 are read.
        seconds: Most that reading may take before this process is ended, for there is no other
            way to stop it; None for any number. For processes that do nothing else meanwhile: a
            pool has it for its workers, ten unless another number is chosen here.
    """

    bytes: int = 100 * 2**20
    pixels: int = 50_000_000
    memory: int | None = None
    seconds: float | None = None


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


def probe(data: bytes, limits: Limits = DEFAULT_LIMITS, *, whole: bool = False) -> Probe:
    """What a file's header says, without decoding a pixel.

    Args:
        data: The file.
        limits: What is opened.
        whole: Decode its first frame or page all the same, to see that it doesn't break off.

    Raises:
        PictureError: It can't be read, or is too large.
    """
    with reading(limits), _opened(data, limits) as (kind, image):
        count = frames.count(kind, image, data)
        width, height = image.size
        size = (height, width) if _orientation(kind, image, data) >= 5 else (width, height)
        if whole:
            _load(data, image, limits)
    return Probe(kind, size, count, frames.note(kind, count))


@contextmanager
def within(limits: Limits) -> Iterator[None]:
    """Nothing that is done in here takes more memory than the limits allow.

    Raises:
        BrokenPicture: It would.
    """
    try:
        with confined(limits.memory):
            yield
    except MemoryError as error:
        raise _too_heavy() from error


@contextmanager
def reading(limits: Limits) -> Iterator[None]:
    """All that is read in here takes no more time than the limits allow, nor more memory.

    Raises:
        BrokenPicture: It would take more memory. More time ends this process.
    """
    with within(limits), deadline(limits.seconds):
        yield


def decode(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Picture:
    """The pixels of a file: of its first frame or page, upright and in sRGB.

    A PNG or TIFF of 16 bits a channel is read in all of them, unless `dream.sixteen` or
    `dream.profiles` names what it has among what they leave out, or the limits of memory are too
    low; it is read in 8 bits then.

    Raises:
        PictureError: It can't be read, or is too large.
    """
    with reading(limits):
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
    with (
        suppress(NotAPicture, UnreadFormat, BrokenPicture),
        reading(limits),
        _opened(data, limits) as (kind, image),
    ):
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
        deep, profile = _depth(image, limits)
        if not deep:
            _load(data, image, limits)
            rgb, alpha = colours.pixels(image)
            return Picture(rgb, alpha, note), turn

    @contextmanager
    def anew() -> Iterator[ImageFile]:
        with _opened(data, limits) as (_kind, image):
            yield image

    return Picture(*sixteen.read(anew, profile), note), turn


def _depth(image: ImageFile, limits: Limits) -> tuple[bool, Shaper | None]:
    """Whether all of 16 bits can be had of an opened file, and by which colour profile."""
    if not sixteen.is_deep(image) or _takes_more(image.size, _DEEP_BYTES, limits):
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
    size = (0, 0)
    with _gate, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, (limits.pixels + 1) // 2
        try:
            with Image.open(BytesIO(data), formats=(kind,)) as image:
                size = image.size
                _check_pixels(size, limits)
                if isinstance(image, TiffImagePlugin.TiffImageFile) and _is_raw(image):
                    raise unread("a camera's raw picture")
                yield kind, image
        except DreamError:
            raise
        except Image.DecompressionBombError as error:
            raise _too_many("too many megapixels", limits) from error
        except MemoryError as error:
            raise _too_heavy() from error
        except BROKEN as error:
            # Not every reader says that it was refused memory.
            heavy = _takes_more(size, _DEEP_BYTES, limits)
            raise (_too_heavy() if heavy else _broken(TITLES[kind])) from error
        finally:
            Image.MAX_IMAGE_PIXELS = before


def _broken(title: str) -> BrokenPicture:
    return BrokenPicture(f"This {title} is broken or incomplete. Save it anew and try again.")


def _too_heavy() -> BrokenPicture:
    return BrokenPicture(
        "This picture can't be opened: it is broken, or takes far too much memory. "
        "Save it anew, or smaller, and try again."
    )


def _takes_more(size: Size, a_pixel: int, limits: Limits) -> bool:
    """Whether a picture of that size takes more memory than it may, at so many bytes a pixel."""
    return limits.memory is not None and math.prod(size) * a_pixel > limits.memory


def _check_pixels(size: Size, limits: Limits) -> None:
    width, height = size
    if width * height > limits.pixels:
        megapixels = f"{_tenths(width * height, 1_000_000)} megapixels ({width}×{height})"
        raise _too_many(megapixels, limits)
    if max(size) > _MOST_SIDE:
        raise PictureTooLarge(
            f"This picture is {width}×{height} pixels, and at most {_MOST_SIDE} a side are "
            "opened. Cut it into pieces and try again."
        )


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
