"""A smoothed gradient has all sizes of pattern in it, the picture's colours, and any shape."""

import math
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from dream.smoothing import LEVELS, smoothed, split

SIZES = [(1, 1), (1, 40), (4, 5), (32, 32), (33, 47), (64, 200), (97, 61)]


def noise(height: int, width: int, seed: int = 0) -> Tensor:
    return torch.randn(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


def waves(period: float, height: int = 128, width: int = 192) -> Tensor:
    """Of that length, from left to right, as strong as 1 by root mean square."""
    phase = torch.arange(width) * (2 * math.pi / period)
    return math.sqrt(2) * phase.sin().expand(1, 3, height, width)


def strength(gradient: Tensor) -> float:
    return float(gradient.square().mean().sqrt())


def share(gradient: Tensor, waves: Tensor) -> float:
    """How strongly those waves are in it."""
    return abs(float((gradient * waves).mean()))


def test_without_smoothing_the_gradient_itself_comes_back() -> None:
    gradient = noise(40, 50)
    assert smoothed(gradient, 0) is gradient


def test_a_little_smoothing_changes_little_but_the_scale() -> None:
    gradient = noise(64, 64)
    found = smoothed(gradient, 0.01)
    assert strength(found - gradient / strength(gradient)) < 0.05


def test_a_frequency_that_drowns_the_others_is_evened_out() -> None:
    fine, coarse = waves(3), waves(24)
    gradient = 50 * fine + coarse
    before = share(gradient, fine) / share(gradient, coarse)
    plain, half, full = (smoothed(gradient, smoothing) for smoothing in (0.0, 0.5, 1.0))
    ratios = [share(found, fine) / share(found, coarse) for found in (plain, half, full)]
    assert ratios[0] == pytest.approx(before)
    assert ratios[0] > 40
    assert 0.5 < ratios[2] < 3
    assert ratios[2] < ratios[1] < ratios[0] / 5


def test_an_even_gradient_stays_as_it_is_in_all_its_bands() -> None:
    # Of equal strength in each band already.
    gradient = waves(2.9) + waves(7) + waves(14) + waves(28)
    found = smoothed(gradient, 1)
    shares = [share(found, waves(period)) for period in (2.9, 7, 14, 28)]
    assert max(shares) < 2 * min(shares)


@pytest.mark.parametrize("smoothing", [0.3, 1.0])
def test_the_evened_part_moves_no_channels_mean(smoothing: float) -> None:
    reddish = torch.tensor([2.0, 0.5, -1.0]).view(1, 3, 1, 1)
    gradient = noise(75, 90) + reddish
    expected = (1 - smoothing) * gradient.mean((2, 3)) / strength(gradient)
    torch.testing.assert_close(
        smoothed(gradient, smoothing).mean((2, 3)), expected, atol=1e-5, rtol=1e-4
    )


@pytest.mark.parametrize("size", SIZES)
def test_bands_add_up_to_the_picture_and_halve_in_size(size: tuple[int, int]) -> None:
    picture = noise(*size)
    bands = split(picture)
    assert len(bands) <= LEVELS + 1
    assert (len(bands) == LEVELS + 1) == (min(size) > 32)
    assert bands[0].shape == picture.shape
    for band, smaller in pairwise(bands):
        assert list(smaller.shape[2:]) == [math.ceil(side / 2) for side in band.shape[2:]]
    # What is fine is in the fine band: little of it is left over.
    if min(size) > 32:
        assert strength(bands[-1]) < 0.2 * strength(bands[0])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("smoothing", [0.5, 1.0])
def test_any_size_is_smoothed(size: tuple[int, int], smoothing: float) -> None:
    found = smoothed(noise(*size), smoothing)
    assert found.shape == (1, 3, *size)
    assert bool(found.isfinite().all())


def test_how_a_gradient_lies_in_memory_makes_no_difference() -> None:
    gradient = noise(61, 83)
    other = gradient.contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(smoothed(gradient, 0.7), smoothed(other, 0.7))


def test_where_there_is_no_slope_none_is_made_up() -> None:
    assert not smoothed(torch.zeros(1, 3, 40, 40), 0.5).any()
