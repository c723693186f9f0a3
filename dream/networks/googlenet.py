"""GoogLeNet, the network of the first dreams, with the layer names of its Caffe model.

“Going Deeper with Convolutions”, Szegedy et al. 2014 (https://arxiv.org/abs/1409.4842), as BVLC
trained it: local response normalisation, pools that round their size up, no batch norm.
"""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - what everybody calls it

from dream.networks.architecture import Pool, Stage, StagedArchitecture, halved, weight_and_bias
from dream.networks.convolution import Convolution
from dream.networks.normalisation import LocalResponseNorm

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


class GoogLeNet(StagedArchitecture):
    """Inception v1; 58 of its layers have weights.

    Args:
        classes: How many it tells apart.
    """

    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        parts: list[Stage] = [_FirstConvolution(), _SecondConvolutions()]
        channels = 192
        for name, widths in _BLOCKS.items():
            parts.append(_Inception(f"inception_{name}", channels, widths))
            channels = widths[0] + widths[2] + widths[4] + widths[5]
            if name in _LAST_BEFORE_POOL:
                parts.append(Pool(_LAST_BEFORE_POOL[name]))
        parts.append(_Classifier(channels, classes))
        self.parts = nn.ModuleList(parts)

    @property
    def stages(self) -> Sequence[Stage]:
        """See `StagedArchitecture.stages`."""
        return list(self.parts)  # type: ignore[arg-type]


class _FirstConvolution(Stage):
    def __init__(self) -> None:
        super().__init__("conv1/7x7_s2", "conv1/relu_7x7", "pool1/3x3_s2", "pool1/norm1")
        self.convolution = Convolution(3, 64, 7, stride=2, padding=3)
        self.norm = LocalResponseNorm()

    def layers(self, x: Tensor) -> Iterator[tuple[str, Tensor]]:
        yield "conv1/7x7_s2", (x := self.convolution(x))
        yield "conv1/relu_7x7", (x := F.relu(x))
        yield "pool1/3x3_s2", (x := halved(x))
        yield "pool1/norm1", self.norm(x)

    def forward(self, x: Tensor) -> Tensor:
        # The largest of some values, rectified, is the largest of them rectified: less to rectify.
        return self.norm.rectified(halved(self.convolution(x)))

    def weighted(self) -> dict[str, tuple[Tensor, Tensor]]:
        return {"conv1/7x7_s2": weight_and_bias(self.convolution)}


class _SecondConvolutions(Stage):
    def __init__(self) -> None:
        super().__init__(
            *("conv2/3x3_reduce", "conv2/relu_3x3_reduce", "conv2/3x3", "conv2/relu_3x3"),
            *("conv2/norm2", "pool2/3x3_s2"),
        )
        self.reduce = Convolution(64, 64, 1)
        self.convolution = Convolution(64, 192, 3, padding=1)
        self.norm = LocalResponseNorm()

    def layers(self, x: Tensor) -> Iterator[tuple[str, Tensor]]:
        yield "conv2/3x3_reduce", (x := self.reduce(x))
        yield "conv2/relu_3x3_reduce", (x := F.relu(x))
        yield "conv2/3x3", (x := self.convolution(x))
        yield "conv2/relu_3x3", (x := F.relu(x))
        yield "conv2/norm2", (x := self.norm(x))
        yield "pool2/3x3_s2", halved(x)

    def forward(self, x: Tensor) -> Tensor:
        return halved(self.norm.rectified(self.convolution(self.reduce.rectified(x))))

    def weighted(self) -> dict[str, tuple[Tensor, Tensor]]:
        return {
            "conv2/3x3_reduce": weight_and_bias(self.reduce),
            "conv2/3x3": weight_and_bias(self.convolution),
        }


class _Inception(Stage):
    """Four views of one input, side by side: 1x1, 3x3, 5x5 and a pool.

    The three 1x1 convolutions that see the input itself are computed as one.
    """

    def __init__(self, name: str, channels: int, widths: tuple[int, ...]) -> None:
        views = ("1x1", "3x3_reduce", "3x3", "5x5_reduce", "5x5")
        rectified = [f"{name}/{start}{view}" for view in views for start in ("", "relu_")]
        last = ("pool", "pool_proj", "relu_pool_proj", "output")
        super().__init__(*rectified, *(f"{name}/{each}" for each in last))
        self.name = name
        one, reduce_3, three, reduce_5, five, pool = widths
        self.entry_widths = [one, reduce_3, reduce_5]
        self.entry = Convolution(channels, sum(self.entry_widths), 1)
        self.conv_3 = Convolution(reduce_3, three, 3, padding=1)
        self.conv_5 = Convolution(reduce_5, five, 5, padding=2)
        self.pool_projection = Convolution(channels, pool, 1)

    def layers(self, x: Tensor) -> Iterator[tuple[str, Tensor]]:
        """The block's layers in Caffe's order."""
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
        yield f"{self.name}/pool", (pool := _pooled(x))
        yield f"{self.name}/pool_proj", (pool := self.pool_projection(pool))
        yield f"{self.name}/relu_pool_proj", (pool := F.relu(pool))
        yield f"{self.name}/output", torch.cat([one, three, five, pool], 1)

    def forward(self, x: Tensor) -> Tensor:
        entry = self.entry.rectified(x)
        one, reduced_3, reduced_5 = torch.split_with_sizes(entry, self.entry_widths, 1)
        three, five = self.conv_3.rectified(reduced_3), self.conv_5.rectified(reduced_5)
        return torch.cat([one, three, five, self.pool_projection.rectified(_pooled(x))], 1)

    def weighted(self) -> dict[str, tuple[Tensor, Tensor]]:
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


class _Classifier(Stage):
    def __init__(self, channels: int, classes: int) -> None:
        super().__init__("pool5/7x7_s1", "loss3/classifier", "prob")
        self.linear = nn.Linear(channels, classes)

    def layers(self, x: Tensor) -> Iterator[tuple[str, Tensor]]:
        # A mean over all of it: on the 224 pixels of training, Caffe's 7x7 window is just that.
        yield "pool5/7x7_s1", (x := x.mean((2, 3), keepdim=True))
        yield "loss3/classifier", (x := self.linear(x.flatten(1))[:, :, None, None])
        yield "prob", x.softmax(1)

    def forward(self, x: Tensor) -> Tensor:
        return dict(self.layers(x))["prob"]

    def weighted(self) -> dict[str, tuple[Tensor, Tensor]]:
        return {"loss3/classifier": (self.linear.weight, self.linear.bias)}


def _pooled(x: Tensor) -> Tensor:
    return F.max_pool2d(x, 3, stride=1, padding=1)
