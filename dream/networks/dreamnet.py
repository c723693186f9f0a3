"""Dreamnet, the network inside the package: small, quick, and made to be dreamt with.

Built after GoogLeNet's plan (“Going Deeper with Convolutions”, Szegedy et al. 2014,
https://arxiv.org/abs/1409.4842) as far as its block 4c, and trained by `dream.training` to see what
GoogLeNet sees. What differs is there for speed, on a processor above all: fewer channels; one
convolution fewer in the stem; rectifiers after pools and not before, which gives the same with a
quarter of the work; pools behind the projections of the blocks, where channels are few; and a
normalisation by all channels at once.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - what everybody calls it

from dream.networks.architecture import Pool, Stage, StagedArchitecture, halved, weight_and_bias
from dream.networks.convolution import Convolution
from dream.networks.normalisation import MeanSquareNorm

STEM = (32, 128)
"""Channels of the two convolutions before the blocks."""

BLOCKS = {
    "inception_3a": (48, 56, 80, 8, 24, 24),
    "inception_3b": (72, 72, 128, 16, 48, 40),
    "inception_4a": (128, 88, 176, 16, 48, 48),
    "inception_4b": (128, 88, 192, 16, 56, 56),
    "inception_4c": (128, 96, 208, 16, 64, 64),
}
"""Of each block: 1x1, 3x3 reduce, 3x3, 5x5 reduce, 5x5, pool projection."""

_LAST_BEFORE_POOL = "inception_3b"


class DreamNet(StagedArchitecture):
    """Five inception blocks on a stem of two convolutions."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = Stem(*STEM)
        self.blocks = nn.ModuleDict()
        self.pool = Pool("pool3/3x3_s2")
        channels = STEM[-1]
        for name, widths in BLOCKS.items():
            block = Block(name, channels, widths)
            self.blocks[name] = block
            channels = block.channels

    @property
    def stages(self) -> Sequence[Stage]:
        """See `StagedArchitecture.stages`."""
        stages: list[Stage] = [self.stem]
        for name, block in self.blocks.items():
            assert isinstance(block, Block)
            stages += [block, self.pool] if name == _LAST_BEFORE_POOL else [block]
        return stages


class Stem(Stage):
    """Two convolutions, a pool and a norm behind each."""

    def __init__(self, first: int, second: int) -> None:
        super().__init__(
            *("conv1/6x6_s2", "pool1/3x3_s2", "pool1/norm1"),
            *("conv2/3x3", "pool2/3x3_s2", "pool2/norm2"),
        )
        # 6x6 at every second pixel: an even kernel, so that each pixel has as many taps as its
        # neighbours, and dreams show no grid. See `squares` for the 3x3.
        self.conv1 = Convolution(12, first, 3, padding=1)
        self.conv2 = Convolution(first, second, 3, padding=1)
        self.norm = MeanSquareNorm()

    def layers(self, x: Tensor) -> Iterator[tuple[str, Tensor]]:
        """See `Architecture.layers`."""
        yield "conv1/6x6_s2", (x := self.conv1(squares(x)))
        yield "pool1/3x3_s2", (x := F.relu(halved(x)))
        yield "pool1/norm1", (x := self.norm(x))
        yield "conv2/3x3", (x := self.conv2(x))
        yield "pool2/3x3_s2", (x := F.relu(halved(x)))
        yield "pool2/norm2", self.norm(x)

    def forward(self, x: Tensor) -> Tensor:
        """See `Stage.forward`."""
        learning = self.conv1.weight.requires_grad
        x = self.conv1(squares(x)) if learning else self._strided(even(x))
        x = self.norm.rectified(halved(x))
        return self.norm.rectified(halved(self.conv2(x)))

    @cached_property
    def _strided(self) -> Convolution:
        """The first convolution as the one of 6x6 that it is, for which no squares are laid out."""
        strided = Convolution(3, self.conv1.out_channels, 6, stride=2, padding=2)
        weight = self.conv1.weight
        taps = weight.reshape(len(weight), 3, 2, 2, 3, 3).permute(0, 1, 4, 2, 5, 3)
        strided.weight = nn.Parameter(taps.reshape(strided.weight.shape))
        strided.bias = self.conv1.bias
        return strided.requires_grad_(False)

    def weighted(self) -> dict[str, tuple[Tensor, Tensor]]:
        """See `Architecture.weighted`."""
        return {
            "conv1/6x6_s2": weight_and_bias(self.conv1),
            "conv2/3x3": weight_and_bias(self.conv2),
        }


