"""`dream tour` and `dream sheet`: many dreams on one labelled picture."""

import time
from pathlib import Path
from typing import Any

import click

from dream.cli import console, options
from dream.cli.choosing import chosen_recipe
from dream.cli.group import Command
from dream.networks.registry import network
from dream.networks.weights import available
from dream.pictures import decode, eight_bits
from dream.presets import preset, presets
from dream.starts import Start

_WIDTH = click.option(
    "--width",
    type=click.IntRange(16, 4096),
    default=256,
    show_default=True,
    help="Of each picture on the sheet in pixels.",
)


@click.command(cls=Command)
@click.argument("picture", type=options.FILE, required=False)
@options.output("sheet")
@click.option(
    "--by",
    type=click.Choice(["layers", "iterations", "octaves", "step"]),
    default="layers",
    show_default=True,
    help="What changes from one picture to the next.",
)
@click.option("--columns", type=click.IntRange(1, 40), help="Pictures in a row.")
@_WIDTH
@click.option("--start", help="Instead of a picture, see `dream image --help`.")
@options.recipe
@options.machine
def tour(
    picture: Path | None,
    output: Path,
    *,
    by: str,
    columns: int | None,
    width: int,
    device: str,
    threads: int | None,
    quiet: bool,
    **choices: Any,
) -> None:
    """Dream a picture layer by layer, on one sheet.

    From shallow to deep, each labelled. Or with more and more iterations or octaves, or with
    longer and longer steps.
    """
    console.format_of(output)
    recipe = chosen_recipe(quiet=quiet, **choices)
    recipe.dream_size(None if picture is None else (1, 1))  # refused before anything is fetched
    console.obtain(network(recipe.network), quiet)
    began = time.monotonic()
    dreamer = console.dreamer(device, threads)
    from dream.journey import travel
    from dream.sheet import grid
    from dream.tour import recipes

    original = None if picture is None else decode(picture.read_bytes(), console.LIMITS)
    stops = recipes(recipe, by)
    with console.counter("Dreaming", len(stops), quiet) as arrived:
        dreams = [
            (label, eight_bits(dreamt.rgb))
            for label, dreamt in travel(dreamer, original, stops, arrived)
        ]
    if original is not None:
        dreams.insert(0, ("photograph", eight_bits(original.rgb)))
    drawn = grid(dreams, columns or min(len(dreams), 4), width)
    drawn.save(output, quality=88)
    console.tell(output, drawn.size, recipe.seed, time.monotonic() - began, quiet=quiet)


@click.command(cls=Command)
@click.argument("pictures", nargs=-1, type=options.FILE)
@options.output("sheet")
@click.option(
    "--preset",
    "names",
    multiple=True,
    help="A column; may be given again. If none is: all whose network is on this machine.",
)
@click.option("--noise", is_flag=True, help="One row more: out of noise.")
@click.option(
    "--columns",
    type=click.IntRange(1, 40),
    help="Dreams in a row, for a single picture; all in one row if you say nothing.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=1,
    show_default=True,
    help="Of all the dreams.",
)
@click.option(
    "--size",
    type=click.IntRange(32, 4096),
    default=384,
    show_default=True,
    help="Longer side of a dream in pixels.",
)
@_WIDTH
@options.machine
def sheet(
    pictures: tuple[Path, ...],
    output: Path,
    *,
    names: tuple[str, ...],
    noise: bool,
    columns: int | None,
    seed: int,
    size: int,
    width: int,
    device: str,
    threads: int | None,
    quiet: bool,
) -> None:
    """Dream pictures in several presets, on one sheet."""
    console.format_of(output)
    if not pictures and not noise:
        raise click.UsageError("No picture is given, and no --noise either.")
    if columns and len(pictures) + noise > 1:
        raise click.UsageError("--columns is for a single picture: several have a row each.")
    chosen = [preset(name) for name in names] or [
        entry for entry in presets().values() if available(entry.recipe.network)
    ]
    for entry in chosen:
        console.obtain(network(entry.recipe.network), quiet)
    began = time.monotonic()
    dreamer = console.dreamer(device, threads)
    from dream.noise import begin
    from dream.sheet import grid, lay_out

    starts = [decode(picture.read_bytes(), console.LIMITS) for picture in pictures]
    if noise:
        starts.append(begin(Start("coloured"), (size, size * 3 // 4), seed))
    rows = []
    with console.counter("Dreaming", len(starts) * len(chosen), quiet) as arrived:
        for start in starts:
            row = [eight_bits(start.rgb)]
            for entry in chosen:
                (dreamt,) = dreamer.imagine([start], entry.recipe.with_(seed=seed, size=size))
                row.append(eight_bits(dreamt.rgb))
                arrived()
            rows.append(row)
    labels = ["", *(entry.title for entry in chosen)]
    if columns:
        drawn = grid(list(zip(labels, rows[0], strict=True)), columns, width)
    else:
        drawn = lay_out(rows, labels, width)
    drawn.save(output, quality=88)
    console.tell(output, drawn.size, seed, time.monotonic() - began, quiet=quiet)
