"""Frozen TensorFlow graphs of Inception's plan: written node by node, and computed node by node.

The computation knows nothing of our architecture. It follows the graph's own nodes on arrays of
N x H x W x C, and pads as TensorFlow documents `SAME`
(https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2).
"""

import struct
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - what everybody calls it

from tests.dream.networks import messages
from tests.dream.networks.messages import varint

# Of each block the channels that come in; 1x1, 3x3 bottleneck, 3x3, 5x5 bottleneck, 5x5, pool.
MIXED = {
    "mixed3a": (192, 64, 96, 128, 16, 32, 32),
    "mixed3b": (256, 128, 128, 192, 32, 96, 64),
    "mixed4a": (480, 192, 96, 204, 16, 48, 64),
    "mixed4b": (508, 160, 112, 224, 24, 64, 64),
    "mixed4c": (512, 128, 128, 256, 24, 64, 64),
    "mixed4d": (512, 112, 144, 288, 32, 64, 64),
    "mixed4e": (528, 256, 160, 320, 32, 128, 128),
    "mixed5a": (832, 256, 160, 320, 48, 128, 128),
    "mixed5b": (832, 384, 192, 384, 48, 128, 128),
}
NORMALISATION = {"depth_radius": 5, "bias": 2.0, "alpha": 1e-4, "beta": 0.5}


@dataclass
class Node:
    """A node of a graph."""

    name: str
    op: str
    inputs: list[str] = field(default_factory=list)
    attributes: dict[str, Any] = field(default_factory=dict)


class Graph:
    """Google's graph with random weights, in the order in which its nodes stand in the file."""

    def __init__(self, seed: int = 0, normalisation: dict[str, Any] | None = None) -> None:
        self.random = np.random.default_rng(seed)
        self.normalisation = NORMALISATION if normalisation is None else normalisation
        self.nodes = [Node("input", "Placeholder", attributes={"dtype": np.float32})]
        x = self.convolved("conv2d0", "input", 3, 64, 7, 2)
        x = self.add("maxpool0", "MaxPool", [x], size=3, stride=2)
        x = self.add("localresponsenorm0", "LRN", [x], **self.normalisation)
        x = self.convolved("conv2d1", x, 64, 64, 1)
        x = self.convolved("conv2d2", x, 64, 192, 3)
        x = self.add("localresponsenorm1", "LRN", [x], **self.normalisation)
        x = self.add("maxpool1", "MaxPool", [x], size=3, stride=2)
        for name in MIXED:
            if name == "mixed4a":
                x = self.add("maxpool4", "MaxPool", [x], size=3, stride=2)
            if name == "mixed5a":
                x = self.add("maxpool10", "MaxPool", [x], size=3, stride=2)
            x = self.mixed(name, x)
            if name == "mixed4a":
                self.head(x)
        x = self.add("avgpool0", "AvgPool", [x], size=7, stride=1)
        self.add("avgpool0/reshape/shape", "Const", value=np.array([-1, 1024], np.int32))
        x = self.add("avgpool0/reshape", "Reshape", [x, "avgpool0/reshape/shape"])
        x = self.multiplied("softmax2", x, 1024, 1008)
        x = self.add("softmax2", "Softmax", [x])
        self.add("output2", "Identity", [x])

    def add(self, name: str, op: str, inputs: list[str] | None = None, **attributes: Any) -> str:
        """A node; its name."""
        self.nodes.append(Node(name, op, inputs or [], attributes))
        return name

    def weights(self, name: str, *shape: int) -> tuple[str, str]:
        """Two constants; their names."""
        deviation = (2 / np.prod(shape[:-1])) ** 0.5
        weight = self.random.normal(0, deviation, shape).astype(np.float32)
        bias = self.random.normal(0, 0.1, shape[-1:]).astype(np.float32)
        return (
            self.add(f"{name}_w", "Const", value=weight),
            self.add(f"{name}_b", "Const", value=bias),
        )

    def convolved(
        self, name: str, x: str, channels: int, filters: int, size: int, stride: int = 1
    ) -> str:
        """A convolution, its bias and its rectifier."""
        weight, bias = self.weights(name, size, size, channels, filters)
        x = self.add(f"{name}_pre_relu/conv", "Conv2D", [x, weight], stride=stride)
        x = self.add(f"{name}_pre_relu", "BiasAdd", [x, bias])
        return self.add(name, "Relu", [x])

    def multiplied(self, name: str, x: str, channels: int, classes: int) -> str:
        """A matrix product and its bias."""
        weight, bias = self.weights(name, channels, classes)
        x = self.add(f"{name}_pre_activation/matmul", "MatMul", [x, weight])
        return self.add(f"{name}_pre_activation", "BiasAdd", [x, bias])

    def mixed(self, name: str, x: str) -> str:
        """A block."""
        channels, one, reduce_3, three, reduce_5, five, pool = MIXED[name]
        views = [self.convolved(f"{name}_1x1", x, channels, one, 1)]
        seen = self.convolved(f"{name}_3x3_bottleneck", x, channels, reduce_3, 1)
        views.append(self.convolved(f"{name}_3x3", seen, reduce_3, three, 3))
        seen = self.convolved(f"{name}_5x5_bottleneck", x, channels, reduce_5, 1)
        views.append(self.convolved(f"{name}_5x5", seen, reduce_5, five, 5))
        seen = self.add(f"{name}_pool", "MaxPool", [x], size=3, stride=1)
        views.append(self.convolved(f"{name}_pool_reduce", seen, channels, pool, 1))
        axis = self.add(f"{name}/concat_dim", "Const", value=np.array(3, np.int32))
        return self.add(name, "Concat", [axis, *views])

    def head(self, x: str) -> None:
        """The beginning of a head for training, which a reader of layers may pass by."""
        x = self.add("head0_pool", "AvgPool", [x], size=5, stride=3)
        self.convolved("head0_bottleneck", x, 508, 128, 1)

    def file(self) -> bytes:
        """The graph as a `GraphDef`, versions last."""
        nodes = b"".join(messages.field(1, written(node)) for node in self.nodes)
        return nodes + messages.field(4, messages.field(1, 8))

    def computed(self, picture: Tensor) -> dict[str, Tensor]:
        """The values of all nodes but constants and heads; of four axes, N x C x H x W.

        Args:
            picture: 1 x 3 x H x W, the mean taken off.
        """
        values: dict[str, Any] = {"input": picture.permute(0, 2, 3, 1)}
        for node in self.nodes[1:]:
            if not node.name.startswith("head"):
                values[node.name] = _value(node, [values[name] for name in node.inputs])
        return {
            name: value.permute(0, 3, 1, 2) if value.dim() == 4 else value
            for name, value in values.items()
            if isinstance(value, Tensor)
        }


