"""SqueezeNet 1.1 as torchvision builds it, with the layer names of its Caffe model.

“SqueezeNet: AlexNet-level accuracy with 50x fewer parameters”, Iandola et al. 2016
(https://arxiv.org/abs/1602.07360); version 1.1 of https://github.com/forresti/SqueezeNet.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - what everybody calls it

from dream.networks.architecture import Architecture
from dream.networks.vision import torchvision

# Caffe's name of each stage of torchvision's `features` that isn't the rectifier of the first.
_STAGES = {
    0: "conv1",
    2: "pool1",
    3: "fire2",
    4: "fire3",
    5: "pool3",
    6: "fire4",
    7: "fire5",
    8: "pool5",
    9: "fire6",
    10: "fire7",
    11: "fire8",
    12: "fire9",
}


class SqueezeNet(Architecture):
    """SqueezeNet 1.1 for a thousand classes; 26 layers have weights."""

    def __init__(self) -> None:
        super().__init__()
        model = torchvision().models.squeezenet1_1()
        self.features = model.features
        self.conv10 = model.classifier[1]

    def layers(self, pixels: Tensor) -> Iterator[tuple[str, Tensor]]:
        """See `Architecture.layers`."""
        x = pixels
        for index, name in _STAGES.items():
            stage = self.features[index]
            if name.startswith("fire"):
                for layer, x in _fire_layers(name, stage, x):  # noqa: B020 - the last is its output
                    yield layer, x
                continue
            yield name, (x := stage(x))
            if name == "conv1":
                yield "relu_conv1", (x := F.relu(x))
        yield "conv10", (x := self.conv10(x))
        yield "relu_conv10", (x := F.relu(x))
        yield "pool10", (x := x.mean((2, 3), keepdim=True))
        yield "prob", x.softmax(1)

    def weighted(self) -> dict[str, tuple[Tensor, Tensor]]:
        """See `Architecture.weighted`."""
        layers = {}
        for index, name in _STAGES.items():
            stage = self.features[index]
            if name == "conv1":
                layers[name] = _filled(stage)
            elif name.startswith("fire"):
                layers[f"{name}/squeeze1x1"] = _filled(stage.squeeze)
                layers[f"{name}/expand1x1"] = _filled(stage.expand1x1)
                layers[f"{name}/expand3x3"] = _filled(stage.expand3x3)
        layers["conv10"] = _filled(self.conv10)
        return layers


def _filled(convolution: Any) -> tuple[Tensor, Tensor]:
    return convolution.weight, convolution.bias


def _fire_layers(name: str, fire: Any, x: Tensor) -> Iterator[tuple[str, Tensor]]:
    """The layers of torchvision's `Fire` in Caffe's order, the concatenation last."""
    yield f"{name}/squeeze1x1", (x := fire.squeeze(x))
    yield f"{name}/relu_squeeze1x1", (x := F.relu(x))
    yield f"{name}/expand1x1", (one := fire.expand1x1(x))
    yield f"{name}/relu_expand1x1", (one := F.relu(one))
    yield f"{name}/expand3x3", (three := fire.expand3x3(x))
    yield f"{name}/relu_expand3x3", (three := F.relu(three))
    yield f"{name}/concat", torch.cat([one, three], 1)
