"""A tour changes one choice from stop to stop."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

from dream.cli import main
from dream.networks.loading import layer_channels
from dream.networks.registry import networks
from dream.recipe import Recipe
from dream.tour import AXES, recipes, stops

OURS = Recipe(network="dreamnet", layer="inception_4c/output")


@pytest.mark.parametrize("name", [*networks(), "torchvision:resnet18", "torchvision:vgg11"])
def test_a_tour_goes_from_shallow_to_deep(name: str) -> None:
    found = stops(name)
    order = list(layer_channels(name))
    places = [order.index(stop) for stop in found]
    assert places == sorted(places)
    assert 6 <= len(found) <= 12
    assert places[0] < len(order) / 8
    assert places[-1] > len(order) / 2


@pytest.mark.parametrize("by", AXES)
def test_other_tours_change_that_choice_alone(by: str) -> None:
    stops = recipes(OURS, by)
    values = [getattr(recipe, by) for _, recipe in stops]
    assert values == sorted(AXES[by])
    for label, recipe in stops:
        assert f"{getattr(recipe, by):g}" in label
        assert recipe.with_(**{by: getattr(OURS, by)}) == OURS


def test_the_command_draws_a_sheet_with_the_photograph_first(rocket: Path, tmp_path: Path) -> None:
    target = tmp_path / "tour.png"
    options = ["--network", "dreamnet", "--octaves", "1", "--iterations", "1", "--size", "64"]
    said = CliRunner().invoke(
        main,
        ["tour", str(rocket), "-o", str(target), *options, "--width", "48", "--columns", "5"],
    )
    assert said.exit_code == 0, said.output
    with Image.open(target) as sheet:
        assert sheet.width == 6 + 5 * (48 + 6)
        assert f"{target}: {sheet.width}×{sheet.height}, seed " in said.stderr
