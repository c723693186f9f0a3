"""GoogLeNet, the network of the first dreams, with the layer names of its Caffe model.

“Going Deeper with Convolutions”, Szegedy et al. 2014 (https://arxiv.org/abs/1409.4842), as BVLC
trained it: local response normalisation, pools that round their size up, no batch norm.
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - what everybody calls it

from dream.networks.architecture import Architecture, halved, weight_and_bias

# Of each block: 1x1, 3x3 reduce, 3x3, 5x5 reduce, 5x5, pool projection (table 1 of the paper).
_BLOCKS = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}
_LAST_BEFORE_POOL = {"3b": "pool3/3x3_s2", "4e": "pool4/3x3_s2"}


class GoogLeNet(Architecture):
    """Inception v1 for a thousand classes or others; 58 of its layers have weights."""

    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3)
        self.norm1 = LocalResponseNorm(64)
        self.conv2_reduce = nn.Conv2d(64, 64, 1)
        self.conv2 = nn.Conv2d(64, 192, 3, padding=1)
        self.norm2 = LocalResponseNorm(192)
        self.blocks = nn.ModuleDict()
        channels = 192
        for name, widths in _BLOCKS.items():
            self.blocks[name] = Inception(f"inception_{name}", channels, widths)
            channels = widths[0] + widths[2] + widths[4] + widths[5]
        self.classifier = nn.Linear(channels, classes)

    def layers(self, pixels: Tensor) -> Iterator[tuple[str, Tensor]]:
        """See `Architecture.layers`."""
        yield "conv1/7x7_s2", (x := self.conv1(pixels))
        yield "conv1/relu_7x7", (x := F.relu(x))
        yield "pool1/3x3_s2", (x := halved(x))
        yield "pool1/norm1", (x := self.norm1(x))
        yield "conv2/3x3_reduce", (x := self.conv2_reduce(x))
        yield "conv2/relu_3x3_reduce", (x := F.relu(x))
        yield "conv2/3x3", (x := self.conv2(x))
        yield "conv2/relu_3x3", (x := F.relu(x))
        yield "conv2/norm2", (x := self.norm2(x))
        yield "pool2/3x3_s2", (x := halved(x))
        for name, block in self.blocks.items():
            assert isinstance(block, Inception)
            for layer, x in block.layers(x):  # noqa: B020 - the last one is the block's output
                yield layer, x
            if name in _LAST_BEFORE_POOL:
                yield _LAST_BEFORE_POOL[name], (x := halved(x))
        # A mean over all of it: on the 224 pixels of training, Caffe's 7x7 window is just that.
        yield "pool5/7x7_s1", (x := x.mean((2, 3), keepdim=True))
        yield "loss3/classifier", (x := self.classifier(x.flatten(1))[:, :, None, None])
        yield "prob", x.softmax(1)

    def weighted(self) -> dict[str, tuple[Tensor, Tensor]]:
        """See `Architecture.weighted`."""
        layers = {
            "conv1/7x7_s2": weight_and_bias(self.conv1),
            "conv2/3x3_reduce": weight_and_bias(self.conv2_reduce),
            "conv2/3x3": weight_and_bias(self.conv2),
        }
        for block in self.blocks.values():
            assert isinstance(block, Inception)
            layers |= block.weighted()
        layers["loss3/classifier"] = (self.classifier.weight, self.classifier.bias)
        return layers


class Inception(nn.Module):
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
        self.pool_projection = nn.Conv2d(channels, pool, 1)

    def layers(self, x: Tensor) -> Iterator[tuple[str, Tensor]]:
        """The block's layers in Caffe's order, `output` last; see `Architecture.layers`."""
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
        yield f"{self.name}/pool", (pool := F.max_pool2d(x, 3, stride=1, padding=1))
        yield f"{self.name}/pool_proj", (pool := self.pool_projection(pool))
        yield f"{self.name}/relu_pool_proj", (pool := F.relu(pool))
        yield f"{self.name}/output", torch.cat([one, three, five, pool], 1)

    def weighted(self) -> dict[str, tuple[Tensor, Tensor]]:
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
            f"{self.name}/1x1": one,
            f"{self.name}/3x3_reduce": reduce_3,
            f"{self.name}/3x3": weight_and_bias(self.conv_3),
            f"{self.name}/5x5_reduce": reduce_5,
            f"{self.name}/5x5": weight_and_bias(self.conv_5),
            f"{self.name}/pool_proj": weight_and_bias(self.pool_projection),
        }


class LocalResponseNorm(nn.Module):
    """Each value divided by (1 + alpha/n · the sum of n neighbouring channels' squares)^beta.

    n = 5, alpha = 1e-4 and beta = 3/4 as in the paper of AlexNet. The sum over neighbours is a
    banded 1x1 convolution, and x^-3/4 two reciprocal roots: much quicker than torch's own.
    """

    band: Tensor

    def __init__(self, channels: int, neighbours: int = 5, alpha: float = 1e-4) -> None:
        super().__init__()
        index = torch.arange(channels)
        near = (index[:, None] - index[None, :]).abs() <= neighbours // 2
        band = near.float()[:, :, None, None] * (alpha / neighbours)
        self.register_buffer("band", band, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """The same shape, N x C x H x W."""
        root = (1 + F.conv2d(x * x, self.band)).rsqrt()
        return x * (root * root.sqrt())
