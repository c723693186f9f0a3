"""Inception 5h, Google's own file of the network of the first dreams, with its published names.

It came with TensorFlow's first examples, and Lucid's atlas was drawn with it. The plan is
GoogLeNet's (“Going Deeper with Convolutions”, https://arxiv.org/abs/1409.4842) but for two widths,
in 4a and 5a; a normalisation over eleven channels whose numbers are read from the file; padding as
TensorFlow does it (`SAME`), where an odd pixel more goes to the right and below; and 1008 classes.
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - what everybody calls it

from dream.networks.architecture import Architecture, weight_and_bias

# Of each block: 1x1, 3x3 bottleneck, 3x3, 5x5 bottleneck, 5x5, pool reduce.
_BLOCKS = {
    "mixed3a": (64, 96, 128, 16, 32, 32),
    "mixed3b": (128, 128, 192, 32, 96, 64),
    "mixed4a": (192, 96, 204, 16, 48, 64),
    "mixed4b": (160, 112, 224, 24, 64, 64),
    "mixed4c": (128, 128, 256, 24, 64, 64),
    "mixed4d": (112, 144, 288, 32, 64, 64),
    "mixed4e": (256, 160, 320, 32, 128, 128),
    "mixed5a": (256, 160, 320, 48, 128, 128),
    "mixed5b": (384, 192, 384, 48, 128, 128),
}
_LAST_BEFORE_POOL = {"mixed3b": "maxpool4", "mixed4e": "maxpool10"}


class Inception5h(Architecture):
    """Inception v1 for 1008 classes; 58 of its layers have weights, two have numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.conv2d0 = nn.Conv2d(3, 64, 7, stride=2)
        self.norm0 = LocalResponseNorm(64)
        self.conv2d1 = nn.Conv2d(64, 64, 1)
        self.conv2d2 = nn.Conv2d(64, 192, 3, padding=1)
        self.norm1 = LocalResponseNorm(192)
        self.blocks = nn.ModuleDict()
        channels = 192
        for name, widths in _BLOCKS.items():
            self.blocks[name] = Mixed(name, channels, widths)
            channels = widths[0] + widths[2] + widths[4] + widths[5]
        self.classifier = nn.Linear(channels, 1008)

    def layers(self, pixels: Tensor) -> Iterator[tuple[str, Tensor]]:
        """See `Architecture.layers`."""
        yield "conv2d0_pre_relu", (x := self.conv2d0(padded_for_stride_2(pixels, 7)))
        yield "conv2d0", (x := F.relu(x))
        yield "maxpool0", (x := pooled(x))
        yield "localresponsenorm0", (x := self.norm0(x))
        yield "conv2d1_pre_relu", (x := self.conv2d1(x))
        yield "conv2d1", (x := F.relu(x))
        yield "conv2d2_pre_relu", (x := self.conv2d2(x))
        yield "conv2d2", (x := F.relu(x))
        yield "localresponsenorm1", (x := self.norm1(x))
        yield "maxpool1", (x := pooled(x))
        for name, block in self.blocks.items():
            assert isinstance(block, Mixed)
            for layer, x in block.layers(x):  # noqa: B020 - the last one is the block's output
                yield layer, x
            if name in _LAST_BEFORE_POOL:
                yield _LAST_BEFORE_POOL[name], (x := pooled(x))
        # A mean over all of it: on the 224 pixels of training, the window of 7x7 is just that.
        yield "avgpool0", (x := x.mean((2, 3), keepdim=True))
        x = self.classifier(x.flatten(1))[:, :, None, None]
        yield "softmax2_pre_activation", x
        yield "softmax2", x.softmax(1)

    def weighted(self) -> dict[str, tuple[Tensor, ...]]:
        """See `Architecture.weighted`; of a normalisation radius, bias, alpha and beta."""
        layers: dict[str, tuple[Tensor, ...]] = {
            "conv2d0_pre_relu": weight_and_bias(self.conv2d0),
            "localresponsenorm0": (self.norm0.numbers,),
            "conv2d1_pre_relu": weight_and_bias(self.conv2d1),
            "conv2d2_pre_relu": weight_and_bias(self.conv2d2),
            "localresponsenorm1": (self.norm1.numbers,),
        }
        for block in self.blocks.values():
            assert isinstance(block, Mixed)
            layers |= block.weighted()
        layers["softmax2_pre_activation"] = (self.classifier.weight, self.classifier.bias)
        return layers

    def prepare(self) -> None:
        """See `Architecture.prepare`."""
        self.norm0.prepare()
        self.norm1.prepare()


