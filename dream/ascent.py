"""The algorithm: gradient ascent through octaves, as in Google's notebook of 2015.

https://github.com/google/deepdream/blob/master/dream.ipynb

A picture is dreamt small first, then larger and larger, so that what the network sees comes in
all sizes. From one octave to the next only the detail is carried, what dreaming added; under it
lies each time the photograph itself, sharp at that size.
"""

import random
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - what everybody calls it

from dream.recipe import Size

Gradient = Callable[[Tensor], Tensor]
"""From a picture, 1 x 3 x H x W, to its gradient, of the same shape."""

Shift = tuple[int, int]
"""Pixels down and to the right."""

OnStep = Callable[[int, Tensor], None]
"""Called after each step with the octave, from 0, and the picture as it is now."""


@torch.no_grad()
def ascend(
    photograph: Tensor,
    sizes: Sequence[Size],
    gradient: Gradient,
    *,
    iterations: int,
    step: float,
    shifts: Iterator[Shift],
    on_step: OnStep = lambda octave, picture: None,
) -> Tensor:
    """The dream of a photograph.

    Args:
        photograph: 1 x 3 x H x W, RGB, 0 to 255.
        sizes: Of the octaves, smallest first; the last is the photograph's own.
        gradient: Of the objective.
        iterations: Steps on each octave.
        step: Mean absolute change of a pixel in one step, in grey levels.
        shifts: A circular shift for each step, so that no pixel always lies on the same place
            of the network's grid.
        on_step: Told about each step; may raise to end it.

    Returns:
        The same shape and range.
    """
    bases = [photograph]
    for size in reversed(sizes[:-1]):
        bases.insert(0, _zoom(bases[0], size))
    detail = torch.zeros_like(bases[0])
    for octave, (base, size) in enumerate(zip(bases, sizes, strict=True)):
        picture = base + _zoom(detail, size)
        for _ in range(iterations):
            picture = _step(picture, gradient, step, next(shifts))
            on_step(octave, picture)
        detail = picture - base
    return picture


def random_shifts(seed: int, jitter: int) -> Iterator[Shift]:
    """Shifts of up to `jitter` pixels each way, the same ones for the same seed everywhere."""
    draw = random.Random(seed)
    while True:
        yield draw.randint(-jitter, jitter), draw.randint(-jitter, jitter)


def _step(picture: Tensor, gradient: Gradient, step: float, shift: Shift) -> Tensor:
    shifted = picture.roll(shift, (2, 3))
    uphill = gradient(shifted)
    # Where the network sees nothing at all there is no way up, and nothing is changed.
    scale = step / uphill.abs().mean().clamp_min(1e-30)
    moved = (shifted + scale * uphill).clamp_(0, 255)
    return moved.roll((-shift[0], -shift[1]), (2, 3))


def _zoom(picture: Tensor, size: Size) -> Tensor:
    """Linear interpolation with corners kept on corners, as `scipy.ndimage.zoom` has it."""
    width, height = size
    return F.interpolate(picture, (height, width), mode="bilinear", align_corners=True)
