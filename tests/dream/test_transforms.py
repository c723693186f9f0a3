"""Random views: in range, of the size asked for, drawn by the seed, different from each other."""

import pytest
import torch
from torch import Tensor

from dream.transforms import random_views


def draw(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def picture() -> Tensor:
    ramp = torch.linspace(0, 255, 96)
    return torch.stack([ramp.expand(96, -1), ramp[:, None].expand(-1, 96), ramp.expand(96, -1)])[
        None
    ]


@pytest.mark.parametrize("side", [48, 96, 128])
def test_views_are_of_the_picture_and_of_the_size_that_is_asked_for(
    picture: Tensor, side: int
) -> None:
    views = random_views(picture, 5, side, draw())
    assert views.shape == (5, 3, side, side)
    assert views.isfinite().all()
    assert views.min() >= -1e-3
    assert views.max() <= 255 + 1e-3
    # A ramp stays one: no view is turned far, mirrored, or looks at a corner only.
    across = views[:, 0, :, -1].mean(1) - views[:, 0, :, 0].mean(1)
    assert (across > 120).all()


def test_views_differ_and_the_same_seed_draws_the_same(picture: Tensor) -> None:
    views = random_views(picture, 4, 64, draw())
    for other in range(1, 4):
        assert (views[0] - views[other]).abs().mean() > 1
    assert torch.equal(views, random_views(picture, 4, 64, draw()))
    assert not torch.equal(views, random_views(picture, 4, 64, draw(2)))


def test_nothing_finer_than_a_views_pixels_shows_in_it() -> None:
    chess = (torch.arange(96)[:, None] + torch.arange(96)) % 2 * 255.0
    views = random_views(chess.expand(1, 3, -1, -1), 2, 32, draw())
    assert (views - 127.5).abs().max() < 20


def test_every_pixel_is_seen_in_some_view(picture: Tensor) -> None:
    pixels = picture.requires_grad_()
    (gradient,) = torch.autograd.grad(random_views(pixels, 24, 96, draw()).sum(), pixels)
    assert (gradient > 0).all()
