"""Convolutions of a network that has finished learning, quick on a processor.

What a dream needs of a convolution is its answer, mostly rectified, and the gradient of its input,
never that of its weights. On a processor both come from one routine of oneDNN here: the rectifier
is done in the same pass, and the gradient is a convolution too, with the weights turned around.
torch by itself takes slower ways for 1x1 kernels on one thread and for gradients of wide strides.
"""

from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - what everybody calls it


class Convolution(nn.Conv2d):
    """`nn.Conv2d` with a square kernel and zeros around, of one dilation and one group."""

    def forward(self, x: Tensor) -> Tensor:
        """The answer before any rectifier: N x O x h x w, of N x C x H x W."""
        if self._is_quick(x):
            return _Answer.apply(x, self, "none")  # type: ignore[no-any-return, no-untyped-call]
        return super().forward(x)

    def rectified(self, x: Tensor) -> Tensor:
        """The answer, 0 where it would be less."""
        if self._is_quick(x):
            return _Answer.apply(x, self, "relu")  # type: ignore[no-any-return, no-untyped-call]
        return F.relu(super().forward(x))

    def gradient(self, of_answer: Tensor, size: tuple[int, int]) -> Tensor:
        """How the input matters where the answer matters so.

        Args:
            of_answer: N x O x h x w.
            size: Height and width of the input.

        Returns:
            N x C x H x W.
        """
        stride = self.stride[0]
        first, last = self._reach
        places = [-(-side // stride) for side in size]
        answers = of_answer.shape[2:]
        padding = [
            max(last, place - answer - first) for place, answer in zip(places, answers, strict=True)
        ]
        found = torch.mkldnn_convolution(of_answer, self._turned, None, padding, [1, 1], [1, 1], 1)
        for dim, (wide, place) in enumerate(zip(padding, places, strict=True), 2):
            found = found.narrow(dim, wide - last, place)
        return found if stride == 1 else _spread(found, stride)[:, :, : size[0], : size[1]]

    def _is_quick(self, x: Tensor) -> bool:
        return (
            x.device.type == "cpu"
            and x.dtype == torch.float32
            and not self.weight.requires_grad
            and torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
        )

    @property
    def _reach(self) -> tuple[int, int]:
        """From where to where inputs lie from an answer that they matter to, in its places."""
        stride, padding = self.stride[0], int(self.padding[0])
        return -((padding + stride - 1) // stride), (self.kernel_size[0] - 1 - padding) // stride

    @cached_property
    def _turned(self) -> Tensor:
        """The weights of the gradient: s²·C x O x K x K.

        Where the stride is s, each place of the gradient holds s x s pixels of the input, as
        channels. Pixel s·i + a matters to answer i - d through tap s·d + a + padding, so that the
        taps of one `a` lie s apart.
        """
        weight, stride = self.weight.detach(), self.stride[0]
        first, last = self._reach
        taps = [
            (a, last - d, tap)
            for a in range(stride)
            for d in range(first, last + 1)
            if 0 <= (tap := stride * d + a + int(self.padding[0])) < self.kernel_size[0]
        ]
        answers, channels = weight.shape[:2]
        length = last - first + 1
        turned = weight.new_zeros(stride, stride, channels, answers, length, length)
        for a, row, down in taps:
            for b, column, across in taps:
                turned[a, b, :, :, row, column] = weight[:, :, down, across].T
        return turned.flatten(0, 2).contiguous(memory_format=torch.channels_last)


def _spread(places: Tensor, stride: int) -> Tensor:
    """Every place's s x s pixels beside each other: N x s²·C x h x w to N x C x s·h x s·w.

    A row of a place's pixels stays together, which torch's own shuffle takes apart.
    """
    count, _, height, width = places.shape
    rows = places.permute(0, 2, 3, 1).reshape(count, height, width, stride, -1).transpose(2, 3)
    pixels = rows.reshape(count, stride * height, stride * width, -1)
    return pixels.permute(0, 3, 1, 2)


class _Answer(torch.autograd.Function):
    """A convolution's answer, with what `gradient` has to say about it."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, convolution: Convolution, rectifier: str) -> Tensor:
        answer: Tensor = torch.ops.mkldnn._convolution_pointwise(
            x,
            convolution.weight,
            convolution.bias,
            convolution.padding,
            convolution.stride,
            convolution.dilation,
            convolution.groups,
            rectifier,
            [],
            "",
        )
        ctx.convolution, ctx.size = convolution, tuple(x.shape[2:])
        ctx.save_for_backward(*([answer] if rectifier == "relu" else []))
        return answer

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (gradient,) = gradients
        for answer in ctx.saved_tensors:
            gradient = torch.ops.aten.threshold_backward(gradient, answer, 0)
        return ctx.convolution.gradient(gradient, ctx.size), None, None
