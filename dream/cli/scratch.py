"""`dream class` and `dream channel`: pictures from scratch."""

import os
from pathlib import Path
from typing import Any

import click

from dream.cli import console, options
from dream.cli.group import Command
from dream.imagination import Imagination
from dream.networks.registry import network
from dream.outcome import Output
from dream.recipe import random_seed
from dream.threads import share_cores

_choices = options.all_of(
    options.output("picture"),
    click.option(
        "--network",
        default="googlenet",
        show_default=True,
        help="Network that imagines; see `dream networks`.",
    ),
    click.option("--size", type=int, help="Side of the picture in pixels; 256 if none."),
    click.option("--steps", type=int, help="Of the ascent; 256 if none are given."),
    click.option("--seed", type=int, help="Number that decides what is random."),
    options.machine,
)


@click.command("class", cls=Command)
@click.argument("name")
@_choices
def class_(name: str, **chosen: Any) -> None:
    """Make a picture of what a network thinks a banana is.

    Or any other of its classes, see `dream classes NETWORK`. The choices, seed included, travel
    inside the file.
    """
    _imagine(f"class:{name}", **chosen)


@click.command(cls=Command)
@click.argument("channel", metavar="LAYER:INDEX")
@_choices
def channel(channel: str, **chosen: Any) -> None:
    """Make a picture of what one channel looks out for.

    The choices, seed included, travel inside the file.
    """
    _imagine(channel, **chosen)


def _imagine(
    what: str, *, output: Path, device: str, threads: int | None, quiet: bool, **choices: Any
) -> None:
    """Make a picture from scratch, say of what, and how long it took."""
    form = console.format_of(output)
    chosen = {name: value for name, value in choices.items() if value is not None}
    imagination = Imagination(what=what, **{"seed": random_seed(), **chosen})
    of = network(imagination.network)

    share_cores(os.environ)
    from dream.imaginer import Imaginer, wanted

    wanted(imagination)
    console.obtain(of, quiet)
    imaginer = Imaginer(device, threads=threads)
    with console.progress("Imagining", quiet, "stage") as advance:
        made = imaginer.imagine(imagination, Output(form), on_progress=advance)
    output.write_bytes(made.data)
    size = (imagination.size, imagination.size)
    console.tell(output, size, imagination.seed, made.seconds, quiet=quiet)
