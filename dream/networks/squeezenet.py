"""SqueezeNet 1.1, small and quick, with the layer names of its Caffe model.

“SqueezeNet: AlexNet-level accuracy with 50x fewer parameters”, Iandola et al. 2016
(https://arxiv.org/abs/1602.07360); version 1.1 of https://github.com/forresti/SqueezeNet.
"""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - what everybody calls it

from dream.networks.architecture import Pool, Stage, StagedArchitecture, halved, weight_and_bias
from dream.networks.convolution import Convolution

# Of each fire module: what it squeezes to, and what each of its two views expands that to.
_FIRES = {
    "fire2": (16, 64),
    "fire3": (16, 64),
    "fire4": (32, 128),
    "fire5": (32, 128),
    "fire6": (48, 192),
    "fire7": (48, 192),
    "fire8": (64, 256),
    "fire9": (64, 256),
}
_LAST_BEFORE_POOL = {"fire3": "pool3", "fire5": "pool5"}
_CLASSES = 1000


class SqueezeNet(StagedArchitecture):
    """SqueezeNet 1.1 for a thousand classes; 26 of its layers have weights."""

    def __init__(self) -> None:
        super().__init__()
        parts: list[Stage] = [_FirstConvolution()]
        channels = 64
        for name, (squeezed, expanded) in _FIRES.items():
            parts.append(_Fire(name, channels, squeezed, expanded))
            channels = 2 * expanded
            if name in _LAST_BEFORE_POOL:
                parts.append(Pool(_LAST_BEFORE_POOL[name]))
        parts.append(_Classifier(channels))
        self.parts = nn.ModuleList(parts)

    @property
    def stages(self) -> Sequence[Stage]:
        """See `StagedArchitecture.stages`."""
        return list(self.parts)  # type: ignore[arg-type]


class _FirstConvolution(Stage):
    def __init__(self) -> None:
        super().__init__("conv1", "relu_conv1", "pool1")
        self.convolution = Convolution(3, 64, 3, stride=2)

    def layers(self, x: Tensor) -> Iterator[tuple[str, Tensor]]:
        yield "conv1", (x := self.convolution(x))
        yield "relu_conv1", (x := F.relu(x))
        yield "pool1", halved(x)

    def forward(self, x: Tensor) -> Tensor:
        return halved(self.convolution.rectified(x))

    def weighted(self) -> dict[str, tuple[Tensor, Tensor]]:
        return {"conv1": weight_and_bias(self.convolution)}


class _Fire(Stage):
    """Squeezes to few channels, and expands those in two views, 1x1 and 3x3, side by side."""

    def __init__(self, name: str, channels: int, squeezed: int, expanded: int) -> None:
        views = ("squeeze1x1", "expand1x1", "expand3x3")
        rectified = [f"{name}/{start}{view}" for view in views for start in ("", "relu_")]
        super().__init__(*rectified, f"{name}/concat")
        self.name = name
        self.squeeze = Convolution(channels, squeezed, 1)
        self.expand_1 = Convolution(squeezed, expanded, 1)
        self.expand_3 = Convolution(squeezed, expanded, 3, padding=1)

    def layers(self, x: Tensor) -> Iterator[tuple[str, Tensor]]:
        """The module's layers in Caffe's order."""
        yield f"{self.name}/squeeze1x1", (x := self.squeeze(x))
        yield f"{self.name}/relu_squeeze1x1", (x := F.relu(x))
        yield f"{self.name}/expand1x1", (one := self.expand_1(x))
        yield f"{self.name}/relu_expand1x1", (one := F.relu(one))
        yield f"{self.name}/expand3x3", (three := self.expand_3(x))
        yield f"{self.name}/relu_expand3x3", (three := F.relu(three))
        yield f"{self.name}/concat", torch.cat([one, three], 1)

    def forward(self, x: Tensor) -> Tensor:
        squeezed = self.squeeze.rectified(x)
        return torch.cat([self.expand_1.rectified(squeezed), self.expand_3.rectified(squeezed)], 1)

    def weighted(self) -> dict[str, tuple[Tensor, Tensor]]:
        return {
            f"{self.name}/squeeze1x1": weight_and_bias(self.squeeze),
            f"{self.name}/expand1x1": weight_and_bias(self.expand_1),
            f"{self.name}/expand3x3": weight_and_bias(self.expand_3),
        }


class _Classifier(Stage):
    def __init__(self, channels: int) -> None:
        super().__init__("conv10", "relu_conv10", "pool10", "prob")
        self.convolution = Convolution(channels, _CLASSES, 1)

    def layers(self, x: Tensor) -> Iterator[tuple[str, Tensor]]:
        yield "conv10", (x := self.convolution(x))
        yield "relu_conv10", (x := F.relu(x))
        yield "pool10", (x := x.mean((2, 3), keepdim=True))
        yield "prob", x.softmax(1)

    def forward(self, x: Tensor) -> Tensor:
        return dict(self.layers(x))["prob"]

    def weighted(self) -> dict[str, tuple[Tensor, Tensor]]:
        return {"conv10": weight_and_bias(self.convolution)}
