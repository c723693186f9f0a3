"""Normalisations, which even out strong contrasts: of a channel by its neighbours, or by all.

Both take three ways: strip by strip on a processor, where what is between lies in its cache; with
what is rectified first, on that same way; and for other devices and precisions as torch has them.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - what everybody calls it

ALPHA = 1e-4
BETA = 0.75
NEIGHBOURS = 5

_STRIP = 2**16
"""Numbers that each thread works on at a time, so that what is between lies in its cache."""


class Norm(nn.Module, ABC):
    """A normalisation, N x C x H x W to N x C x H x W."""

    in_strips: type[torch.autograd.Function]

    def rectified(self, x: Tensor) -> Tensor:
        """The answer to an x that is rectified first."""
        return self._applied(x, True) if _is_quick(x) else self.plain(F.relu(x))

    def forward(self, x: Tensor) -> Tensor:
        """The answer to an x as it is."""
        return self._applied(x, False) if _is_quick(x) else self.plain(x)

    @abstractmethod
    def plain(self, x: Tensor) -> Tensor:
        """The answer in torch's own steps."""

    def _applied(self, x: Tensor, rectified: bool) -> Tensor:
        return cast(Tensor, self.in_strips.apply(x, rectified))  # type: ignore[no-untyped-call]


def _is_quick(x: Tensor) -> bool:
    return x.device.type == "cpu" and x.dtype == torch.float32


class _LocalResponses(torch.autograd.Function):
    """Of `LocalResponseNorm`.

    x^-¾ comes from two roots. With r = s^-½, the gradient is that of the answer times r^1½,
    less 2·¾·alpha/n · x · the neighbours' sum of gradient · x · r^3½.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, rectified: bool) -> Tensor:
        x = x.contiguous(memory_format=torch.channels_last)
        answer, root = torch.empty_like(x), torch.empty_like(x)
        share = x.new_tensor(1 / NEIGHBOURS)
        around = _Neighbours(x, share)
        shown = _room(x)
        for x_, root_, answer_ in _strips(x, root, answer):
            x_ = _rectified(x_, shown) if rectified else x_  # noqa: PLW2901
            # Each brings its share of the one that is added.
            torch.addcmul(share, x_, x_, value=ALPHA / NEIGHBOURS, out=around.values(len(x_)))
            # Quicker than `rsqrt`, which isn't vectorised as well.
            around.sums(root_).reciprocal_().sqrt_()
            torch.sqrt(root_, out=answer_).mul_(root_).mul_(x_)
        ctx.save_for_backward(x, root)
        ctx.rectified = rectified
        return answer

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        x, root = ctx.saved_tensors
        (of_answer,) = (each.contiguous(memory_format=torch.channels_last) for each in gradients)
        found = torch.empty_like(x)
        around = _Neighbours(x, x.new_zeros(()))
        sums, shown = _room(x), _room(x)
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


class LocalResponseNorm(Norm):
    """y = x / s^¾, where s = 1 + alpha/n · the sum of n neighbouring channels' squares, n = 5.

    “ImageNet Classification with Deep Convolutional Neural Networks”, Krizhevsky et al. 2012, 3.3.
    """

    in_strips = _LocalResponses

    def plain(self, x: Tensor) -> Tensor:
        """See `Norm.plain`."""
        # In half precision, 1 plus little would be 1.
        return F.local_response_norm(x.float(), NEIGHBOURS, ALPHA, BETA).to(x.dtype)


class _MeanSquares(torch.autograd.Function):
    """Of `MeanSquareNorm`.

    With r = s^-½, the gradient is that of the answer times r, less x · r³ · the mean over the
    channels of gradient · x.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, rectified: bool) -> Tensor:
        x = x.contiguous(memory_format=torch.channels_last)
        answer = torch.empty_like(x)
        shown = _room(x)
        roots = []
        for seen_, answer_ in _strips(x, answer):
            x_ = _rectified(seen_, shown) if rectified else seen_
            norm: Tensor = torch.linalg.vector_norm(x_, 2, 1, keepdim=True)
            roots.append(norm.square_().mul_(1 / x.shape[1]).add_(1).rsqrt_())
            torch.mul(x_, roots[-1], out=answer_)
        ctx.save_for_backward(x, torch.cat(roots))
        ctx.rectified = rectified
        return answer

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        x, root = ctx.saved_tensors
        (of_answer,) = (each.contiguous(memory_format=torch.channels_last) for each in gradients)
        found = torch.empty_like(x)
        product, shown = _room(x), _room(x)
        strips = zip(_strips(x, of_answer, found), torch.split(root, _places(x)), strict=True)
        for (seen_, of_answer_, found_), root_ in strips:
            x_ = _rectified(seen_, shown) if ctx.rectified else seen_
            mean = torch.mul(of_answer_, x_, out=product[: len(x_)]).sum(1, keepdim=True)
            torch.mul(of_answer_, root_, out=found_)
            found_.addcmul_(x_, mean.mul_(root_.pow(3)).mul_(-1 / x.shape[1]))
            if ctx.rectified:
                torch.ops.aten.threshold_backward.grad_input(found_, x_, 0, grad_input=found_)
        return found, None


class MeanSquareNorm(Norm):
    """y = x / √s, where s = 1 + the mean square of all the place's channels."""

    in_strips = _MeanSquares

    def plain(self, x: Tensor) -> Tensor:
        """See `Norm.plain`."""
        return x * (1 + x.square().mean(1, keepdim=True)).rsqrt()


class _Neighbours:
    """Sums of five channels around each, in room that is used again and again."""

    def __init__(self, x: Tensor, outside: Tensor) -> None:
        places, channels = _places(x), x.shape[1]
        # Two channels on either side of what isn't there.
        self._room = outside.expand(places, channels + 4).contiguous()
        self._pairs = x.new_empty(places, channels + 2)

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
    return zip(*(torch.split(each, _places(maps[0])) for each in flat), strict=True)


def _places(x: Tensor) -> int:
    """Of one strip."""
    return max(1, _STRIP * torch.get_num_threads() // x.shape[1])


def _room(x: Tensor) -> Tensor:
    """For a strip of something on the way, places x channels."""
    return x.new_empty(_places(x), x.shape[1])
