"""The algorithm: gradient ascent through octaves, as in Google's notebook of 2015.

https://github.com/google/deepdream/blob/master/dream.ipynb

A picture is dreamt small first, then larger and larger, so that what the network sees comes in
all sizes. From one octave to the next only the detail is carried, what dreaming added; under it
lies each time the photograph itself, sharp at that size.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - what everybody calls it

from dream.memory import MOST_KEPT, release_memory
from dream.starts import Size

Shift = tuple[int, int]
"""Pixels down and to the right, round the edges."""

Gradient = Callable[[Tensor, Sequence[Shift]], Tensor]
"""From pictures, N x 3 x H x W, and how each is to be shifted, to their gradient as they lie."""

OnStep = Callable[[int, Tensor], None]
"""Called after each step with the octave, from 0, and the picture, which the next step changes."""

_ROWS = 256


@dataclass(frozen=True, slots=True)
class Schedule:
    """How far each octave goes, and how fast.

    Attributes:
        sizes: Of the octaves, smallest first; the last is the photograph's own.
        iterations: Steps on each octave.
        step: Mean absolute change of a pixel in one step, in grey levels.
        momentum: Share of a step that goes on in the next one, 0 to below 1.
    """

    sizes: Sequence[Size]
    iterations: Sequence[int]
    step: float
    momentum: float = 0.0


@torch.no_grad()
def ascend(
    photograph: Tensor,
    gradient: Gradient,
    schedule: Schedule,
    shifts: Iterator[Sequence[Shift]],
    *,
    mask: Tensor | None = None,
    on_step: OnStep = lambda octave, picture: None,
) -> Tensor:
    """The dreams of some photographs of one size, each as if it were alone.

    Args:
        photograph: N x 3 x H x W, RGB, 0 to 255; of any type, turned into floats when needed.
        gradient: Of the objective.
        schedule: Octaves and steps.
        shifts: For each step, a circular shift for each photograph, so that no pixel always lies
            on the same place of the network's grid.
        mask: How far each pixel may change, 1 x 1 x H x W, 0 to 1; all of them fully if None.
        on_step: Told about each step; may raise to end it.

    Returns:
        The same shape and range, as floats.
    """
    # The largest is turned into floats only when its turn comes: large pictures fill the memory.
    bases = [*_smaller(photograph, schedule.sizes[:-1]), photograph]
    detail: Tensor | None = None
    for octave, (size, iterations) in enumerate(
        zip(schedule.sizes, schedule.iterations, strict=True)
    ):
        base = bases.pop(0)
        width, height = size
        # Room for two such pictures of floats, one of them only on the way.
        release_memory(MOST_KEPT - 2 * 4 * 3 * len(photograph) * width * height)
        area = _at(mask, size)
        if detail is None:
            picture = base.float().clone()
        else:
            picture = _added(_carried(detail, size, area), base)
        detail = None
        climb = _Climb(picture, schedule, area)
        for _ in range(iterations):
            climb.step(gradient, next(shifts))
            on_step(octave, picture)
        del climb
        if bases:
            detail = picture.sub_(base)
    return picture


def random_shifts(seed: int, jitter: int) -> Iterator[Shift]:
    """Shifts of up to `jitter` pixels each way, the same ones for the same seed everywhere."""
    draw = random.Random(seed)
    while True:
        yield draw.randint(-jitter, jitter), draw.randint(-jitter, jitter)


def together(each: Sequence[Iterator[Shift]]) -> Iterator[Sequence[Shift]]:
    """The shifts of several photographs, side by side for each step."""
    return zip(*each, strict=False)


class _Climb:
    """One octave's way uphill: changes the picture, N x 3 x H x W, that it is begun with."""

    def __init__(self, picture: Tensor, schedule: Schedule, mask: Tensor | None) -> None:
        self._picture = picture
        self._step, self._momentum, self._mask = schedule.step, schedule.momentum, mask
        self._velocity: Tensor | None = None

    def step(self, gradient: Gradient, shifts: Sequence[Shift]) -> None:
        """One step; everything in place, since a picture may be large."""
        uphill = gradient(self._picture, shifts)
        share = 1.0
        if self._mask is not None:
            uphill *= self._mask
            share = float(self._mask.mean())
        # Where the network sees nothing at all there is no way up, and nothing is changed.
        uphill *= self._step * share / _strength(uphill).clamp_min(1e-30)
        if self._momentum:
            if self._velocity is not None:
                uphill.add_(self._velocity, alpha=self._momentum)
            self._velocity = uphill
        self._picture.add_(uphill).clamp_(0, 255)


def _strength(uphill: Tensor) -> Tensor:
    """The mean absolute value of each gradient, N x 1 x 1 x 1.

    Row by row: a norm is one long sum of floats, which of 48 megapixels comes to less than half.
    """
    rows: Tensor = torch.linalg.vector_norm(uphill, 1, 3, keepdim=True)
    return rows.mean((1, 2), keepdim=True) / uphill.shape[3]


def _smaller(photograph: Tensor, sizes: Sequence[Size]) -> list[Tensor]:
    """The photograph at those sizes, smallest first, each made of the next larger one."""
    bases: list[Tensor] = []
    larger = photograph.float() if sizes else photograph
    for size in reversed(sizes):
        larger = _zoom(larger, size)
        bases.insert(0, larger)
    return bases


def _added(detail: Tensor, base: Tensor) -> Tensor:
    """Some rows at a time, for a base of bytes is turned into floats on the way. In place."""
    for rows, of_base in zip(
        *(torch.split(each, _ROWS, 2) for each in (detail, base)), strict=True
    ):
        rows.add_(of_base)
    return detail


def _carried(detail: Tensor, size: Size, area: Tensor | None) -> Tensor:
    """The detail at another size, none of it beyond the mask, however wide its pixels become."""
    larger = _zoom(detail, size)
    return larger if area is None else larger.mul_(area > 0)


def _at(mask: Tensor | None, size: Size) -> Tensor | None:
    width, height = size
    return None if mask is None else F.interpolate(mask, (height, width), mode="area")


def _zoom(picture: Tensor, size: Size) -> Tensor:
    """Linear interpolation with corners kept on corners, as `scipy.ndimage.zoom` has it."""
    width, height = size
    return F.interpolate(picture, (height, width), mode="bilinear", align_corners=True)
