"""A gradient found tile by tile is the whole picture's."""

import pytest
import torch
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


@pytest.fixture(scope="module")
def sight() -> Architecture:
    return load(network("dreamnet"), find(network("dreamnet")))


@pytest.fixture(scope="module")
def picture() -> Tensor:
    return natural_noise((1, 3, 330, 450), torch.Generator().manual_seed(2))


@pytest.fixture
def tiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST_WHOLE", 1000)
    monkeypatch.setattr(module, "TILE", 160)
    monkeypatch.setattr(module, "MARGIN", 96)


@pytest.mark.parametrize("shift", [(0, 0), (13, -40), (-329, 449), (1000, -1000)])
def test_tiles_add_up_to_the_whole(
    sight: Architecture, picture: Tensor, shift: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = gradient(sight, energy(LAYER), picture, [shift])
    monkeypatch.setattr(module, "LARGEST_WHOLE", 1000)
    monkeypatch.setattr(module, "TILE", 160)
    parts = gradient(sight, energy(LAYER), picture, [shift])
    assert float((parts - whole).norm()) < 0.02 * float(whole.norm())


def test_each_picture_of_a_batch_has_its_own_shift(
    sight: Architecture, picture: Tensor, tiled: None
) -> None:
    shifts = [(3, 50), (-20, 7)]
    both = torch.cat([picture, picture.flip(2)])
    found = gradient(sight, energy(LAYER), both, shifts)
    for index, shift in enumerate(shifts):
        alone = gradient(sight, energy(LAYER), both[index : index + 1], [shift])
        assert torch.equal(found[index : index + 1], alone)


def test_a_neuron_is_found_in_whichever_tile_it_lies(
    sight: Architecture, picture: Tensor, tiled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("0.1,0.1", "0.5,0.5", "0.99,0.7"):
        objective = energy(f"{LAYER}@{place}")
        parts = gradient(sight, objective, picture, [(9, -9)])
        monkeypatch.setattr(module, "LARGEST_WHOLE", 10**6)
        whole = gradient(sight, objective, picture, [(9, -9)])
        monkeypatch.setattr(module, "LARGEST_WHOLE", 1000)
        assert float(whole.norm()) > 0
        assert float((parts - whole).norm()) < 0.02 * float(whole.norm())


@pytest.mark.parametrize("side", [1, 31, 32, 767, 768, 769, 1200, 3024, 16384])
def test_tiles_cover_a_side_once_and_begin_on_the_grid(side: int) -> None:
    spans = module._spans(side)
    assert [place for span in spans for place in range(span.begin, span.end)] == [*range(side)]
    for span in spans:
        assert span.begin % 32 == span.seen_from % 32 == 0
        assert span.end - span.begin <= module.TILE
        assert 0 <= span.seen_from <= span.begin < span.end <= span.seen_to <= side
