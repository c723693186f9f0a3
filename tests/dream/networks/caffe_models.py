"""Writes Caffe models of the newer layout, for networks whose own files can't be had here."""

import numpy as np
import torch

from dream.networks.googlenet import GoogLeNet
from tests.dream.networks.messages import field, varint


def googlenet_file(classes: int, seed: int) -> bytes:
    """A model with GoogLeNet's layers and random weights."""
    # A few numbers over and over: so many would take seconds.
    few = 0.05 * np.random.default_rng(seed).standard_normal(10_007, np.float32)
    with torch.device("meta"):
        shapes = GoogLeNet(classes).weighted()
    layers = [
        layer(name, [np.resize(few, tensor.shape) for tensor in both])
        for name, both in shapes.items()
    ]
    return field(1, b"GoogLeNet") + b"".join(layers)


def layer(name: str, blobs: list[np.ndarray[tuple[int, ...], np.dtype[np.float32]]]) -> bytes:
    """One layer of a net."""
    written = b"".join(map(_blob, blobs))
    return field(100, field(1, name.encode()) + written)


def _blob(values: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> bytes:
    shape = field(1, b"".join(map(varint, values.shape)))
    return field(7, field(7, shape) + field(5, values.astype("<f4").tobytes()))
