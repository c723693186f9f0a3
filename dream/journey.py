"""The way through a series: its dreams one after the other, in the end on their sheet."""

import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from dream import pictures
from dream.dreamer import Dreamer
from dream.outcome import Output, Progress, Sheet
from dream.pictures import Limits, Picture
from dream.recipe import Recipe
from dream.series import Series
from dream.sheet import grid
from dream.watch import Asked, OnProgress


def travel(
    dreamer: Dreamer,
    original: Picture | None,
    stops: Sequence[tuple[str, Recipe]],
    arrived: Callable[[], object] = lambda: None,
    *,
    on_progress: OnProgress | None = None,
    cancelled: Asked = lambda: False,
) -> Iterator[tuple[str, Picture]]:
    """The dreams of a series with their labels, one after the other.

    Args:
        dreamer: Dreams them.
        original: What is dreamt on; None where the recipes start from something else.
        stops: Label and recipe of each.
        arrived: Told after each.
        on_progress: Told after each step of each how far the whole series is, a stop an octave.
        cancelled: Asked after each step.
    """
    size = None if original is None else (original.rgb.shape[1], original.rgb.shape[0])
    works = [recipe.work(size) for _, recipe in stops]
    for number, (label, recipe) in enumerate(stops):
        (dreamt,) = dreamer.imagine(
            [original],
            recipe,
            on_progress=None if on_progress is None else _of_all(on_progress, works, number),
            cancelled=cancelled,
        )
        arrived()
        yield label, dreamt


def _of_all(on_progress: OnProgress, works: Sequence[int], number: int) -> OnProgress:
    """Tells of one stop's progress as that of all of them."""
    before, here, total = sum(works[:number]), works[number], sum(works)

    def told(progress: Progress) -> None:
        done = (before + progress.done * here) / total
        on_progress(Progress(done, number + 1, len(works), progress.preview))

    return told


def sheet(
    dreamer: Dreamer,
    picture: bytes | None,
    series: Series,
    output: Output,
    limits: Limits,
    *,
    on_progress: OnProgress | None = None,
    cancelled: Asked = lambda: False,
) -> Sheet:
    """The sheet of a series as a file.

    Args:
        dreamer: Dreams them.
        picture: A file of any format that is read; None where the recipes start without one.
        series: What to dream, and how it lies on the sheet.
        output: How the sheet is wanted.
        limits: What pictures are opened.
        on_progress: As `travel`.
        cancelled: As `travel`.

    Raises:
        DreamError: The picture, a recipe or a network can't be used; or `Cancelled`.
    """
    started = time.perf_counter()
    original = None if picture is None else pictures.decode(picture, limits)
    cells = [
        (label, pictures.eight_bits(dreamt.rgb))
        for label, dreamt in travel(
            dreamer, original, series.stops, on_progress=on_progress, cancelled=cancelled
        )
    ]
    if original is not None and series.original:
        cells.insert(0, (series.original, pictures.eight_bits(original.rgb)))
    drawn = np.asarray(grid(cells, series.columns, series.width))
    data, form = pictures.encode(drawn, None, output, None)
    note = original.note if original else ""
    height, width, _ = drawn.shape
    return Sheet(data, form, (width, height), series, time.perf_counter() - started, note)
