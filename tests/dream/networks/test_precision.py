"""Half precision, as on a GPU: the network's alone, and near enough to full."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from dream.dreamer import Dreamer
from dream.dreaming import dreamt
from dream.gradient import gradient
from dream.networks.architecture import Architecture
from dream.networks.loading import in_half_precision, load
from dream.networks.registry import network
from dream.networks.weights import find
from dream.noise import natural_noise
from dream.objectives import energy
from dream.recipe import Recipe

LAYER = "inception_3b/output"


@pytest.fixture(scope="module", params=["dreamnet", "googlenet"])
def both(request: pytest.FixtureRequest) -> tuple[Architecture, Architecture]:
    """A network in full and in half precision."""
    if request.param == "googlenet":
        request.getfixturevalue("weights")
    of = network(request.param)
    return load(of, find(of)), in_half_precision(load(of, find(of)))


@pytest.fixture(scope="module")
def picture() -> Tensor:
    return natural_noise((1, 3, 96, 128), torch.Generator().manual_seed(4))


def test_pictures_and_gradients_stay_in_full_precision(
    both: tuple[Architecture, Architecture], picture: Tensor
) -> None:
    _, half = both
    assert {each.dtype for each in half.parameters()} == {torch.bfloat16}
    assert half.mean.dtype == torch.float32
    assert half.activation(picture, LAYER).dtype == torch.bfloat16
    assert gradient(half, energy(LAYER), picture).dtype == torch.float32


def test_the_gradient_points_the_same_way(
    both: tuple[Architecture, Architecture], picture: Tensor
) -> None:
    full, half = (gradient(each, energy(LAYER), picture).flatten() for each in both)
    assert float(torch.cosine_similarity(full, half, dim=0)) > 0.98


def test_the_dream_reaches_the_same_objective(
    both: tuple[Architecture, Architecture], picture: Tensor
) -> None:
    full, _ = both
    recipe = Recipe(octaves=1, iterations=6)
    reached = [
        float(full.activation(dreamt(each, energy(LAYER), picture, recipe), LAYER).square().mean())
        for each in both
    ]
    before = float(full.activation(picture, LAYER).square().mean())
    assert reached[0] > 1.2 * before
    assert reached[1] == pytest.approx(reached[0], rel=0.05)


@pytest.mark.gpu
def test_a_gpu_dreams_in_half_precision_what_a_cpu_does(rocket: Path) -> None:
    recipe = Recipe(network="dreamnet", layer=LAYER, size=256, seed=1)
    full = load(network("dreamnet"), find(network("dreamnet")))
    reached = []
    for device in ("cpu", "cuda"):
        dreamer = Dreamer(device)
        if device == "cuda":
            assert next(dreamer.warm("dreamnet").parameters()).dtype == torch.bfloat16
        dream = dreamer.dream(rocket.read_bytes(), recipe)
        again = dreamer.dream(rocket.read_bytes(), recipe)
        assert again.data == dream.data
        pixels = torch.frombuffer(bytearray(_pixels(dream.data)), dtype=torch.uint8)
        shown = pixels.view(dream.size[1], dream.size[0], 3).permute(2, 0, 1)[None].float()
        reached.append(float(full.activation(shown, LAYER).square().mean()))
    assert reached[1] == pytest.approx(reached[0], rel=0.1)


def _pixels(data: bytes) -> bytes:
    from dream.pictures import decode

    return decode(data).rgb.tobytes()
