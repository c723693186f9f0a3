"""A gradient found tile by tile is the whole picture's."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor

from dream import gradient as module
from dream.gradient import gradient
from dream.networks.architecture import Architecture
from dream.networks.loading import load
from dream.networks.registry import network
from dream.networks.weights import find
from dream.noise import natural_noise
from dream.objectives import energy

LAYER = "inception_3b/output"

PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""Runs a command and prints the most memory that it held, in KiB."""

ROUNDING = 2e-6
"""Of sums of floats in another order, against the mean of what they come to."""


@pytest.fixture(scope="module")
def sight() -> Architecture:
    return load(network("dreamnet"), find(network("dreamnet")))


@pytest.fixture(scope="module")
def picture() -> Tensor:
    return natural_noise((1, 3, 330, 450), torch.Generator().manual_seed(2))


@pytest.fixture
def tiled() -> Iterator[Callable[[int], None]]:
    """Has pictures dreamt in tiles of that side, or at once where it is 0."""
    with pytest.MonkeyPatch.context() as patch:

        def tile(side: int) -> None:
            patch.setattr(module, "TILE", side or module.TILE)
            patch.setattr(module, "LARGEST_WHOLE", 1000 if side else 10**7)

        yield tile


@pytest.mark.parametrize("shift", [(0, 0), (13, -40), (-329, 449), (1000, -1000)])
def test_tiles_add_up_to_the_whole(
    sight: Architecture, picture: Tensor, shift: tuple[int, int], tiled: Callable[[int], None]
) -> None:
    whole = gradient(sight, energy(LAYER), picture, [shift])
    tiled(256)
    parts = gradient(sight, energy(LAYER), picture, [shift])
    assert float((parts - whole).norm()) < ROUNDING * float(whole.norm())


@pytest.mark.parametrize("layer", ["conv2/3x3", LAYER, "inception_4c/output"])
def test_no_seam_shows_where_tiles_meet(
    sight: Architecture, layer: str, tiled: Callable[[int], None]
) -> None:
    """Odd sides, whose last places see less than a stride."""
    picture = natural_noise((1, 3, 701, 839), torch.Generator().manual_seed(3))
    tiled(0)
    whole = gradient(sight, energy(layer), picture)
    tiled(480)
    difference = (gradient(sight, energy(layer), picture) - whole).abs().amax((0, 1))
    margin = module._margin(sight, energy(layer), picture)
    rows, columns = (
        [span.begin for span in module._spans(side, margin)[1:]] for side in difference.shape
    )
    assert rows
    assert columns
    mean = float(whole.abs().mean())
    for row in rows:
        assert float(difference[row - 8 : row + 8].mean()) < ROUNDING * mean
    for column in columns:
        assert float(difference[:, column - 8 : column + 8].mean()) < ROUNDING * mean
    assert float(difference.mean()) < ROUNDING * mean


def test_each_picture_of_a_batch_has_its_own_shift(
    sight: Architecture, picture: Tensor, tiled: Callable[[int], None]
) -> None:
    shifts = [(3, 50), (-20, 7)]
    both = torch.cat([picture, picture.flip(2)])
    tiled(256)
    found = gradient(sight, energy(LAYER), both, shifts)
    for index, shift in enumerate(shifts):
        alone = gradient(sight, energy(LAYER), both[index : index + 1], [shift])
        assert torch.equal(found[index : index + 1], alone)


def test_a_neuron_is_found_in_whichever_tile_it_lies(
    sight: Architecture, picture: Tensor, tiled: Callable[[int], None]
) -> None:
    for place in ("0.1,0.1", "0.5,0.5", "0.99,0.7"):
        objective = energy(f"{LAYER}@{place}")
        tiled(256)
        parts = gradient(sight, objective, picture, [(9, -9)])
        tiled(0)
        whole = gradient(sight, objective, picture, [(9, -9)])
        assert float(whole.norm()) > 0
        assert float((parts - whole).norm()) < 0.02 * float(whole.norm())


def test_the_deeper_a_layer_the_wider_the_margin(sight: Architecture, picture: Tensor) -> None:
    layers = ("conv2/3x3", LAYER, "inception_4c/output", f"{LAYER} + inception_4c/output")
    margins = [module._margin(sight, energy(layer), picture) for layer in layers]
    assert margins == [64, 96, 160, 160]


@pytest.mark.parametrize("margin", [32, 96, 160, 320])
@pytest.mark.parametrize("side", [1, 31, 32, 1151, 1152, 1153, 1200, 3024, 16384])
def test_tiles_cover_a_side_once_and_begin_on_the_grid(side: int, margin: int) -> None:
    spans = module._spans(side, margin)
    assert [place for span in spans for place in range(span.begin, span.end)] == [*range(side)]
    for span in spans:
        assert span.begin % 32 == span.seen_from % 32 == 0
        assert span.seen_to - span.seen_from <= module.TILE
        assert span.begin - span.seen_from >= margin or span.seen_from == 0
        assert span.seen_to - span.end >= margin or span.seen_to == side
        assert 0 <= span.seen_from <= span.begin < span.end <= span.seen_to <= side
    assert len({span.seen_to - span.seen_from for span in spans[:-1]}) <= 1


@pytest.mark.long
@pytest.mark.timeout(600)
def test_twelve_megapixels_are_dreamt_in_two_and_a_quarter_gibibytes(
    weights: Path, rocket: Path, tmp_path: Path
) -> None:
    with Image.open(rocket) as photograph:
        photograph.convert("RGB").resize((4000, 3000)).save(tmp_path / "large.jpg")
    recipe = ["--network", "googlenet", "--layer", "inception_4c/output", "--iterations", "1"]
    files = [str(tmp_path / "large.jpg"), "-o", str(tmp_path / "dream.png")]
    command = [sys.executable, "-m", "dream.cli", "image", *files, *recipe, "--device", "cpu", "-q"]
    # Of a process that a small one starts: a child counts what its parent held when it began.
    measured = subprocess.run(
        [sys.executable, "-c", PEAK, *command],
        env={**os.environ, "DREAM_WEIGHTS": str(weights)},
        check=True,
        stdout=subprocess.PIPE,
    )
    assert int(measured.stdout) < 2.25 * 2**20
    with Image.open(tmp_path / "dream.png") as dream:
        assert dream.size == (4000, 3000)
