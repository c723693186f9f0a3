"""One gradient of one picture: of all of it at once, or tile by tile where it is large.

Tiles bound the memory. Each is seen with a margin of its surroundings, but only what it sees
itself counts, and what this says about the margin is added there. So every activation counts once,
and the gradient is the whole picture's but for what lies beyond the margins.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from dream.ascent import Shift
from dream.memory import MOST_KEPT, release_memory
from dream.networks.architecture import Architecture
from dream.objectives import Objective, View

TILE = 1152
"""Longest side of a tile in pixels, its margins included; a multiple of the grid."""

LARGEST_WHOLE = TILE**2
"""Pixels of a picture that is seen at once. By size and never by free memory: the same anywhere."""

REACH = 10
"""Strides of a layer that a tile is seen with around it. GoogLeNet's `inception_4c/output` sees 157
pixels far and has a stride of 16: up to there tiles give the whole picture's gradient."""

_WIDEST_MARGIN = 320
"""In pixels: ten strides of 32. A score has no place, so that its stride is the whole tile."""

_GRID = 32
"""Tiles begin at multiples of this, so that all networks' grids lie on them as on the picture."""

_PROBE = 256
"""Side in pixels of the corner by which a layer's stride is found."""


def gradient(
    network: Architecture, objective: Objective, picture: Tensor, shifts: Sequence[Shift] = ()
) -> Tensor:
    """How the objective changes with each pixel.

    Args:
        network: Frozen.
        objective: To be raised.
        picture: N x 3 x H x W, RGB, 0 to 255.
        shifts: Of each picture, before it is shown to the network; none if empty.

    Returns:
        The same shape, for the picture as it lies: not shifted.
    """
    if picture.shape[2] * picture.shape[3] <= LARGEST_WHOLE:
        return _whole(network, objective, picture, shifts)
    found = torch.zeros_like(picture)
    for index in range(len(picture)):
        shift = shifts[index] if shifts else (0, 0)
        _add_tiles(network, objective, picture[index : index + 1], shift, found[index])
    release_memory(MOST_KEPT - found.nbytes)  # for whoever changes it needs as much again
    return found


def _whole(
    network: Architecture, objective: Objective, picture: Tensor, shifts: Sequence[Shift]
) -> Tensor:
    size = (picture.shape[2], picture.shape[3])
    views = [View(size, shift) for shift in shifts] or [View(size)] * len(picture)
    if shifts:
        picture = _rolled(picture, shifts)
    found = _seen(network, objective, picture, views)
    if not shifts:
        return found
    return _rolled(found, [(-down, -right) for down, right in shifts])


def _rolled(picture: Tensor, shifts: Sequence[Shift]) -> Tensor:
    return torch.cat(
        [
            each.roll(shift, (2, 3))
            for each, shift in zip(torch.split(picture, 1), shifts, strict=True)
        ]
    )


@dataclass(frozen=True, slots=True)
class _Span:
    """A tile along one side of a shifted picture, and what it is seen with."""

    begin: int
    end: int
    seen_from: int
    seen_to: int


def _add_tiles(
    network: Architecture, objective: Objective, picture: Tensor, shift: Shift, found: Tensor
) -> None:
    """Add the gradient of each tile of a picture, 1 x 3 x H x W, to what is found, 3 x H x W."""
    height, width = picture.shape[2:]
    margin = _margin(network, objective, picture)
    for rows in _spans(height, margin):
        for columns in _spans(width, margin):
            at = [
                (torch.arange(span.seen_from, span.seen_to, device=picture.device) - moved) % side
                for span, moved, side in zip((rows, columns), shift, (height, width), strict=True)
            ]
            tile = picture.index_select(2, at[0]).index_select(3, at[1])
            corner = (rows.seen_from, columns.seen_from)
            view = View((height, width), shift, corner, (tile.shape[2], tile.shape[3]))
            of_tile = _seen(network, objective, tile, [view], (rows, columns))
            for channel, of_channel in zip(found, of_tile[0], strict=True):
                _add_at(channel, at, of_channel)
            del tile, of_tile
            release_memory()


def _add_at(found: Tensor, at: list[Tensor], values: Tensor) -> None:
    """Add values to a picture, H x W, at those rows and columns, which may go round its edges."""
    for rows, of_rows in _runs(at[0]):
        for columns, of_columns in _runs(at[1]):
            found[rows, columns] += values[of_rows, of_columns]


def _runs(at: Tensor) -> Iterator[tuple[slice, slice]]:
    """Places in a row, in the picture and in the tile."""
    breaks = (torch.nonzero(at.diff() != 1).flatten() + 1).tolist()
    for first, last in pairwise([0, *breaks, len(at)]):
        begin = int(at[first])
        yield slice(begin, begin + last - first), slice(first, last)


def _spans(side: int, margin: int) -> list[_Span]:
    """Tiles along a side of that many pixels: as few as can be, and seen equally long.

    Of one size, they find room in the same memory one after the other; only the last may be a
    little shorter, where the side is no multiple of the grid.
    """
    count = max(1, math.ceil((side - 2 * margin) / (TILE - 2 * margin)))
    step = _on_grid((side - 2 * margin) / count)
    seen = step + 2 * margin
    ends = [*(number * step + margin for number in range(1, count)), side]
    return [
        _Span(begin, end, start, min(side, start + seen))
        for number, (begin, end) in enumerate(pairwise([0, *ends]))
        for start in [min(number * step, max(0, _on_grid(side - seen)))]
    ]


def _on_grid(pixels: float) -> int:
    """Rounded up to a multiple of the grid."""
    return math.ceil(pixels / _GRID) * _GRID


@torch.no_grad()
def _margin(network: Architecture, objective: Objective, picture: Tensor) -> int:
    """Pixels around a tile that it is seen with: the deeper the layer, the more."""
    corner = picture[:1, :, :_PROBE, :_PROBE]
    found = objective.activations(network, corner)
    strides = [
        _stride(corner.shape[dim], each.shape[dim]) for each in found.values() for dim in (2, 3)
    ]
    return min(_on_grid(REACH * max(strides)), _WIDEST_MARGIN)


def _stride(pixels: int, places: int) -> int:
    """Pixels from one place of an activation to the next: a power of two in every network.

    Rounded to one, for without padding there are fewer places at a side's end.
    """
    return 1 << round(math.log2(pixels / places))


def _seen(
    network: Architecture,
    objective: Objective,
    picture: Tensor,
    views: Sequence[View],
    tile: tuple[_Span, _Span] | None = None,
) -> Tensor:
    with torch.enable_grad():
        pixels = picture.detach().contiguous(memory_format=torch.channels_last).requires_grad_()
        activations = objective.activations(network, pixels)
        seeds = objective.seeds(activations, views)
        if tile is not None:
            seeds = [_within(seed, tile) for seed in seeds]
        (found,) = torch.autograd.grad(list(activations.values()), pixels, seeds)
    return found


def _within(seed: Tensor, tile: tuple[_Span, _Span]) -> Tensor:
    """The seed of the tile itself, nothing of its margins."""
    kept = torch.zeros_like(seed)
    rows, columns = (
        slice(
            round((span.begin - span.seen_from) / stride),
            # Where the picture ends there may be a place that sees less than a stride of it.
            round((span.end - span.seen_from) / stride) if span.end < span.seen_to else places,
        )
        for span, places in zip(tile, seed.shape[2:], strict=True)
        for stride in [_stride(span.seen_to - span.seen_from, places)]
    )
    kept[:, :, rows, columns] = seed[:, :, rows, columns]
    return kept
