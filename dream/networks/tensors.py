"""Reads and writes weights as named tensors: safetensors, and PyTorch's own files.

A file has the tensors of each layer, `<layer>.weight`, `<layer>.bias` and what else it has. The
network in the package is written in half precision, which halves the file and shows in no dream.
"""

import io
import os
import re
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.numpy import load, save

from dream.errors import BadWeights
from dream.networks.architecture import Architecture
from dream.networks.caffe import Blob

PARTS = ("weight", "bias", "running_mean", "running_var", "layer_scale")
"""What a layer may have, in the order in which it is given."""

# Of DenseNet's, torchvision publishes files with older names.
_OLDER = re.compile(r"(?<=denselayer)(\d+\.(?:norm|conv))\.([12])(?=\.)")


def read(data: bytes) -> dict[str, list[Blob]]:
    """What every layer has of `PARTS`, by the layer's name, in single precision, of safetensors.

    Raises:
        BadWeights: The bytes aren't such a file, or break off.
    """
    try:
        tensors = load(data)
    except (SafetensorError, KeyError) as error:  # a KeyError is a precision that numpy lacks
        raise BadWeights(f"That is no whole safetensors file ({error}).") from None
    return _by_layer({name: tensor.astype(np.float32) for name, tensor in tensors.items()})


def read_pytorch(data: bytes) -> dict[str, list[Blob]]:
    """The same of a file by `torch.save`: of a state dict, or of a checkpoint with one.

    Nothing in the file is run: only tensors and plain values are read.

    Raises:
        BadWeights: The bytes aren't such a file, break off, or hold something else.
    """
    try:
        return _by_layer(_saved(data))
    except BadWeights:
        raise
    except Exception:
        raise BadWeights("That is no whole PyTorch file, or holds more than tensors.") from None


def write(architecture: Architecture, file: Path) -> None:
    """Write the network's weights in half precision; the file appears only when it is whole.

    Raises:
        OSError: The folder can't be written.
    """
    tensors = {
        f"{layer}.{part}": tensor.detach().cpu().half().contiguous().numpy()
        for layer, own in architecture.weighted().items()
        for part, tensor in zip(PARTS, own, strict=False)
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


def _saved(data: bytes) -> dict[str, Blob]:
    """The named tensors of a PyTorch file."""
    saved = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    if isinstance(saved, dict) and isinstance(saved.get("state_dict"), dict):
        saved = saved["state_dict"]
    if not isinstance(saved, dict):
        raise BadWeights("There are no named tensors in that PyTorch file.")
    # In front of the names, training on several devices leaves `module.`.
    return {
        _OLDER.sub(r"\1\2", str(name).removeprefix("module.")): tensor.detach().float().numpy()
        for name, tensor in saved.items()
        if isinstance(tensor, torch.Tensor) and tensor.is_floating_point()
    }


def _by_layer(tensors: Mapping[str, Blob]) -> dict[str, list[Blob]]:
    layers: defaultdict[str, list[Blob]] = defaultdict(list)
    for part in PARTS:
        for name, tensor in tensors.items():
            layer, _, last = name.rpartition(".")
            if last == part:
                layers[layer].append(tensor)
    return dict(layers)
