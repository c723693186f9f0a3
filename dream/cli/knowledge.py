"""What there is: presets, networks, layers, classes, and the recipe inside a dream."""

import json
from pathlib import Path

import click

from dream.cli import console, options
from dream.cli.group import Command
from dream.errors import NetworkUnavailable
from dream.imagination import Imagination, is_imagination
from dream.networks import first_use
from dream.networks.classes import class_names
from dream.networks.registry import network, networks, torchvision_networks, unsupported
from dream.networks.weights import available, find, in_package
from dream.pictures import read_choices
from dream.presets import presets
from dream.recipe import Recipe


@click.command(cls=Command)
@click.argument("dreamt", type=options.FILE)
def info(dreamt: Path) -> None:
    """Print the recipe inside a dream, as JSON.

    Of a picture from scratch, the choices that made it.
    """
    text = read_choices(dreamt.read_bytes(), console.LIMITS)
    choices = (Imagination if is_imagination(text) else Recipe).from_json(text)
    click.echo(json.dumps(json.loads(choices.to_json()), indent=2))


@click.command("presets", cls=Command)
def presets_() -> None:
    """List the presets: what each makes one see."""
    width = max(map(len, presets()))
    for name, entry in presets().items():
        recipe = entry.recipe
        click.echo(f"{name:{width}}  {entry.text}")
        click.echo(f"{'':{width}}  {recipe.network} {recipe.layer}")


@click.command("networks", cls=Command)
@click.option("--all", "everything", is_flag=True, help="All of torchvision's, too.")
def networks_(everything: bool) -> None:
    """List the networks, and which are on this machine."""
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


@click.command(cls=Command)
@click.argument("name", metavar="NETWORK")
def layers(name: str) -> None:
    """List a network's layers, shallow to deep."""
    from dream.networks.loading import layer_channels

    for layer in layer_channels(network(name).name):
        click.echo(layer)


@click.command(cls=Command)
@click.argument("name", metavar="NETWORK")
def classes(name: str) -> None:
    """List the classes that a network tells apart."""
    for number, names in enumerate(class_names(name)):
        click.echo(f"{number} {names}")


@click.command(cls=Command)
@click.argument("names", metavar="NETWORK...", nargs=-1, required=True)
def fetch(names: tuple[str, ...]) -> None:
    """Get the weights of networks, and say where they are.

    They are downloaded if they aren't here, and checked. A download that broke off goes on from
    there. They go into the folder DREAM_CACHE, from the address of the folder DREAM_MIRROR instead
    of their makers' if it is set, and through the proxy that HTTPS_PROXY, HTTP_PROXY or ALL_PROXY
    name.
    """
    for wanted in [network(name) for name in names]:
        click.echo(f"{wanted.name}: {console.obtain(wanted, quiet=False)}")
        if first_use.unpublished(wanted) and first_use.record(wanted).is_file():
            click.echo(
                "  Its makers publish no checksum: its layers were checked, and its sha256 is "
                f"remembered in {first_use.record(wanted)}."
            )
