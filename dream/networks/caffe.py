"""Reads the trained weights out of a Caffe model file, of the older and of the newer layout.

A `.caffemodel` is one protocol-buffer message, a `NetParameter` of `caffe.proto`
(https://github.com/BVLC/caffe). Of its many fields a reader of weights needs few:

    NetParameter      layers = 2 (older), layer = 100 (newer)
    V1LayerParameter  name = 4, blobs = 6
    LayerParameter    name = 1, blobs = 7
    BlobProto         num, channels, height, width = 1 to 4 (older), shape = 7 (newer),
                      data = 5 (floats), double_data = 8
    BlobShape         dim = 1

Fields may come in any order, and repeated numbers packed or one by one.
"""

import math

import numpy as np
import numpy.typing as npt

from dream.errors import BadWeights
from dream.networks import protobuf
from dream.networks.protobuf import Broken, fields

Blob = npt.NDArray[np.float32]

_LAYOUTS = {2: (4, 6), 100: (1, 7)}
"""Field of a layer in the net: fields of name and blobs in the layer."""


def read(data: bytes) -> dict[str, list[Blob]]:
    """The blobs of every layer that has some, by the layer's name; weight first, then bias.

    Raises:
        BadWeights: The bytes aren't such a file, or break off.
    """
    layers = {}
    try:
        for field, _, value in fields(memoryview(data)):
            if field in _LAYOUTS and isinstance(value, memoryview):
                name, blobs = _layer(value, *_LAYOUTS[field])
                if blobs:
                    layers[name] = blobs
    except Broken:
        raise BadWeights(
            "That is no whole Caffe model: the file breaks off or is something else."
        ) from None
    if not layers:
        raise BadWeights("That is no Caffe model: no layer in it has weights.")
    return layers


def _layer(message: memoryview, name_field: int, blobs_field: int) -> tuple[str, list[Blob]]:
    name, blobs = "", []
    for field, _, value in fields(message):
        if isinstance(value, memoryview):
            if field == name_field:
                name = protobuf.text(value)
            elif field == blobs_field:
                blobs.append(_blob(value))
    return name, blobs


def _blob(message: memoryview) -> Blob:
    older = [1, 1, 1, 1]
    newer: list[int] | None = None
    numbers: list[npt.NDArray[np.floating]] = []
    for field, wire, value in fields(message):
        if field in (1, 2, 3, 4) and isinstance(value, int):
            older[field - 1] = value
        elif field == 7 and isinstance(value, memoryview):
            newer = _shape(value)
        elif field in (5, 8) and isinstance(value, memoryview):
            precision = np.dtype("<f4" if field == 5 else "<f8")
            if wire == protobuf.VARINT or len(value) % precision.itemsize:
                raise Broken
            numbers.append(np.frombuffer(value, precision))
    values = numbers[0] if len(numbers) == 1 else np.concatenate([np.empty(0, "<f4"), *numbers])
    return shaped(values, older if newer is None else newer)


def shaped(values: npt.NDArray[np.floating], shape: list[int]) -> Blob:
    """The values in that shape, in single precision.

    Raises:
        Broken: They don't fill it, or it is no shape of weights.
    """
    sound = len(shape) <= 8 and max(shape, default=0) < 2**31
    if not sound or math.prod(shape) != values.size:
        raise Broken
    return values.astype(np.float32, copy=False).reshape(shape)


def _shape(message: memoryview) -> list[int]:
    dims: list[int] = []
    for field, _, value in fields(message):
        if field == 1 and isinstance(value, int):
            dims.append(value)
        elif field == 1 and isinstance(value, memoryview):
            dims += protobuf.varints(value)
    return dims