class Block(Stage):
    """Four views of one input, side by side: 1x1, 3x3, 5x5 and a pool.

    The four 1x1 convolutions that see the input itself are one. The pool comes after its
    projection and rectifier, not before.
    """

    def __init__(self, name: str, channels: int, widths: tuple[int, ...]) -> None:
        views = ("1x1", "3x3_reduce", "3x3", "5x5_reduce", "5x5", "pool_proj")
        rectified = [f"{name}/{start}{view}" for view in views for start in ("", "relu_")]
        super().__init__(*rectified, f"{name}/pool", f"{name}/output")
        self.name = name
        one, reduce_3, three, reduce_5, five, pool = widths
        self.entry_widths = [one, reduce_3, reduce_5, pool]
        self.channels = one + three + five + pool
        self.entry = Convolution(channels, sum(self.entry_widths), 1)
        self.conv_3 = Convolution(reduce_3, three, 3, padding=1)
        self.conv_5 = Convolution(reduce_5, five, 5, padding=2)

    def layers(self, x: Tensor) -> Iterator[tuple[str, Tensor]]:
        """The block's layers, named as GoogLeNet's, `output` last; see `Architecture.layers`."""
        seen = self.entry(x)
        entry = torch.split_with_sizes(seen, self.entry_widths, 1)
        rectified = torch.split_with_sizes(F.relu(seen), self.entry_widths, 1)
        yield f"{self.name}/1x1", entry[0]
        yield f"{self.name}/relu_1x1", (one := rectified[0])
        yield f"{self.name}/3x3_reduce", entry[1]
        yield f"{self.name}/relu_3x3_reduce", rectified[1]
        yield f"{self.name}/3x3", (three := self.conv_3(rectified[1]))
        yield f"{self.name}/relu_3x3", (three := F.relu(three))
        yield f"{self.name}/5x5_reduce", entry[2]
        yield f"{self.name}/relu_5x5_reduce", rectified[2]
        yield f"{self.name}/5x5", (five := self.conv_5(rectified[2]))
        yield f"{self.name}/relu_5x5", (five := F.relu(five))
        yield f"{self.name}/pool_proj", entry[3]
        yield f"{self.name}/relu_pool_proj", rectified[3]
        yield f"{self.name}/pool", (pool := F.max_pool2d(rectified[3], 3, stride=1, padding=1))
        yield f"{self.name}/output", torch.cat([one, three, five, pool], 1)

    def forward(self, x: Tensor) -> Tensor:
        """See `Stage.forward`."""
        entry = torch.split_with_sizes(self.entry.rectified(x), self.entry_widths, 1)
        one, reduced_3, reduced_5, projected = entry
        three, five = self.conv_3.rectified(reduced_3), self.conv_5.rectified(reduced_5)
        return torch.cat([one, three, five, F.max_pool2d(projected, 3, stride=1, padding=1)], 1)

    def weighted(self) -> dict[str, tuple[Tensor, Tensor]]:
        """The block's part of `Architecture.weighted`."""
        entry = zip(
            *(
                torch.split_with_sizes(each, self.entry_widths)
                for each in weight_and_bias(self.entry)
            ),
            strict=True,
        )
        one, reduce_3, reduce_5, pool = entry
        return {
            f"{self.name}/1x1": one,
            f"{self.name}/3x3_reduce": reduce_3,
            f"{self.name}/3x3": weight_and_bias(self.conv_3),
            f"{self.name}/5x5_reduce": reduce_5,
            f"{self.name}/5x5": weight_and_bias(self.conv_5),
            f"{self.name}/pool_proj": pool,
        }


def squares(pixels: Tensor) -> Tensor:
    """Every 2x2 pixels as the channels of one place, N x 12 x H/2 x W/2.

    A 6x6 convolution with stride 2 is a 3x3 one of these, and its gradient twice as quick to
    compute. Where a side is odd, its last pixels count twice.
    """
    return F.pixel_unshuffle(even(pixels), 2)


def even(pixels: Tensor) -> Tensor:
    """The picture with its last row and column twice, where their number is odd."""
    height, width = pixels.shape[2:]
    if height % 2 or width % 2:
        return F.pad(pixels, (0, width % 2, 0, height % 2), mode="replicate")
    return pixels
