"""Reads the trained weights out of a frozen TensorFlow graph, by the names of its layers.

Such a `.pb` is one protocol-buffer message, a `GraphDef` (https://github.com/tensorflow/tensorflow,
core/framework), in which each weight is a node that says a constant. Of its fields we need:

    GraphDef          node = 1
    NodeDef           name = 1, op = 2, input = 3, attr = 5 (a map: key = 1, value = 2)
    AttrValue         i = 3, f = 4, tensor = 8
    TensorProto       dtype = 1, tensor_shape = 2, tensor_content = 4, float_val = 5
    TensorShapeProto  dim = 2, of it size = 1

A layer with weights is a sum of a bias and of a convolution or a matrix product: under the sum's
name we give the weights, turned from TensorFlow's order of axes into Caffe's. A local response
normalisation has its four numbers in the file, too.
"""

import struct
from dataclasses import dataclass, field

import numpy as np

from dream.errors import BadWeights
from dream.networks import protobuf
from dream.networks.caffe import Blob, shaped
from dream.networks.protobuf import Broken, fields

_FLOAT = 1
_SUMS = ("BiasAdd", "BiasAddV1", "Add", "AddV2")
_PRODUCTS = {"Conv2D": (3, 2, 0, 1), "MatMul": (1, 0)}
"""How the axes of their weights are turned: to outputs, inputs, height, width."""

_NORMALISATION = {"depth_radius": 5.0, "bias": 1.0, "alpha": 1.0, "beta": 0.5}
"""Of an LRN, with TensorFlow's values where the file has none: those of its documentation."""


@dataclass(slots=True)
class _Node:
    name: str = ""
    op: str = ""
    inputs: list[str] = field(default_factory=list)
    numbers: dict[str, float] = field(default_factory=dict)
    constant: memoryview | None = None


def read(data: bytes) -> dict[str, list[Blob]]:
    """Weight and bias of every layer that has some; of a normalisation radius, bias, alpha, beta.

    Raises:
        BadWeights: The bytes aren't such a file, or break off.
    """
    try:
        nodes = {
            node.name: node
            for number, _, value in fields(memoryview(data))
            if number == 1 and isinstance(value, memoryview)
            for node in [_node(value)]
        }
        layers = {name: blobs for name, node in nodes.items() if (blobs := _blobs(node, nodes))}
    except Broken:
        raise BadWeights(
            "That is no whole TensorFlow graph: the file breaks off or is something else."
        ) from None
    if not layers:
        raise BadWeights("That is no frozen TensorFlow graph: no layer in it has weights.")
    return layers


def _blobs(node: _Node, nodes: dict[str, _Node]) -> list[Blob]:
    """What a layer has; nothing if it isn't one with weights."""
    if node.op == "LRN":
        numbers = [node.numbers.get(name, usual) for name, usual in _NORMALISATION.items()]
        return [np.array(numbers, np.float32)]
    if node.op not in _SUMS or len(node.inputs) != 2:
        return []
    product, bias = (_followed(name, nodes) for name in node.inputs)
    if product is None or product.op not in _PRODUCTS or len(product.inputs) != 2:
        return []
    weight = _followed(product.inputs[1], nodes)
    if weight is None or bias is None or weight.constant is None or bias.constant is None:
        return []
    axes = _PRODUCTS[product.op]
    values = _tensor(weight.constant)
    if values.ndim != len(axes):
        raise Broken
    return [np.ascontiguousarray(values.transpose(axes)), _tensor(bias.constant)]


def _followed(name: str, nodes: dict[str, _Node]) -> _Node | None:
    """The node of that name, behind nodes that hand on what they get."""
    for _ in range(len(nodes)):
        node = nodes.get(name.removesuffix(":0"))
        if node is None or node.op != "Identity" or not node.inputs:
            return node
        name = node.inputs[0]
    raise Broken


def _node(message: memoryview) -> _Node:
    node = _Node()
    for number, _, value in fields(message):
        if not isinstance(value, memoryview):
            continue
        if number == 1:
            node.name = protobuf.text(value)
        elif number == 2:
            node.op = protobuf.text(value)
        elif number == 3:
            node.inputs.append(protobuf.text(value))
        elif number == 5:
            _attribute(value, node)
    return node


def _attribute(message: memoryview, node: _Node) -> None:
    key, said = "", memoryview(b"")
    for number, _, value in fields(message):
        if isinstance(value, memoryview):
            if number == 1:
                key = protobuf.text(value)
            elif number == 2:
                said = value
    for number, _, value in fields(said):
        if number == 3 and isinstance(value, int):
            node.numbers[key] = value
        elif number == 4 and isinstance(value, memoryview) and len(value) == 4:
            node.numbers[key] = struct.unpack("<f", value)[0]
        elif number == 8 and isinstance(value, memoryview) and key == "value":
            node.constant = value


def _tensor(message: memoryview) -> Blob:
    dtype, shape = 0, list[int]()
    content: memoryview | None = None
    numbers: list[memoryview] = []
    for number, _, value in fields(message):
        if number == 1 and isinstance(value, int):
            dtype = value
        elif number == 2 and isinstance(value, memoryview):
            shape = [_size(dim) for at, _, dim in fields(value) if at == 2]
        elif number == 4 and isinstance(value, memoryview):
            content = value
        elif number == 5 and isinstance(value, memoryview):
            numbers.append(value)
    data = b"".join(numbers) if content is None else content
    if dtype != _FLOAT or len(data) % 4:
        raise Broken
    return shaped(np.frombuffer(data, "<f4"), shape)


def _size(dim: int | memoryview) -> int:
    if isinstance(dim, int):
        raise Broken
    return next((size for at, _, size in fields(dim) if at == 1 and isinstance(size, int)), 0)