def _value(node: Node, inputs: list[Any]) -> Any:
    match node.op:
        case "Const":
            return node.attributes["value"]
        case "Conv2D":
            weight = torch.from_numpy(inputs[1])
            x = _same(inputs[0], weight.shape[0], node.attributes["stride"], 0)
            seen = F.conv2d(x, weight.permute(3, 2, 0, 1), stride=node.attributes["stride"])
            return seen.permute(0, 2, 3, 1)
        case "BiasAdd":
            return inputs[0] + torch.from_numpy(inputs[1])
        case "Relu":
            return inputs[0].clamp(min=0)
        case "MaxPool":
            size, stride = node.attributes["size"], node.attributes["stride"]
            pooled = F.max_pool2d(_same(inputs[0], size, stride, -torch.inf), size, stride)
            return pooled.permute(0, 2, 3, 1)
        case "AvgPool":
            return inputs[0].mean((1, 2), keepdim=True)
        case "LRN":
            return _normalised(inputs[0], **node.attributes)
        case "Concat":
            return torch.cat(inputs[1:], int(inputs[0]))
        case "Reshape":
            return inputs[0].reshape(*inputs[1].tolist())
        case "MatMul":
            return inputs[0] @ torch.from_numpy(inputs[1])
        case "Softmax":
            return inputs[0].softmax(-1)
    return inputs[0]


def _same(x: Tensor, size: int, stride: int, value: float) -> Tensor:
    """Padded as `SAME`, and turned to N x C x H x W."""
    padding: list[int] = []
    for length in (x.shape[2], x.shape[1]):
        total = max((-(-length // stride) - 1) * stride + size - length, 0)
        padding += [total // 2, total - total // 2]
    return F.pad(x.permute(0, 3, 1, 2), padding, value=value)


def _normalised(
    x: Tensor,
    depth_radius: int = 5,
    bias: float = 1.0,
    alpha: float = 1.0,
    beta: float = 0.5,
) -> Tensor:
    """As the documentation of `tf.nn.local_response_normalization` has it, channel by channel."""
    sums = [
        x[..., max(0, at - depth_radius) : at + depth_radius + 1].square().sum(-1)
        for at in range(x.shape[-1])
    ]
    return x / (bias + alpha * torch.stack(sums, -1)) ** beta


def written(node: Node) -> bytes:
    """A `NodeDef`."""
    out = messages.field(1, node.name.encode()) + messages.field(2, node.op.encode())
    for name in node.inputs:
        out += messages.field(3, name.encode())
    for key, value in node.attributes.items():
        said = messages.field(2, _attribute(value))
        out += messages.field(5, messages.field(1, key.encode()) + said)
    return out


def _attribute(value: Any) -> bytes:
    if isinstance(value, np.ndarray):
        return messages.field(8, tensor(value))
    if isinstance(value, float):
        return varint(4 << 3 | 5) + struct.pack("<f", value)
    if isinstance(value, int):
        return messages.field(3, value)
    return messages.field(6, 1)  # a type: float


def tensor(values: npt.NDArray[Any], *, one_by_one: bool = False) -> bytes:
    """A `TensorProto`, its values as the bytes that they are, or as numbers."""
    kind = {np.dtype(np.float32): 1, np.dtype(np.int32): 3}[values.dtype]
    shape = b"".join(messages.field(2, messages.field(1, length)) for length in values.shape)
    out = messages.field(1, kind) + messages.field(2, shape)
    if one_by_one:
        return out + messages.field(5, values.tobytes())
    return out + messages.field(4, values.tobytes())
