"""The command `dream`: the engine from the command line."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from dream.errors import DreamError, NetworkUnavailable, RecipeError
from dream.imagination import Imagination, is_imagination
from dream.networks import first_use
from dream.networks.classes import class_names
from dream.networks.fetching import fetch as fetch_weights
from dream.networks.registry import (
    Network,
    network,
    networks,
    torchvision_networks,
    unsupported,
)
from dream.networks.weights import available, find, in_package, own
from dream.outcome import SUFFIXES, Format, Output, Progress
from dream.pictures import Limits, decode, eight_bits, read_choices
from dream.presets import DEFAULT, Preset, default_preset, preset, presets
from dream.recipe import Recipe, random_seed
from dream.starts import Start
from dream.threads import share_cores

_FOR_WHAT = "--weights needs --architecture NAME: the network that the file's weights are for."

# A file of one's own on one's own machine: no stranger's, so only what memory bears.
_LIMITS = Limits(bytes=2**30, pixels=200_000_000)


class _Command(click.Command):
    """A command whose expected failures are one sentence on stderr and exit status 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DreamError as error:
            raise click.ClickException(str(error)) from None
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            raise click.ClickException(f"{where}{error.strerror or error}.") from None


class _Group(click.Group):
    command_class = _Command


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dreambot")
def main() -> None:
    """Show a picture to a neural network, and see what it dreams of it."""


@main.command()
@click.argument("picture", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the dream goes: .png, .jpg or .webp.",
)
@click.option(
    "--preset",
    "preset_name",
    help=f"Named recipe. If none is given: {DEFAULT}, or where its network isn't on this machine, "
    "the first that needs only the package's own.",
)
@click.option(
    "--recipe",
    "recipe_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Recipe of another dream, or a JSON file as `dream info` prints it.",
)
@click.option("--network", help="Network that dreams; see `dream networks`.")
@click.option(
    "--weights",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Weights of your own for it: a .caffemodel, .safetensors, .pth or .pb file.",
)
@click.option("--architecture", help="The network that these weights are for.")
@click.option(
    "--layer",
    help="What is amplified: a layer (see `dream layers NETWORK`), channels of one (NAME:3,8-11), "
    "or a sum (0.5*NAME + NAME:3).",
)
@click.option("--octaves", type=int, help="Scales dreamt at.")
@click.option("--octave-scale", type=float, help="Ratio between two scales.")
@click.option("--iterations", type=int, help="Steps on each octave.")
@click.option("--step", type=float, help="Mean change of a step, in grey levels.")
@click.option("--jitter", type=int, help="Largest shift before a step, in pixels.")
@click.option(
    "--smoothing",
    type=float,
    help="How far large patterns are made as strong as fine ones, 0 to 1.",
)
@click.option("--seed", type=int, help="Number that decides what is random.")
@click.option("--size", type=int, help="Longer side of the dream in pixels.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda:N or mps.")
@click.option("--threads", type=click.IntRange(1), help="Threads on a CPU.")
@click.option("-q", "--quiet", is_flag=True, help="No progress bar.")
def image(
    picture: Path,
    output: Path,
    *,
    preset_name: str | None,
    recipe_file: Path | None,
    weights: Path | None,
    architecture: str | None,
    device: str,
    threads: int | None,
    quiet: bool,
    **choices: Any,
) -> None:
    """Dream a picture.

    What isn't given comes from the preset, or from the recipe; the seed is drawn.
    The recipe, seed included, travels inside the file.
    """
    form = _format_of(output)
    if architecture is not None:
        choices["network"] = _own(weights, architecture, choices["network"]).name
    elif weights is not None and recipe_file is None:
        raise click.UsageError(_FOR_WHAT)
    if recipe_file is not None and preset_name is not None:
        raise click.UsageError("--preset and --recipe exclude each other.")
    if recipe_file is not None:
        recipe = _recipe_of(recipe_file)
    else:
        # With a network chosen, whether the classic's own is here makes no difference.
        named = preset_name or (DEFAULT if choices["network"] else None)
        recipe = (preset(named) if named else _default(quiet)).recipe.with_(seed=random_seed())
    chosen = {name: value for name, value in choices.items() if value is not None}
    if "network" in chosen and "layer" not in chosen:
        of = network(chosen["network"])
        if of.architecture_name != network(recipe.network).architecture_name:
            chosen["layer"] = of.layer
    recipe = recipe.with_(**chosen)
    if weights is not None and architecture is None:
        _own_again(weights, recipe)
    _check_folder(output)
    _obtain(network(recipe.network), quiet)

    # Not before it is needed: loading torch takes seconds, and a typing error should not.
    share_cores(os.environ)
    from dream.dreamer import Dreamer

    dreamer = Dreamer(device, threads=threads, limits=_LIMITS)
    with _bar("Dreaming", quiet) as advance:
        dream = dreamer.dream(picture.read_bytes(), recipe, Output(form), on_progress=advance)
    output.write_bytes(dream.data)
    if not quiet:
        note = f", {dream.note}" if dream.note else ""
        width, height = dream.size
        click.echo(
            f"{output}: {width}×{height}, seed {recipe.seed}, {dream.seconds:.1f} s{note}", err=True
        )


