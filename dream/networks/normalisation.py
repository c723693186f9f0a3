"""Local response normalisation, which evens out a place's strong channels by their neighbours.

“ImageNet Classification with Deep Convolutional Neural Networks”, Krizhevsky et al. 2012, 3.3.
"""

from collections.abc import Iterator
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - what everybody calls it

ALPHA = 1e-4
BETA = 0.75
NEIGHBOURS = 5

_PLACES = 2048
"""Worked on at a time on a processor, so that what is between lies in its cache."""


class LocalResponseNorm(nn.Module):
    """y = x / s^¾, where s = 1 + alpha/n · the sum of n neighbouring channels' squares, n = 5."""

    def rectified(self, x: Tensor) -> Tensor:
        """The answer to an x that is rectified first, N x C x H x W."""
        if x.device.type == "cpu" and x.dtype == torch.float32:
            return _InStrips.apply(x, True)  # type: ignore[no-any-return, no-untyped-call]
        return cast(Tensor, self(F.relu(x)))

    def forward(self, x: Tensor) -> Tensor:
        """N x C x H x W, and so is the answer."""
        if x.device.type == "cpu" and x.dtype == torch.float32:
            return _InStrips.apply(x, False)  # type: ignore[no-any-return, no-untyped-call]
        # In half precision, 1 plus little would be 1.
        return F.local_response_norm(x.float(), NEIGHBOURS, ALPHA, BETA).to(x.dtype)


class _InStrips(torch.autograd.Function):
    """The same, strip by strip of places whose channels lie side by side.

    x^-¾ comes from two roots. With r = s^-½, the gradient is that of the answer times r^1½,
    less 2·¾·alpha/n · x · the neighbours' sum of gradient · x · r^3½.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, rectified: bool) -> Tensor:
        x = x.contiguous(memory_format=torch.channels_last)
        answer, root = torch.empty_like(x), torch.empty_like(x)
        around = _Neighbours(x.shape[1])
        shown = x.new_empty(_PLACES, x.shape[1])
        for x_, root_, answer_ in _strips(x, root, answer):
            x_ = _rectified(x_, shown) if rectified else x_  # noqa: PLW2901
            torch.mul(x_, x_, out=around.values(len(x_)))
            around.sums(root_).mul_(ALPHA / NEIGHBOURS).add_(1).rsqrt_()
            torch.sqrt(root_, out=answer_).mul_(root_).mul_(x_)
        ctx.save_for_backward(x, root)
        ctx.rectified = rectified
        return answer

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        x, root = ctx.saved_tensors
        (of_answer,) = (each.contiguous(memory_format=torch.channels_last) for each in gradients)
        found = torch.empty_like(x)
        around = _Neighbours(x.shape[1])
        sums, shown = (x.new_empty(_PLACES, x.shape[1]) for _ in range(2))
        for seen_, root_, of_answer_, found_ in _strips(x, root, of_answer, found):
            x_ = _rectified(seen_, shown) if ctx.rectified else seen_
            torch.sqrt(root_, out=found_).mul_(root_).mul_(of_answer_)
            inner = around.values(len(x_))
            torch.mul(found_, x_, out=inner).mul_(root_).mul_(root_)
            sum_ = around.sums(sums[: len(x_)])
            found_.addcmul_(x_, sum_, value=-2 * BETA * ALPHA / NEIGHBOURS)
            if ctx.rectified:
                torch.ops.aten.threshold_backward.grad_input(found_, x_, 0, grad_input=found_)
        return found, None


class _Neighbours:
    """Sums of five channels around each, in room that is used again and again."""

    def __init__(self, channels: int) -> None:
        self._channels = channels
        # Two channels of nothing on either side.
        self._room = torch.zeros(_PLACES, channels + 4)
        self._pairs = torch.empty(_PLACES, channels + 2)

    def values(self, places: int) -> Tensor:
        """Room for what is to be summed, places x channels."""
        return self._room[:places, 2:-2]

    def sums(self, out: Tensor) -> Tensor:
        """The sums, written into `out`, places x channels."""
        room, pairs = self._room[: len(out)], self._pairs[: len(out)]
        torch.add(room[:, :-2], room[:, 1:-1], out=pairs)
        return torch.add(pairs[:, :-2], pairs[:, 2:], out=out).add_(room[:, 4:])


def _rectified(strip: Tensor, room: Tensor) -> Tensor:
    return torch.clamp(strip, min=0, out=room[: len(strip)])


def _strips(*maps: Tensor) -> Iterator[tuple[Tensor, ...]]:
    """Some places of each map at a time, places x channels, as views."""
    flat = [each.permute(0, 2, 3, 1).flatten(0, 2) for each in maps]
    return zip(*(torch.split(each, _PLACES) for each in flat), strict=True)
