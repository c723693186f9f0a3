"""The command that trains dreamnet, and judges it."""

import itertools
from pathlib import Path
from statistics import median
from typing import Any

import click
import torch

from dream.errors import DreamError
from dream.networks.loading import load
from dream.networks.registry import network
from dream.networks.weights import find
from dream.training.course import Course, train
from dream.training.judge import judge, likeness, to_judge_by
from dream.training.record import CHECKPOINT

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--data", type=_FOLDER, help="Folder with pictures in packs (.tar).")
@click.option(
    "--teacher",
    type=click.Path(exists=True, path_type=Path),
    help="GoogLeNet's weights or a folder with them; those that `dream networks` lists otherwise.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("training"),
    help="Folder for the network, its log, curves, sheets and checkpoint.",
)
@click.option(
    "--minutes", type=click.FloatRange(0.1), default=60.0, help="For all of it, pauses not counted."
)
@click.option(
    "--share", type=click.FloatRange(0.001, 1), default=1.0, help="Part of the pictures used."
)
@click.option("--seed", type=click.IntRange(0), default=1, help="Of everything random.")
@click.option(
    "--sheets", type=click.FloatRange(0.1), default=10.0, help="Minutes between sheets of dreams."
)
@click.option("--resume", is_flag=True, help="Go on from the checkpoint in the folder.")
@click.option("--judge", "judging", is_flag=True, help="Judge the network of the package instead.")
@click.option(
    "--photos",
    type=_FOLDER,
    envvar="DREAM_PHOTOS",
    help="Folder with the photographs to judge by; DREAM_PHOTOS if not given.",
)
def main(
    data: Path | None, teacher: Path | None, judging: bool, photos: Path | None, **how: Any
) -> None:
    """Train a network to see what GoogLeNet sees: dreamnet, which is in the package.

    On a GPU if there is one, else on all cores. The new network stays in the folder: it goes into
    the package by hand, when somebody has looked at its dreams.
    """
    try:
        if judging:
            _judge(_given(photos, "--photos"))
        else:
            _train(_given(data, "--data"), _file(teacher), **how)
    except (DreamError, FileNotFoundError) as error:
        raise click.ClickException(str(error)) from None


def _train(
    data: Path,
    teacher: Path,
    *,
    out: Path,
    minutes: float,
    share: float,
    seed: int,
    sheets: float,
    resume: bool,
) -> None:
    begun = (out / CHECKPOINT).exists()
    if begun and not resume:
        raise click.UsageError(f"{out} has a training already: --resume goes on with it.")
    if resume and not begun:
        raise click.UsageError(f"{out} has no training to go on with.")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    train(Course(data, teacher, out, minutes, share, seed, sheets, device))
    click.echo(f"{out}: the network, its log, curves and sheets")


def _judge(photographs: Path) -> None:
    for verdict in judge(photographs):
        click.echo(f"{verdict.photograph}")
        for version, change in verdict.change.items():
            answers = ", ".join(
                f"{judge} {given[version]:.2f}" for judge, given in verdict.answers.items()
            )
            click.echo(f"  {version:11} changes a pixel by {change:5.2f}; {answers}")
    click.echo("filters: cosine with the teacher's nearest, median by layer")
    ours, theirs = (load(network(name), find(network(name))) for name in ("dreamnet", "googlenet"))
    cosines = likeness(ours, theirs, to_judge_by(photographs))
    for layer, found in cosines.items():
        click.echo(f"  {layer:24} {median(found):.2f}")
    click.echo(f"  {'all of them':24} {median(itertools.chain(*cosines.values())):.2f}")


def _file(teacher: Path | None) -> Path:
    """The teacher's weights."""
    if teacher is None:
        return find(network("googlenet"))
    return teacher / network("googlenet").weights.file if teacher.is_dir() else teacher


def _given(folder: Path | None, option: str) -> Path:
    if folder is None:
        raise click.UsageError(f"{option} is missing.")
    return folder


if __name__ == "__main__":
    main()