@main.command()
@click.argument("pictures", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the sheet goes: .png, .jpg or .webp.",
)
@click.option(
    "--preset",
    "names",
    multiple=True,
    help="A column; may be given again. If none is: all whose network is on this machine.",
)
@click.option("--noise", is_flag=True, help="One row more: out of noise.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of all the dreams.")
@click.option(
    "--size", type=int, default=384, show_default=True, help="Longer side of a dream in pixels."
)
@click.option(
    "--width",
    type=click.IntRange(16, 4096),
    default=256,
    show_default=True,
    help="Of a column in pixels.",
)
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda:N or mps.")
@click.option("-q", "--quiet", is_flag=True, help="No progress bar.")
def sheet(
    pictures: tuple[Path, ...],
    output: Path,
    *,
    names: tuple[str, ...],
    noise: bool,
    seed: int,
    size: int,
    width: int,
    device: str,
    quiet: bool,
) -> None:
    """Dream pictures in several presets, all on one labelled sheet."""
    _format_of(output)
    if not pictures and not noise:
        raise click.UsageError("No picture is given, and no --noise either.")
    chosen = [preset(name) for name in names] or [
        entry for entry in presets().values() if available(entry.recipe.network)
    ]
    share_cores(os.environ)
    from dream.dreamer import Dreamer
    from dream.noise import begin
    from dream.sheet import lay_out

    dreamer = Dreamer(device, limits=_LIMITS)
    starts = [decode(picture.read_bytes(), _LIMITS) for picture in pictures]
    if noise:
        starts.append(begin(Start("coloured"), (size, size * 3 // 4), seed))
    rows = []
    with tqdm(
        total=len(starts) * len(chosen), desc="Dreaming", disable=_hidden(quiet), leave=False
    ) as bar:
        for start in starts:
            row = [eight_bits(start.rgb)]
            for entry in chosen:
                (dreamt,) = dreamer.imagine([start], entry.recipe.with_(seed=seed, size=size))
                row.append(eight_bits(dreamt.rgb))
                bar.update()
            rows.append(row)
    lay_out(rows, ["", *(entry.title for entry in chosen)], width).save(output, quality=88)


def _from_scratch(command: Callable[..., None]) -> Callable[..., None]:
    """The options of a command that makes a picture from scratch."""
    for option in reversed(
        [
            click.option(
                "-o",
                "--output",
                required=True,
                type=click.Path(dir_okay=False, path_type=Path),
                help="Where the picture goes: .png, .jpg or .webp.",
            ),
            click.option(
                "--network",
                default="googlenet",
                show_default=True,
                help="Network that imagines; see `dream networks`.",
            ),
            click.option("--size", type=int, help="Side of the picture in pixels; 256 if none."),
            click.option("--steps", type=int, help="Of the ascent; 256 if none are given."),
            click.option("--seed", type=int, help="Number that decides what is random."),
            click.option(
                "--device", default="auto", show_default=True, help="auto, cpu, cuda:N or mps."
            ),
            click.option("--threads", type=click.IntRange(1), help="Threads on a CPU."),
            click.option("-q", "--quiet", is_flag=True, help="No progress bar."),
        ]
    ):
        command = option(command)
    return command


@main.command("class")
@click.argument("name")
@_from_scratch
def class_(name: str, **options: Any) -> None:
    """Make a picture of what a network thinks a banana is, or another of its classes.

    The choices, seed included, travel inside the file.
    """
    _imagine(f"class:{name}", **options)


@main.command("channel")
@click.argument("channel", metavar="LAYER:INDEX")
@_from_scratch
def channel_(channel: str, **options: Any) -> None:
    """Make a picture of what one channel of a network looks out for.

    The choices, seed included, travel inside the file.
    """
    _imagine(channel, **options)


@main.command()
@click.argument("dreamt", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def info(dreamt: Path) -> None:
    """Print the recipe inside a dream, or the choices inside a picture from scratch, as JSON."""
    text = read_choices(dreamt.read_bytes())
    choices = (Imagination if is_imagination(text) else Recipe).from_json(text)
    click.echo(json.dumps(json.loads(choices.to_json()), indent=2))


@main.command("presets")
def presets_() -> None:
    """List the presets: what each makes one see, and what it needs."""
    width = max(map(len, presets()))
    for name, entry in presets().items():
        recipe = entry.recipe
        click.echo(f"{name:{width}}  {entry.text}")
        click.echo(f"{'':{width}}  {recipe.network} {recipe.layer}")


@main.command("networks")
@click.option("--all", "everything", is_flag=True, help="All of torchvision's, too.")
def networks_(everything: bool) -> None:
    """List the networks: what there is, what is on this machine, and how to get the rest."""
    for name, entry in networks().items():
        click.echo(f"{name}: {entry.text}")
        click.echo(f"  licence: {entry.weights.licence}")
        if first_use.unpublished(entry):
            click.echo("  checksum: none is published; that of the first download is remembered")
        try:
            where = "in the package" if in_package(name) else find(entry)
            click.echo(f"  available: {where}")
        except NetworkUnavailable as error:
            click.echo(f"  not available: {error}")
    theirs = torchvision_networks()
    if not everything:
        here = sum(map(available, theirs))
        click.echo(f"torchvision:NAME: {len(theirs)} classifiers of torchvision, {here} of them on")
        click.echo("  this machine; `dream networks --all` lists them")
        return
    for name, entry in theirs.items():
        where = "available" if available(name) else f"`dream fetch {name}` gets it"
        click.echo(f"{name}: {entry.weights.megabytes} MB, {where}")
    for name, reason in unsupported().items():
        click.echo(f"{name}: not to be dreamt with, {reason}")


@main.command()
@click.argument("name", metavar="NETWORK")
def layers(name: str) -> None:
    """List a network's layers, shallow to deep."""
    from dream.networks.loading import layer_channels

    for layer in layer_channels(network(name).name):
        click.echo(layer)


@main.command()
@click.argument("name", metavar="NETWORK")
def classes(name: str) -> None:
    """List the classes that a network tells apart, by number."""
    for number, names in enumerate(class_names(name)):
        click.echo(f"{number} {names}")


@main.command()
@click.argument("names", metavar="NETWORK...", nargs=-1, required=True)
def fetch(names: tuple[str, ...]) -> None:
    """Say where the weights of networks are, downloaded and checked where they weren't here.

    A download that broke off goes on from there. They go into the folder DREAM_CACHE, from the
    address of the folder DREAM_MIRROR instead of their makers' if it is set, and through the proxy
    that HTTPS_PROXY, HTTP_PROXY or ALL_PROXY name.
    """
    for wanted in [network(name) for name in names]:
        click.echo(f"{wanted.name}: {_obtain(wanted, quiet=False)}")
        if first_use.unpublished(wanted) and first_use.record(wanted).is_file():
            click.echo(
                "  Its makers publish no checksum: its layers were checked, and its sha256 is "
                f"remembered in {first_use.record(wanted)}."
            )


def _imagine(
    what: str,
    *,
    output: Path,
    device: str,
    threads: int | None,
    quiet: bool,
    **choices: Any,
) -> None:
    """Make a picture from scratch, say of what, and how long it took."""
    form = _format_of(output)
    chosen = {name: value for name, value in choices.items() if value is not None}
    imagination = Imagination(what=what, **{"seed": random_seed(), **chosen})
    _check_folder(output)
    of = network(imagination.network)

    share_cores(os.environ)
    from dream.imaginer import Imaginer, wanted

    wanted(imagination)
    _obtain(of, quiet)
    imaginer = Imaginer(device, threads=threads)
    with _bar("Imagining", quiet, "stage") as advance:
        made = imaginer.imagine(imagination, Output(form), on_progress=advance)
    output.write_bytes(made.data)
    if not quiet:
        side = imagination.size
        click.echo(
            f"{output}: {side}×{side}, seed {imagination.seed}, {made.seconds:.1f} s", err=True
        )


def _obtain(wanted: Network, quiet: bool) -> Path:
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

        return fetch_weights(wanted, lambda file: load(wanted, file), on_bytes)


def _own(weights: Path | None, architecture: str, network_name: str | None) -> Network:
    """The network with weights of one's own."""
    if weights is None:
        raise click.UsageError("--architecture says what --weights FILE is for: give both.")
    if network_name is not None:
        raise click.UsageError("--network and --architecture exclude each other.")
    return own(weights, architecture)


def _own_again(weights: Path, recipe: Recipe) -> None:
    """The file of a recipe that was dreamt with somebody's own weights is said to be here."""
    if "@" not in recipe.network:
        raise click.UsageError(_FOR_WHAT)
    given = own(weights, recipe.network)
    if given.name != recipe.network:
        raise click.UsageError(
            f"This dream was made with other weights: {recipe.network}, and {weights} is "
            f"{given.name}."
        )


def _default(quiet: bool) -> Preset:
    """The preset of whoever chose none; says so where it isn't the classic."""
    taken = default_preset()
    if taken.name != DEFAULT and not quiet:
        lacking = preset(DEFAULT).recipe.network
        click.echo(
            f"Dreaming the preset {taken.name} with {taken.recipe.network}: {DEFAULT} needs "
            f"{lacking}, which `dream fetch {lacking}` gets.",
            err=True,
        )
    return taken


def _format_of(output: Path) -> Format:
    form = SUFFIXES.get(output.suffix.lower())
    if form is None:
        raise click.UsageError(f"-o takes {', '.join(SUFFIXES)}; not “{output.suffix}”.")
    return form


def _check_folder(output: Path) -> None:
    if not output.absolute().parent.is_dir():
        raise click.UsageError(f"There is no folder {output.parent} to put the dream into.")


def _recipe_of(file: Path) -> Recipe:
    """The recipe inside a dream, or of a JSON file."""
    data = file.read_bytes()
    text = data.decode(errors="replace") if data.lstrip()[:1] == b"{" else read_choices(data)
    if is_imagination(text):
        raise RecipeError("That picture was made from scratch; it has no recipe for another one.")
    return Recipe.from_json(text)


@contextmanager
def _bar(title: str, quiet: bool, part: str = "octave") -> Iterator[Callable[[Progress], None]]:
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


def _hidden(quiet: bool) -> bool:
    """Whether to show no bar: not wanted, or nobody looks."""
    return quiet or not sys.stderr.isatty()


if __name__ == "__main__":
    main()
