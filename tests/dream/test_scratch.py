"""The ascent from noise: it rises, it ends where told to, the same seed takes the same way."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from dream import RecipeError, UnknownName
from dream.errors import Cancelled
from dream.networks.architecture import Architecture
from dream.networks.classes import class_index
from dream.networks.loading import load, logits
from dream.networks.registry import network
from dream.networks.weights import find
from dream.noise import natural_noise
from dream.scratch import channel, class_logit, imagine
from dream.stages import stages


@pytest.fixture(scope="module")
def googlenet(weights: Path) -> Architecture:
    return load(network("googlenet"), weights / "bvlc_googlenet.caffemodel")


@pytest.fixture(scope="module")
def squeezenet(weights: Path) -> Architecture:
    return load(network("squeezenet"), weights / "squeezenet_v1.1.caffemodel")


def redness(pictures: Tensor) -> Tensor:
    return (pictures[:, 0] - pictures[:, 1]).mean((1, 2))


@pytest.mark.parametrize("size", [64, 200, 512])
@pytest.mark.parametrize("steps", [8, 9, 256])
def test_stages_are_all_the_steps_coarse_to_fine(steps: int, size: int) -> None:
    plan = stages(steps, size)
    assert sum(stage.steps for stage in plan) == steps
    sides = [stage.side for stage in plan]
    assert sides == sorted(sides)
    assert max(sides) <= size


def test_an_ascent_finds_what_it_is_told_to() -> None:
    picture = imagine(redness, 64, steps=60, seed=1)
    assert picture.shape == (1, 3, 64, 64)
    assert float(redness(picture)) > 40
    assert picture.min() >= 0
    assert picture.max() <= 255


def test_the_same_seed_gives_the_same_picture() -> None:
    first, again, other = (imagine(redness, 64, steps=8, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_where_there_is_no_way_up_there_is_noise_and_no_end_of_it() -> None:
    picture = imagine(lambda views: 0 * views.mean((1, 2, 3)), 64, steps=200, seed=1)
    assert picture.isfinite().all()
    assert 20 < picture.std() < 120


def test_what_is_silent_at_grey_is_woken_by_noise() -> None:
    def strong_red(pictures: Tensor) -> Tensor:
        return (pictures[:, 0] - pictures[:, 1] - 40).relu().mean((1, 2))

    assert float(strong_red(imagine(strong_red, 64, steps=60, seed=1))) > 5


def test_whoever_looks_on_sees_each_step_and_may_end_it() -> None:
    seen: list[int] = []

    def look(stage: int, picture: Tensor) -> None:
        assert picture.shape == (1, 3, 64, 64)
        assert not picture.requires_grad
        seen.append(stage)
        if len(seen) == 10:
            raise Cancelled("Enough.")

    imagine(redness, 64, steps=8, seed=1, on_step=look)
    assert seen == [0, 0, 0, 1, 1, 1, 2, 2]
    with pytest.raises(Cancelled):
        imagine(redness, 64, steps=8, seed=1, on_step=look)
    assert len(seen) == 10


def test_a_picture_of_a_class_has_far_more_of_it_than_noise(googlenet: Architecture) -> None:
    starfish = class_logit(googlenet, "googlenet", class_index("googlenet", "starfish"))
    picture = imagine(starfish, 96, steps=32, seed=1)
    noise = natural_noise((8, 3, 96, 96), torch.Generator().manual_seed(1))
    with torch.no_grad():
        found, nothing = float(starfish(picture)), starfish(noise)
    assert found > nothing.max() + 5 * nothing.std()


def test_a_picture_of_a_channel_has_far_more_of_it_than_noise() -> None:
    ours = load(network("dreamnet"), find(network("dreamnet")))
    wanted = channel(ours, "inception_4a/output", 3)
    picture = imagine(wanted, 96, steps=32, seed=1)
    noise = natural_noise((8, 3, 96, 96), torch.Generator().manual_seed(1))
    with torch.no_grad():
        found, nothing = float(wanted(picture)), wanted(noise)
    assert found > nothing.max() + 5 * nothing.std()


def test_classes_are_where_a_network_has_them() -> None:
    assert logits("googlenet") == "loss3/classifier"
    assert logits("squeezenet") == "conv10"
    with pytest.raises(RecipeError, match="dreamnet has no classes"):
        logits("dreamnet")
    with pytest.raises(UnknownName, match="Nearest: googlenet"):
        logits("googlnet")


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", ["banana", "dumbbell", "starfish", "stupa"])
def test_another_network_names_what_the_first_imagined(
    name: str, googlenet: Architecture, squeezenet: Architecture
) -> None:
    index = class_index("googlenet", name)
    picture = imagine(class_logit(googlenet, "googlenet", index), 256, steps=256, seed=2)
    small = torch.nn.functional.interpolate(picture, (227, 227), mode="bilinear", antialias=True)
    with torch.no_grad():
        found = squeezenet.activation(small, "pool10").flatten()
    assert index in found.topk(5).indices