class Mixed(nn.Module):
    """Four views of one input, side by side: 1x1, 3x3, 5x5 and a pool.

    The three 1x1 convolutions that see the input itself are computed as one.
    """

    def __init__(self, name: str, channels: int, widths: tuple[int, ...]) -> None:
        super().__init__()
        self.name = name
        one, reduce_3, three, reduce_5, five, pool = widths
        self.entry_widths = [one, reduce_3, reduce_5]
        self.entry = nn.Conv2d(channels, sum(self.entry_widths), 1)
        self.conv_3 = nn.Conv2d(reduce_3, three, 3, padding=1)
        self.conv_5 = nn.Conv2d(reduce_5, five, 5, padding=2)
        self.pool_reduce = nn.Conv2d(channels, pool, 1)

    def layers(self, x: Tensor) -> Iterator[tuple[str, Tensor]]:
        """The block's layers in the file's order, its output last; see `Architecture.layers`."""
        seen = self.entry(x)
        entry = torch.split_with_sizes(seen, self.entry_widths, 1)
        rectified = torch.split_with_sizes(F.relu(seen), self.entry_widths, 1)
        yield f"{self.name}_1x1_pre_relu", entry[0]
        yield f"{self.name}_1x1", (one := rectified[0])
        yield f"{self.name}_3x3_bottleneck_pre_relu", entry[1]
        yield f"{self.name}_3x3_bottleneck", rectified[1]
        yield f"{self.name}_3x3_pre_relu", (three := self.conv_3(rectified[1]))
        yield f"{self.name}_3x3", (three := F.relu(three))
        yield f"{self.name}_5x5_bottleneck_pre_relu", entry[2]
        yield f"{self.name}_5x5_bottleneck", rectified[2]
        yield f"{self.name}_5x5_pre_relu", (five := self.conv_5(rectified[2]))
        yield f"{self.name}_5x5", (five := F.relu(five))
        yield f"{self.name}_pool", (pool := F.max_pool2d(x, 3, stride=1, padding=1))
        yield f"{self.name}_pool_reduce_pre_relu", (pool := self.pool_reduce(pool))
        yield f"{self.name}_pool_reduce", (pool := F.relu(pool))
        yield self.name, torch.cat([one, three, five, pool], 1)

    def weighted(self) -> dict[str, tuple[Tensor, ...]]:
        """The block's part of `Architecture.weighted`."""
        entry = zip(
            *(
                torch.split_with_sizes(each, self.entry_widths)
                for each in weight_and_bias(self.entry)
            ),
            strict=True,
        )
        one, reduce_3, reduce_5 = entry
        return {
            f"{self.name}_1x1_pre_relu": one,
            f"{self.name}_3x3_bottleneck_pre_relu": reduce_3,
            f"{self.name}_3x3_pre_relu": weight_and_bias(self.conv_3),
            f"{self.name}_5x5_bottleneck_pre_relu": reduce_5,
            f"{self.name}_5x5_pre_relu": weight_and_bias(self.conv_5),
            f"{self.name}_pool_reduce_pre_relu": weight_and_bias(self.pool_reduce),
        }


class LocalResponseNorm(nn.Module):
    """Each value divided by (bias + alpha · the sum of neighbouring channels' squares)^beta.

    As `tf.nn.local_response_normalization`: the neighbours are `radius` channels on either side,
    and the sum isn't divided by their number. What is published about this file's numbers
    disagrees, so they come from the file; until then they are TensorFlow's.
    """

    numbers: Tensor
    band: Tensor
    bias: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = channels
        self.beta = 0.5
        self.register_buffer("numbers", torch.tensor([5.0, 1.0, 1.0, 0.5]))
        self.register_buffer("band", torch.zeros(channels, channels, 1, 1), persistent=False)
        self.register_buffer("bias", torch.ones(channels), persistent=False)

    def prepare(self) -> None:
        """Lay the sum over neighbours down as a banded 1x1 convolution, which is quick."""
        radius, bias, alpha, self.beta = self.numbers.tolist()
        index = torch.arange(self.channels)
        near = (index[:, None] - index[None, :]).abs() <= radius
        self.band.copy_(near.float()[:, :, None, None] * alpha)
        self.bias.fill_(bias)

    def forward(self, x: Tensor) -> Tensor:
        """The same shape, N x C x H x W."""
        base = F.conv2d(x * x, self.band, self.bias)
        # A square root is much quicker than a power, and what the file asks for.
        return x * (base.rsqrt() if self.beta == 0.5 else base**-self.beta)


def padded_for_stride_2(x: Tensor, kernel: int) -> Tensor:
    """With the zeros around it that TensorFlow's `SAME` puts there for a stride of two."""
    more = [0, 0, 0, 0]
    for at, length in enumerate((x.shape[3], x.shape[2])):
        total = kernel - 2 + length % 2
        more[2 * at : 2 * at + 2] = total // 2, total - total // 2
    return F.pad(x, more)


def pooled(x: Tensor) -> Tensor:
    """The 3x3 maximum at every second place, padded as `SAME`."""
    height, width = x.shape[2:]
    return F.max_pool2d(x, 3, stride=2, padding=(height % 2, width % 2), ceil_mode=True)
