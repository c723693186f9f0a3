"""Pixels to files: PNG, JPEG or WebP, within a budget of bytes, the recipe inside.

A PNG keeps 16 bits a channel, the others have 8. Nothing of the picture that was read gets in
except pixels. The recipe, as the JSON of `Recipe.to_json`, stands in a PNG's iTXt chunk
`dreambot-recipe`, in a JPEG's or WebP's EXIF UserComment.
"""

import math
from io import BytesIO
from typing import Protocol

from PIL import ExifTags, Image, PngImagePlugin

from dream.depth import Pixels, eight_bits, is_deep
from dream.errors import PictureTooLarge
from dream.outcome import Format, Output
from dream.png import png


class Choices(Protocol):
    """What made a picture: a recipe, or an imagination."""

    def to_json(self) -> str:
        """One line of JSON, all of it ASCII."""


RECIPE_KEY = "dreambot-recipe"
"""Keyword of the iTXt chunk that holds a PNG's recipe."""

PREVIEW_SIDE = 320
"""Longer side of a preview in pixels, at most."""

BEST_QUALITY = 95
LEAST_QUALITY = 40
"""Of JPEG and WebP; a dream that doesn't fit at the least one is made smaller instead."""

_MOST_SIDE: dict[Format, int] = {"PNG": 2**31 - 1, "JPEG": 65_500, "WEBP": 16_383}

_COMMENT_CODE = b"ASCII\0\0\0"


def encode(
    rgb: Pixels, alpha: Pixels | None, output: Output, recipe: Choices | None = None
) -> tuple[bytes, Format]:
    """A picture as a file with its recipe inside, and the file's format.

    WebP is lossless, JPEG of quality 95 with full colour and white where the picture is clear.
    A PNG of 16 bits a channel that is beyond the budget is encoded in 8. A file still beyond it
    is encoded with loss (WebP where it was wanted or where alpha must be kept, else JPEG), at
    the best quality that fits; where none does, with smaller sides. A format that can't hold
    sides so long gives way to PNG.

    Args:
        rgb: Height x width x 3, of 8 or 16 bits a channel.
        alpha: Height x width, as deep, or None for an opaque picture.
        output: Format and budget.
        recipe: Goes inside.

    Raises:
        PictureTooLarge: Not even a single pixel fits into the budget.
    """
    wanted = output.format
    form: Format = wanted if max(rgb.shape[:2]) <= _MOST_SIDE[wanted] else "PNG"
    if form == "PNG" and is_deep(rgb):
        text = {} if recipe is None else {RECIPE_KEY: recipe.to_json()}
        deep = png(rgb, alpha, text, output.budget)
        if deep is not None:
            return deep, form
    image = Image.fromarray(eight_bits(rgb))
    if alpha is not None:
        image.putalpha(Image.fromarray(eight_bits(alpha)))
    data = _file(image, form, recipe)
    if output.budget is None or len(data) <= output.budget:
        return data, form
    keeps_alpha = alpha is not None and wanted != "JPEG"
    lossy: Format = "WEBP" if wanted == "WEBP" or keeps_alpha else "JPEG"
    return _within(image, lossy, recipe, output.budget), lossy


def preview(rgb: Pixels) -> bytes:
    """A small JPEG of a picture, its longer side at most 320 pixels: 20 kB or so.

    Args:
        rgb: Height x width x 3, of 8 or 16 bits a channel.
    """
    image = Image.fromarray(eight_bits(rgb))
    image.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    file = BytesIO()
    image.save(file, "JPEG", quality=80)
    return file.getvalue()


def recipe_text(image: Image.Image) -> str | None:
    """The recipe inside an opened file, as it stands there; None if there is none."""
    if image.format == "PNG":
        text = image.info.get(RECIPE_KEY)
    else:
        comments = image.getexif().get_ifd(ExifTags.IFD.Exif)
        text = comments.get(ExifTags.Base.UserComment)
    if isinstance(text, bytes):
        text = text.removeprefix(_COMMENT_CODE).decode("ascii", "replace")
    return text if isinstance(text, str) and text.startswith("{") else None


def _within(image: Image.Image, form: Format, recipe: Choices | None, budget: int) -> bytes:
    """The image with loss, within a budget of bytes: best quality first, then smaller sides."""
    scale = min(1.0, _MOST_SIDE[form] / max(image.size))
    while True:
        width, height = (max(1, round(side * scale)) for side in image.size)
        fitting = image if scale == 1 else image.resize((width, height), Image.Resampling.LANCZOS)
        best = _file(fitting, form, recipe, LEAST_QUALITY)
        if len(best) <= budget:
            break
        if (width, height) == (1, 1):
            raise PictureTooLarge(f"Not even the smallest picture fits into {budget} bytes.")
        scale *= min(0.9, math.sqrt(budget / len(best)))
    low, high = LEAST_QUALITY, BEST_QUALITY
    while low < high:
        quality = (low + high + 1) // 2
        data = _file(fitting, form, recipe, quality)
        if len(data) <= budget:
            best, low = data, quality
        else:
            high = quality - 1
    return best


def _file(
    image: Image.Image, form: Format, recipe: Choices | None, quality: int | None = None
) -> bytes:
    """The image encoded; at its format's best where no quality is given."""
    file = BytesIO()
    match form:
        case "PNG":
            text = PngImagePlugin.PngInfo()
            text.add(b"sRGB", b"\0")
            if recipe is not None:
                text.add_itxt(RECIPE_KEY, recipe.to_json())
            image.save(file, "PNG", pnginfo=text)
        case "JPEG":
            if image.mode == "RGBA":
                white = Image.new("RGB", image.size, "white")
                white.paste(image, mask=image.getchannel("A"))
                image = white
            image.save(
                file,
                "JPEG",
                quality=quality or BEST_QUALITY,
                subsampling="4:4:4",
                exif=_exif(recipe),
            )
        case "WEBP":
            lossless = quality is None
            image.save(file, "WEBP", lossless=lossless, quality=quality or 75, exif=_exif(recipe))
    return file.getvalue()


def _exif(recipe: Choices | None) -> bytes:
    if recipe is None:
        return b""
    exif = Image.Exif()
    comment = _COMMENT_CODE + recipe.to_json().encode("ascii")
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.UserComment] = comment
    return exif.tobytes()
