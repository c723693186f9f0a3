"""The gradient is that of the objective as it is written down, for sums and channels too."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from dream.gradient import gradient
from dream.networks.architecture import Architecture, StagedArchitecture
from dream.networks.loading import layer_channels, load
from dream.networks.registry import network
from dream.networks.weights import find
from dream.objectives import energy, objective

DEEP, SHALLOW = "inception_4c/output", "inception_3a/output"


@pytest.fixture(scope="module")
def sight() -> Architecture:
    return load(network("dreamnet"), find(network("dreamnet")))


@pytest.fixture(scope="module")
def picture() -> Tensor:
    return torch.rand(1, 3, 70, 90, generator=torch.Generator().manual_seed(2)) * 255


def uphill(sight: Architecture, picture: Tensor, *parts: tuple[float, str, list[int]]) -> Tensor:
    """The gradient of Σ weight · ½‖activation of the channels‖², by the definition."""
    pixels = picture.clone().contiguous(memory_format=torch.channels_last).requires_grad_()
    whole = torch.zeros(())
    for weight, layer, channels in parts:
        seen = sight.activation(pixels, layer)[:, channels]
        whole = whole + weight * seen.square().sum() / 2
    (found,) = torch.autograd.grad(whole, pixels)
    return found


def alike(found: Tensor, expected: Tensor) -> bool:
    return float((found - expected).norm()) <= 1e-4 * float(expected.norm())


def test_one_layers_gradient_is_seeded_with_its_activation_and_nothing_else(
    sight: Architecture, picture: Tensor
) -> None:
    pixels = picture.contiguous(memory_format=torch.channels_last).requires_grad_()
    seen = sight.activation(pixels, DEEP)
    (expected,) = torch.autograd.grad(seen, pixels, seen.detach())
    assert torch.equal(gradient(sight, energy(DEEP), picture), expected)


def test_chosen_channels_alone_are_raised(sight: Architecture, picture: Tensor) -> None:
    found = gradient(sight, energy(f"{DEEP}:3,200-202"), picture)
    assert alike(found, uphill(sight, picture, (1, DEEP, [3, 200, 201, 202])))
    assert not alike(found, gradient(sight, energy(DEEP), picture))


@pytest.mark.parametrize("order", ["{0} + {1} + {2}", "{2}+{1}+{0}"])
def test_a_sum_of_layers_has_the_sum_of_their_gradients(
    sight: Architecture, picture: Tensor, order: str
) -> None:
    text = order.format(f"0.25*{SHALLOW}", f"{DEEP}:5", f"3*{DEEP}:5-8")
    parts = (
        (0.25, SHALLOW, list(range(layer_channels("dreamnet")[SHALLOW]))),
        (1, DEEP, [5]),
        (3, DEEP, [5, 6, 7, 8]),
    )
    found = gradient(sight, energy(text), picture)
    assert alike(found, uphill(sight, picture, *parts))
    assert torch.equal(found, gradient(sight, energy(text), picture))


def test_nothing_deeper_than_the_deepest_layer_is_computed(
    sight: Architecture, picture: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(sight, StagedArchitecture)
    deepest = next(index for index, stage in enumerate(sight.stages) if SHALLOW in stage.names)
    for stage in sight.stages[deepest + 1 :]:
        monkeypatch.setattr(stage, "forward", None)
        monkeypatch.setattr(stage, "layers", None)
    found = energy(f"conv2/3x3 + 2*{SHALLOW}").activations(sight, picture)
    assert list(found) == ["conv2/3x3", SHALLOW]
    with pytest.raises(TypeError):
        energy(sight.stages[deepest + 1].names[0]).activations(sight, picture)


def test_the_value_is_the_weighted_mean_square(sight: Architecture, picture: Tensor) -> None:
    with torch.no_grad():
        deep, shallow = (sight.activation(picture, layer) for layer in (DEEP, SHALLOW))
        objective = energy(f"0.5*{SHALLOW} + {DEEP}:3,7")
        found = objective.value(objective.activations(sight, picture))
    expected = 0.5 * shallow.square().mean() + deep[:, [3, 7]].square().mean()
    assert found == pytest.approx(float(expected), rel=1e-5)


def test_a_layer_that_isnt_there_is_an_error(sight: Architecture, picture: Tensor) -> None:
    with pytest.raises(KeyError, match="nothing/here"):
        sight.activation(picture, "nothing/here")


@pytest.mark.parametrize("shift", [(0, 0), (-20, 31), (50, -70)])
def test_a_neuron_stays_at_its_place_of_the_picture_however_it_is_shifted(
    sight: Architecture, picture: Tensor, shift: tuple[int, int]
) -> None:
    found = gradient(sight, energy(f"{SHALLOW}@0.7,0.4"), picture, [shift])
    weights = found[0].abs().sum(0)
    assert 0 < int((weights > 0).sum()) < 70 * 90 * 0.6
    down = float((weights.sum(1) * torch.arange(70)).sum() / weights.sum())
    across = float((weights.sum(0) * torch.arange(90)).sum() / weights.sum())
    assert (across, down) == pytest.approx((0.7 * 90, 0.4 * 70), abs=8)


def test_a_neuron_is_one_channel_at_one_place(sight: Architecture, picture: Tensor) -> None:
    pixels = picture.clone().contiguous(memory_format=torch.channels_last).requires_grad_()
    seen = sight.activation(pixels, SHALLOW)
    row, column = int(0.4 * 70) // 8, int(0.7 * 90) // 8
    (expected,) = torch.autograd.grad(seen[0, 3, row, column] ** 2 / 2, pixels)
    assert alike(gradient(sight, energy(f"{SHALLOW}:3@0.7,0.4"), picture), expected)


def test_a_class_is_raised_by_its_score(weights: Path, picture: Tensor) -> None:
    classic = load(network("googlenet"), weights / "bvlc_googlenet.caffemodel")
    banana = objective("class:banana", "loss3/classifier", {"banana": 954}, {})
    pixels = picture.clone().contiguous(memory_format=torch.channels_last).requires_grad_()
    score = classic.activation(pixels, "loss3/classifier")[0, 954, 0, 0]
    (expected,) = torch.autograd.grad(score, pixels)
    assert alike(gradient(classic, banana, picture), expected)
    with torch.no_grad():
        assert banana.value(banana.activations(classic, picture)) == pytest.approx(float(score))


def test_a_guide_draws_each_place_to_its_best_match(
    sight: Architecture, picture: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    guide = torch.rand(1, 3, 50, 40, generator=torch.Generator().manual_seed(5)) * 255
    pixels = picture.clone().contiguous(memory_format=torch.channels_last).requires_grad_()
    with torch.no_grad():
        shown = sight.activation(guide, SHALLOW)
    seen = sight.activation(pixels, SHALLOW)
    x, y = seen[0].flatten(1), shown[0].flatten(1)
    best = (x.T @ y).argmax(1)
    (expected,) = torch.autograd.grad((x * y[:, best]).sum(), pixels)
    guided = objective(SHALLOW, "", {}, {SHALLOW: shown})
    whole = gradient(sight, guided, picture)
    assert alike(whole, expected)
    monkeypatch.setattr("dream.objectives._MOST_MATCHES", 100)
    assert alike(gradient(sight, guided, picture), whole)
