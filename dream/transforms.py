"""Random views of a picture: what is seen in all of them is a shape, and no trick of single pixels.

“Feature Visualization” (Olah, Mordvintsev and Schubert 2017, distill.pub/2017/
feature-visualization, “Transformation Robustness”).
"""

import math

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - what everybody calls it

NEAREST, FARTHEST = 0.7, 1.15
"""Share of the picture's side that a view shows; beyond its edges the picture is mirrored."""

TILT = 8.0
"""Degrees that a view is turned, at most."""

SHIFT = 0.05
"""Share of the picture's side that a view may look beyond an edge, where it doesn't show all."""


def random_views(picture: Tensor, count: int, side: int, draw: torch.Generator) -> Tensor:
    """Views of a picture, each shifted, turned and scaled at random.

    Args:
        picture: 1 x 3 x H x W.
        count: How many views, N.
        side: Of each in pixels. Where the picture is larger, it is made smaller first, so that
            nothing finer than a view's pixels shows in it.
        draw: Where chance comes from, on the CPU.

    Returns:
        N x 3 x side x side; they can be derived by the picture.
    """
    if side < min(picture.shape[2:]):
        picture = F.interpolate(picture, (side, side), mode="bilinear", antialias=True)
    places = _places(count, draw).to(picture.device)
    grid = F.affine_grid(places, [count, 3, side, side], align_corners=False)
    return F.grid_sample(
        picture.expand(count, -1, -1, -1),
        grid,
        mode="bilinear",
        padding_mode="reflection",
        align_corners=False,
    )


def _places(count: int, draw: torch.Generator) -> Tensor:
    """Where the views look, as matrices of `affine_grid`, N x 2 x 3."""
    chance = torch.rand((count, 4), generator=draw)
    share = NEAREST * (FARTHEST / NEAREST) ** chance[:, 0]
    turn = math.radians(TILT) * (2 * chance[:, 1] - 1)
    # In units of half a side. A view of less than the whole has room to move within.
    room = (1 - share).clamp_min(0) + 2 * SHIFT
    shift = room[:, None] * (2 * chance[:, 2:] - 1)
    across, down = share * turn.cos(), share * turn.sin()
    rows = [torch.stack([across, -down], 1), torch.stack([down, across], 1)]
    return torch.cat([torch.stack(rows, 1), shift[:, :, None]], 2)
