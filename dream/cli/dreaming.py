"""`dream image`: one dream."""

from pathlib import Path
from typing import Any

import click

from dream.cli import console, options
from dream.cli.choosing import chosen_recipe
from dream.cli.group import Command
from dream.networks.registry import network
from dream.outcome import Output


@click.command(cls=Command)
@click.argument("picture", type=options.FILE, required=False)
@options.output("dream")
@click.option(
    "--start",
    help="Instead of a picture: noise or a colour and a size, like “pink 640x480”, “coloured "
    "640x480”, “white 640x480” or “#203040 640x480”.",
)
@click.option("--guide", type=options.FILE, help="Picture that the dream is to look like parts of.")
@click.option("--mask", type=options.FILE, help="Picture that is white where it is to be dreamt.")
@options.recipe
@options.machine
def image(
    picture: Path | None,
    output: Path,
    *,
    guide: Path | None,
    mask: Path | None,
    device: str,
    threads: int | None,
    quiet: bool,
    **choices: Any,
) -> None:
    """Dream a picture.

    What isn't given comes from the preset, or from the recipe; the seed is drawn.
    The recipe, seed included, travels inside the file.
    """
    form = console.format_of(output)
    recipe = chosen_recipe(quiet=quiet, **choices)
    recipe.dream_size(None if picture is None else (1, 1))  # refused before anything is fetched
    console.obtain(network(recipe.network), quiet)
    dreamer = console.dreamer(device, threads)
    data, guiding, masking = (
        None if file is None else file.read_bytes() for file in (picture, guide, mask)
    )
    with console.progress("Dreaming", quiet) as advance:
        dream = dreamer.dream(
            data, recipe, Output(form), guide=guiding, mask=masking, on_progress=advance
        )
    output.write_bytes(dream.data)
    console.tell(output, dream.size, recipe.seed, dream.seconds, quiet=quiet, note=dream.note)
