"""Options that several commands have."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
"""A file that is there."""

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def all_of(*options: Decorator) -> Decorator:
    """Several options as one decorator, in the order of the help text."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def output(what: str) -> Decorator:
    """Where something is written to."""
    return click.option(
        "-o",
        "--output",
        required=True,
        type=click.Path(dir_okay=False, path_type=Path),
        help=f"Where the {what} goes: .png, .jpg or .webp.",
    )


machine = all_of(
    click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda:N or mps."),
    click.option("--threads", type=click.IntRange(1), help="Threads on a CPU."),
    click.option("-q", "--quiet", is_flag=True, help="No progress bar."),
)
"""What to compute on, and how loudly."""


class _Numbers(click.ParamType[Any]):
    """Whole numbers, one or several behind commas."""

    name = "number[,number…]"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | tuple[int, ...]:
        if isinstance(value, int | tuple):
            return value
        try:
            numbers = tuple(int(part) for part in value.split(","))
        except ValueError:
            self.fail("takes whole numbers like 10 or 4,6,10.", param, ctx)
        return numbers[0] if len(numbers) == 1 else numbers


recipe = all_of(
    click.option(
        "--preset",
        "preset_name",
        help="Named recipe, see `dream presets`. If none is given: classic, or where its network "
        "isn't on this machine, the first that needs only the package's own.",
    ),
    click.option(
        "--recipe",
        "recipe_file",
        type=FILE,
        help="Recipe of another dream, or a JSON file as `dream info` prints it.",
    ),
    click.option("--fast", is_flag=True, help="In about two thirds of the time."),
    click.option("--network", help="Network that dreams; see `dream networks`."),
    click.option(
        "--weights",
        type=FILE,
        help="Weights of your own for it: a .caffemodel, .safetensors, .pth or .pb file.",
    ),
    click.option("--architecture", help="The network that these weights are for."),
    click.option(
        "--layer",
        help="What is amplified: a layer (see `dream layers NETWORK`), channels of one "
        "(NAME:3,8-11), a neuron (NAME:3@0.5,0.2), a class (class:banana), or a sum "
        "(0.5*NAME + NAME:3).",
    ),
    click.option("--octaves", type=int, help="Scales dreamt at."),
    click.option(
        "--smallest", type=int, help="Instead: shorter side of the smallest scale in pixels."
    ),
    click.option("--octave-scale", type=float, help="Ratio between two scales."),
    click.option(
        "--iterations",
        type=_Numbers(),
        help="Steps on each scale; or a number for each, the largest scale last.",
    ),
    click.option("--step", type=float, help="Mean change of a step, in grey levels."),
    click.option("--momentum", type=float, help="Share of a step that goes on in the next."),
    click.option("--jitter", type=int, help="Largest shift before a step, in pixels."),
    click.option(
        "--smoothing",
        type=float,
        help="How far large patterns are made as strong as fine ones, 0 to 1.",
    ),
    click.option("--strength", type=float, help="How much of the dream is mixed in, 0 to 2."),
    click.option("--keep-colours", is_flag=True, default=None, help="Dream light and dark only."),
    click.option("--seed", type=int, help="Number that decides what is random."),
    click.option("--size", type=int, help="Longer side of the dream in pixels."),
)
"""Every choice of a recipe but its pictures."""
