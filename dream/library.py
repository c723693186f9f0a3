"""The engine for programs: pictures in, dreams out, as arrays or as Pillow has them."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from dream import colours
from dream.depth import eight_bits
from dream.errors import BrokenPicture, NotAPicture, RecipeError
from dream.outcome import Progress
from dream.pictures import Picture, shown
from dream.presets import default_preset, preset
from dream.recipe import Recipe
from dream.starts import Size

if TYPE_CHECKING:
    from dream.dreamer import Dreamer

Array = npt.NDArray[Any]
"""A picture in sRGB, height x width x 3, or 4 with alpha: 0 to 255 as uint8, 0 to 65535 as uint16,
0 to 1 as floats."""

Given = TypeVar("Given")
"""An `Array`, a picture of Pillow, or a list of either."""

_NO_ARRAY = (
    "An array of a picture is height x width x 3, or 4 with alpha, of uint8, uint16 or floats of "
    "0 to 1; not {} of {}."
)


def dream(
    picture: Given,
    recipe: Recipe | str | None = None,
    *,
    guide: Any = None,
    mask: Any = None,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    device: str = "auto",
    threads: int | None = None,
) -> Given:
    """The dream of a picture, or of several.

    The same picture, recipe, machine, device, number of threads and version give the same dream.
    Networks stay loaded once they were used.

    Args:
        picture: An array (height x width x 3, or 4 with alpha: uint8, uint16, or floats of 0 to
            1), a picture of Pillow, or a list of those; None where the recipe starts from
            something else.
        recipe: How to dream it, or a preset's name. If None: the preset `classic`, or as long as
            its network isn't on this machine, the first that needs none but the package's own.
        guide: An array or picture that the dream is to look like parts of.
        mask: One that is white where it is to be dreamt.
        on_progress: Told after each step, now and then with a preview: a small JPEG.
        cancelled: Asked after each step; when it says yes, `Cancelled` is raised.
        device: `auto`, `cpu`, `cuda:N` or `mps`.
        threads: On a CPU; if None, one for each core, up to four.

    Returns:
        What came in, dreamt: an array of its type, a picture of Pillow (for None as well), or a
        list. As large as it was unless the recipe has a size.

    Raises:
        DreamError: It can't be dreamt so; the sentence says why.
    """
    several = isinstance(picture, Sequence)
    given: list[Any] = list(picture) if isinstance(picture, Sequence) else [picture]
    originals = [None if each is None else _opened(each) for each in given]
    guiding, masking = (None if each is None else _opened(each) for each in (guide, mask))
    chosen = _without_digests(_recipe(recipe), guide=guiding, mask=masking)
    dreamer = _dreamer(device, threads)
    dreams: dict[int, Picture] = {}
    for numbers in _together(originals, chosen, dreamer):
        found = dreamer.imagine(
            [originals[number] for number in numbers],
            chosen,
            guide=guiding,
            mask=masking,
            on_progress=on_progress,
            cancelled=cancelled,
        )
        dreams |= zip(numbers, found, strict=True)
    returned = [_as_given(dreams[number], each) for number, each in enumerate(given)]
    return cast(Given, returned if several else returned[0])


@cache
def _dreamer(device: str, threads: int | None) -> "Dreamer":
    # Not before it is needed: loading torch takes seconds.
    from dream.dreamer import Dreamer

    return Dreamer(device, threads=threads)


def _recipe(recipe: Recipe | str | None) -> Recipe:
    if isinstance(recipe, Recipe):
        return recipe
    return (default_preset() if recipe is None else preset(recipe)).recipe


def _without_digests(recipe: Recipe, **others: Picture | None) -> Recipe:
    """The recipe, which names files by their digests: pictures in memory have none."""
    for name, other in others.items():
        if getattr(recipe, name) is not None and other is None:
            raise RecipeError(f"This recipe has a {name}: give it one.")
    return recipe.with_(guide=None, mask=None)


def _together(
    originals: Sequence[Picture | None], recipe: Recipe, dreamer: "Dreamer"
) -> Iterator[list[int]]:
    """Numbers of pictures of one size, as many as are dreamt at once."""
    alike: defaultdict[tuple[Size, bool], list[int]] = defaultdict(list)
    for number, original in enumerate(originals):
        size = None if original is None else (original.rgb.shape[1], original.rgb.shape[0])
        alike[recipe.dream_size(size), original is not None and original.deep].append(number)
    for (dreamt, _), numbers in alike.items():
        at_once = dreamer.at_once(dreamt)
        for first in range(0, len(numbers), at_once):
            yield numbers[first : first + at_once]


def _opened(picture: Any) -> Picture:
    if isinstance(picture, Image.Image):
        try:
            rgb, clear = colours.pixels(ImageOps.exif_transpose(picture))
        except colours.BROKEN as error:
            raise BrokenPicture(f"This picture can't be read: {error}") from None
        return shown(Picture(rgb, clear))
    if not isinstance(picture, np.ndarray):
        raise NotAPicture(
            f"A picture is an array or one of Pillow's, not a {type(picture).__name__}."
        )
    if picture.ndim != 3 or picture.shape[2] not in (3, 4) or not picture.size:
        raise NotAPicture(_NO_ARRAY.format(" x ".join(map(str, picture.shape)), picture.dtype))
    if picture.dtype.kind == "f":
        if not np.isfinite(picture).all():
            raise NotAPicture("An array of a picture has no values that aren't numbers.")
        picture = np.rint(picture.clip(0, 1) * 65535).astype(np.uint16)
    if picture.dtype not in (np.uint8, np.uint16):
        raise NotAPicture(_NO_ARRAY.format(" x ".join(map(str, picture.shape)), picture.dtype))
    alpha = picture[:, :, 3].copy() if picture.shape[2] == 4 else None
    return shown(Picture(picture[:, :, :3].copy(), alpha))


def _as_given(dreamt: Picture, given: Any) -> Any:
    """The dream in the form of what it is the dream of."""
    pixels = dreamt.rgb
    if dreamt.alpha is not None:
        pixels = np.dstack([pixels, dreamt.alpha])
    if not isinstance(given, np.ndarray):
        return Image.fromarray(eight_bits(pixels))
    return (pixels / 65535).astype(given.dtype) if given.dtype.kind == "f" else pixels
