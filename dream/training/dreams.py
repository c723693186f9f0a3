"""Pictures that the student is dreaming just now, for the teacher to say what it sees in them.

What a network dreams is nothing that a camera sees. Trained on photographs alone, it would be
taught nothing about its own dreams, and they would drift to specks that only it can see.
"""

import torch
from torch import Tensor

from dream.networks.dreamnet import BLOCKS
from dream.noise import natural_noise
from dream.training.pictures import Pictures, varied
from dream.training.student import Student

OLDEST = 30
"""Steps after which a dream gives its place to a new picture."""

NOISE_SHARE = 0.2
"""So many of them begin with noise."""


class Dreams:
    """Some pictures, each dreamt a step further every time they are asked for.

    Args:
        count: How many.
        side: Of each, in pixels.
    """

    def __init__(self, count: int, side: int, pictures: Pictures, draw: torch.Generator) -> None:
        self._pictures = pictures
        self._draw = draw
        self._shown = torch.cat([self._fresh(side) for _ in range(count)])
        self._age = [self._number(OLDEST) for _ in range(count)]

    def further(self, student: Student, count: int) -> Tensor:
        """So many of them, N x 3 x side x side, a step further in this student's eyes."""
        order = torch.randperm(len(self._shown), generator=self._draw)[:count]
        for index in order.tolist():
            self._age[index] += 1
            if self._age[index] > OLDEST:
                self._age[index] = 0
                self._shown[index] = self._fresh(self._shown.shape[-1])[0]
        pictures = self._shown[order].to(student.network.mean.device)
        block = list(BLOCKS)[self._number(len(BLOCKS))]
        dreamt = self._step(student, pictures, f"{block}/output")
        self._shown[order] = dreamt.cpu()
        return dreamt

    def _step(self, student: Student, pictures: Tensor, layer: str) -> Tensor:
        pictures = pictures.detach().requires_grad_()
        activation = student.network.activation(pictures, layer)
        (uphill,) = torch.autograd.grad(activation, pictures, activation.detach())
        size = uphill.abs().mean((1, 2, 3), keepdim=True).clamp_min(1e-20)
        step = 1 + 4 * torch.rand(len(pictures), 1, 1, 1, generator=self._draw)
        shift = (self._number(9) - 4, self._number(9) - 4)
        moved = (pictures + step.to(uphill.device) * uphill / size).clamp(0, 255)
        return moved.detach().roll(shift, (2, 3))

    def _fresh(self, side: int) -> Tensor:
        if self._number(1000) < 1000 * NOISE_SHARE:
            return natural_noise((1, 3, side, side), self._draw)
        return varied(self._pictures.crops(1, side, self._draw), self._draw)

    def _number(self, below: int) -> int:
        return int(torch.randint(below, (), generator=self._draw))
