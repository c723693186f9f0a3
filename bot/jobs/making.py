"""How a pool makes the picture of a job: a dream, a picture from scratch, or a sheet of dreams."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.jobs.pool import Pool
from bot.jobs.recipes import AnyRecipe
from dream import Format, Imagination, Output, Progress, Series, Size


@dataclass(frozen=True, slots=True)
class Made:
    """What came out.

    Attributes:
        data: The file.
        format: Of the file.
        size: Width and height in pixels.
        seconds: What it took.
        note: What of the picture was left out, or nothing.
    """

    data: bytes
    format: Format
    size: Size
    seconds: float
    note: str = ""


async def make(
    pool: Pool,
    recipe: AnyRecipe,
    given: Mapping[str, bytes],
    output: Output,
    *,
    on_progress: Callable[[Progress], None],
    timeout: float,  # noqa: ASYNC109 - of work alone, which only the pool can tell
) -> Made:
    """The picture of that recipe, made of those that were given, by their roles.

    Raises:
        DreamError: One of its tree.
    """
    picture = given.get("picture")
    if isinstance(recipe, Imagination):
        scratch = await pool.imagine(recipe, output, on_progress=on_progress, timeout=timeout)
        size = (recipe.size, recipe.size)
        return Made(scratch.data, scratch.format, size, scratch.seconds)
    if isinstance(recipe, Series):
        sheet = await pool.sheet(picture, recipe, output, on_progress=on_progress, timeout=timeout)
        return Made(sheet.data, sheet.format, sheet.size, sheet.seconds, sheet.note)
    dream = await pool.dream(
        picture,
        recipe,
        output,
        guide=given.get("guide"),
        mask=given.get("mask"),
        on_progress=on_progress,
        timeout=timeout,
    )
    return Made(dream.data, dream.format, dream.size, dream.seconds, dream.note)
