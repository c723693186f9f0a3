"""How much of the teacher the student explains, on pictures that neither of its stages saw."""

import torch
from torch import Tensor

from dream.training.student import Student
from dream.training.teacher import Teacher

SILENT = 1e-2
"""Variance, in the teacher's units, below which a channel says nothing that could be explained."""


@torch.no_grad()
def explained(student: Student, teacher: Teacher, pictures: Tensor) -> dict[str, float]:
    """R² of rectified activations, the mean over channels, by block.

    1 is the teacher itself, 0 as good as knowing each channel's mean.

    Args:
        student: With its readouts.
        teacher: What it is compared with.
        pictures: N x 3 x H x W, RGB, 0 to 255.
    """
    said = _joined([student(some) for some in torch.split(pictures, 16)])
    wanted = _joined([teacher.blocks(some) for some in torch.split(pictures, 16)])
    return {name: r_squared(said[name].relu(), wanted[name].relu()) for name in wanted}


@torch.no_grad()
def stem_explained(student: Student, teacher: Teacher, pictures: Tensor) -> float:
    """The same of the stem, which has no negative values."""
    return r_squared(student.stem(pictures), teacher.stem(pictures))


def r_squared(said: Tensor, wanted: Tensor) -> float:
    """Mean over channels of 1 - mean square error / variance; silent channels are left out."""
    error = (said - wanted).square().mean((0, 2, 3))
    variance = wanted.var((0, 2, 3), unbiased=False)
    heard = variance > SILENT
    return float((1 - error[heard] / variance[heard]).mean())


def _joined(maps: list[dict[str, Tensor]]) -> dict[str, Tensor]:
    return {name: torch.cat([some[name] for some in maps]) for name in maps[0]}
