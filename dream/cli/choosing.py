"""From options to a recipe."""

from pathlib import Path
from typing import Any

import click

from dream.cli.console import LIMITS
from dream.errors import RecipeError
from dream.imagination import is_imagination
from dream.networks.registry import Network, network
from dream.networks.weights import own
from dream.pictures import read_choices
from dream.presets import DEFAULT, Preset, default_preset, preset
from dream.recipe import Recipe, random_seed

_FOR_WHAT = "--weights needs --architecture NAME: the network that the file's weights are for."


def chosen_recipe(
    *,
    preset_name: str | None,
    recipe_file: Path | None,
    weights: Path | None,
    architecture: str | None,
    fast: bool,
    quiet: bool,
    **choices: Any,
) -> Recipe:
    """The recipe of a preset or of another dream, with what else was chosen; its seed is drawn.

    Raises:
        UsageError: Options that exclude each other, or need each other.
        DreamError: There is no such preset, network or recipe, or a choice is out of its range.
    """
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
    if "octaves" in chosen and "smallest" not in chosen:
        chosen["smallest"] = None
    recipe = (recipe.fast() if fast else recipe).with_(**chosen)
    if weights is not None and architecture is None:
        _own_again(weights, recipe)
    return recipe


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


def _recipe_of(file: Path) -> Recipe:
    """The recipe inside a dream, or of a JSON file."""
    data = file.read_bytes()
    text = (
        data.decode(errors="replace") if data.lstrip()[:1] == b"{" else read_choices(data, LIMITS)
    )
    if is_imagination(text):
        raise RecipeError("That picture was made from scratch; it has no recipe for another one.")
    return Recipe.from_json(text)
