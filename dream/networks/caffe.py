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
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from dream.errors import BadWeights

Blob = npt.NDArray[np.float32]

_VARINT, _EIGHT_BYTES, _LENGTH, _FOUR_BYTES = 0, 1, 2, 5
_LAYOUTS = {2: (4, 6), 100: (1, 7)}
"""Field of a layer in the net: fields of name and blobs in the layer."""


def read(data: bytes) -> dict[str, list[Blob]]:
    """The blobs of every layer that has some, by the layer's name; weight first, then bias.

    Raises:
        BadWeights: The bytes aren't such a file, or break off.
    """
    layers = {}
    for field, _, value in _fields(memoryview(data)):
        if field in _LAYOUTS and isinstance(value, memoryview):
            name, blobs = _layer(value, *_LAYOUTS[field])
            if blobs:
                layers[name] = blobs
    if not layers:
        raise BadWeights("That is no Caffe model: no layer in it has weights.")
    return layers


def _layer(message: memoryview, name_field: int, blobs_field: int) -> tuple[str, list[Blob]]:
    name, blobs = "", []
    for field, _, value in _fields(message):
        if isinstance(value, memoryview):
            if field == name_field:
                name = bytes(value).decode("utf-8", "replace")
            elif field == blobs_field:
                blobs.append(_blob(value))
    return name, blobs


def _blob(message: memoryview) -> Blob:
    older = [1, 1, 1, 1]
    newer: list[int] | None = None
    numbers: list[npt.NDArray[np.floating]] = []
    for field, wire, value in _fields(message):
        if field in (1, 2, 3, 4) and isinstance(value, int):
            older[field - 1] = value
        elif field == 7 and isinstance(value, memoryview):
            newer = _shape(value)
        elif field in (5, 8) and isinstance(value, memoryview):
            precision = np.dtype("<f4" if field == 5 else "<f8")
            if wire == _VARINT or len(value) % precision.itemsize:
                raise _broken()
            numbers.append(np.frombuffer(value, precision))
    shape = older if newer is None else newer
    values = numbers[0] if len(numbers) == 1 else np.concatenate([np.empty(0, "<f4"), *numbers])
    if math.prod(shape) != values.size:
        raise _broken()
    return values.astype(np.float32, copy=False).reshape(shape)


def _shape(message: memoryview) -> list[int]:
    dims: list[int] = []
    for field, _, value in _fields(message):
        if field == 1 and isinstance(value, int):
            dims.append(value)
        elif field == 1 and isinstance(value, memoryview):
            at = 0
            while at < len(value):
                dim, at = _varint(value, at)
                dims.append(dim)
    return dims


def _fields(message: memoryview) -> Iterator[tuple[int, int, int | memoryview]]:
    """Number, wire type and value of each field; a number or the bytes, by wire type."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        field, wire = key >> 3, key & 7
        if wire == _VARINT:
            number, at = _varint(message, at)
            yield field, wire, number
            continue
        if wire == _LENGTH:
            length, at = _varint(message, at)
        elif wire in (_EIGHT_BYTES, _FOUR_BYTES):
            length = 8 if wire == _EIGHT_BYTES else 4
        else:
            raise _broken()
        if field == 0 or at + length > len(message):
            raise _broken()
        yield field, wire, message[at : at + length]
        at += length


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """The number that begins there, seven bits a byte, and where the next thing begins."""
    number = 0
    for count, byte in enumerate(message[at : at + 10]):
        number |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            return number, at + count + 1
    raise _broken()


def _broken() -> BadWeights:
    return BadWeights("That is no whole Caffe model: the file breaks off or is something else.")
