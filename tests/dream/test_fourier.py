"""Pictures as waves: pixels in range, alike at any size, in colours of photographs."""

import pytest
import torch
from torch import Tensor

from dream.fourier import Waves

CPU = torch.device("cpu")


def waves(size: int, seed: int = 1) -> Waves:
    return Waves(size, torch.Generator().manual_seed(seed), CPU)


@pytest.mark.parametrize("size", [64, 65, 97])
def test_a_picture_has_its_size_and_is_faint_grey_to_begin_with(size: int) -> None:
    picture = waves(size).picture().detach()
    assert picture.shape == (1, 3, size, size)
    assert 0 < picture.std() < 30
    assert picture.mean() == pytest.approx(127.5, abs=15)


def test_whatever_the_amplitudes_are_it_is_a_picture() -> None:
    wild = waves(64)
    with torch.no_grad():
        wild.amplitudes.mul_(1e7)
    picture = wild.picture()
    assert picture.isfinite().all()
    assert picture.min() >= 0
    assert picture.max() <= 255


def test_the_same_seed_begins_with_the_same_picture() -> None:
    torch.testing.assert_close(waves(64).picture(), waves(64).picture(), rtol=0, atol=0)
    assert not torch.equal(waves(64).picture(), waves(64, seed=2).picture())


def test_equal_amplitudes_of_a_wave_show_alike_at_any_size() -> None:
    def spread(size: int) -> Tensor:
        one = waves(size)
        with torch.no_grad():
            one.amplitudes.zero_()
            one.amplitudes[:, 0, 1, 0] = 1
        return one.picture().std()

    torch.testing.assert_close(spread(64), spread(256), rtol=1e-3, atol=0)


def test_red_green_and_blue_vary_together_as_in_photographs() -> None:
    colours = waves(128).picture()[0].flatten(1)
    correlations = torch.corrcoef(colours)
    assert correlations[0, 1] > 0.75
    assert correlations[1, 2] > 0.75
    assert correlations[0, 2] < correlations[0, 1]


def test_every_amplitude_counts() -> None:
    shown = waves(64)
    weights = torch.rand((3, 64, 64), generator=torch.Generator().manual_seed(0))
    (gradient,) = torch.autograd.grad((shown.picture() * weights).sum(), shown.amplitudes)
    # The imaginary part of a wave that is its own mirror image has no place in real pixels.
    assert (gradient != 0).float().mean() > 0.98
