"""What commands show while they work, and what they check before."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from tqdm import tqdm

from dream.errors import NetworkUnavailable
from dream.networks.fetching import fetch
from dream.networks.registry import Network
from dream.networks.weights import find
from dream.outcome import SUFFIXES, Format, Progress
from dream.pictures import Limits
from dream.threads import share_cores

if TYPE_CHECKING:
    from dream.dreamer import Dreamer

LIMITS = Limits(bytes=2**30, pixels=200_000_000)
"""A file of one's own on one's own machine is no stranger's: only what memory bears."""


def format_of(output: Path) -> Format:
    """The format that a file's name ends with, where the file can be written."""
    form = SUFFIXES.get(output.suffix.lower())
    if form is None:
        raise click.UsageError(f"-o takes {', '.join(SUFFIXES)}; not “{output.suffix}”.")
    if not output.absolute().parent.is_dir():
        raise click.UsageError(f"There is no folder {output.parent} to put the dream into.")
    return form


def dreamer(device: str, threads: int | None) -> "Dreamer":
    """One for files of one's own."""
    # Not before it is needed: loading torch takes seconds, and a typing error should not.
    share_cores(os.environ)
    from dream.dreamer import Dreamer

    return Dreamer(device, threads=threads, limits=LIMITS)


def obtain(wanted: Network, quiet: bool) -> Path:
    """The network's file, downloaded where it isn't on this machine."""
    try:
        return find(wanted)
    except NetworkUnavailable:
        if wanted.weights.address is None:
            raise
    from dream.networks.loading import load

    with tqdm(
        desc=f"Fetching {wanted.name}",
        unit="B",
        unit_scale=True,
        disable=_hidden(quiet),
        leave=False,
    ) as bar:

        def on_bytes(had: int, total: int | None) -> None:
            bar.total = total
            bar.update(had - bar.n)

        return fetch(wanted, lambda file: load(wanted, file), on_bytes)


@contextmanager
def progress(title: str, quiet: bool, part: str = "octave") -> Iterator[Callable[[Progress], None]]:
    """A bar for one picture."""
    with tqdm(
        total=100,
        desc=title,
        disable=_hidden(quiet),
        leave=False,
        bar_format="{desc} {bar} {n:.0f} % {remaining}",
    ) as bar:

        def advance(progress: Progress) -> None:
            bar.set_description(f"{title}, {part} {progress.octave}/{progress.octaves}")
            bar.update(100 * progress.done - bar.n)

        yield advance


@contextmanager
def counter(title: str, total: int, quiet: bool) -> Iterator[Callable[[], object]]:
    """A bar for several pictures."""
    with tqdm(total=total, desc=title, disable=_hidden(quiet), leave=False) as bar:
        yield bar.update


def tell(
    output: Path, size: tuple[int, int], seed: int, seconds: float, *, quiet: bool, note: str = ""
) -> None:
    """Say what was made: the file, its width and height, of which seed, and how long it took."""
    if not quiet:
        more = f", {note}" if note else ""
        width, height = size
        click.echo(f"{output}: {width}×{height}, seed {seed}, {seconds:.1f} s{more}", err=True)


def _hidden(quiet: bool) -> bool:
    """Whether to show no bar: not wanted, or nobody looks."""
    return quiet or not sys.stderr.isatty()
