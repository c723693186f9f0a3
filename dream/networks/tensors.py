"""Reads and writes weights as safetensors, the format of the network in the package.

A file holds two tensors of each layer, `<layer>.weight` and `<layer>.bias`. They are written in
half precision, which halves the file and shows in no dream.
"""

import os
import tempfile
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from dream.errors import BadWeights
from dream.networks.architecture import Architecture
from dream.networks.caffe import Blob


def read(data: bytes) -> dict[str, list[Blob]]:
    """Weight and bias of every layer that has some, by the layer's name, in single precision.

    Raises:
        BadWeights: The bytes aren't such a file, or break off.
    """
    try:
        tensors = load(data)
    except (SafetensorError, KeyError) as error:  # a KeyError is a precision that numpy lacks
        raise BadWeights(f"That is no whole safetensors file ({error}).") from None
    return {
        layer: [tensors[name].astype(np.float32) for name in _names(layer) if name in tensors]
        for layer in dict.fromkeys(name.rpartition(".")[0] for name in tensors)
    }


def write(architecture: Architecture, file: Path) -> None:
    """Write the network's weights in half precision; the file appears only when it is whole.

    Raises:
        OSError: The folder can't be written.
    """
    tensors = {
        name: tensor.detach().cpu().half().contiguous().numpy()
        for layer, both in architecture.weighted().items()
        for name, tensor in zip(_names(layer), both, strict=True)
    }
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as opened:
            opened.write(save(tensors))
        part.chmod(0o644)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def _names(layer: str) -> list[str]:
    return [f"{layer}.weight", f"{layer}.bias"]
