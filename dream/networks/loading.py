"""Builds a network and fills it with the weights of a file, checked name by name."""

from functools import cache
from importlib import import_module
from pathlib import Path
from types import MappingProxyType

import torch
from torch import Tensor

from dream.errors import BadWeights, RecipeError, unknown
from dream.networks import caffe, first_use, frozen_graph, tensors
from dream.networks.architecture import Architecture
from dream.networks.caffe import Blob
from dream.networks.classes import class_index
from dream.networks.registry import Network, network
from dream.terms import ClassTerm, Term, parse

_READERS = {
    ".caffemodel": caffe.read,
    ".safetensors": tensors.read,
    ".pth": tensors.read_pytorch,
    ".pb": frozen_graph.read,
}
"""By the suffix of a file."""


def load(of: Network, file: Path, device: str | torch.device = "cpu") -> Architecture:
    """The network with the weights of that file, frozen, ready to be walked.

    On CUDA in half precision (bfloat16, whose range is that of floats), which takes pictures in
    full precision and gives gradients in it.

    Raises:
        BadWeights: The file isn't what the network needs; says in what.
    """
    architecture = _build(of)
    try:
        if file.suffix not in _READERS:
            raise BadWeights(f"weights are read from {', '.join(_READERS)} files.")
        data = file.read_bytes()
        _fill(architecture, _READERS[file.suffix](data), of)
        first_use.check(of, file, data)
    except BadWeights as error:
        raise BadWeights(f"{file.name} can't be used as {of.name}: {error}") from None
    except OSError as error:
        raise BadWeights(f"{file} can't be read: {error.strerror}.") from None
    architecture.mean.copy_(torch.tensor(of.mean)[None, :, None, None])
    architecture.eval().requires_grad_(False)
    architecture.prepare()
    architecture.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return in_half_precision(architecture) if torch.device(device).type == "cuda" else architecture


def in_half_precision(architecture: Architecture) -> Architecture:
    """The network with its weights in half precision; its mean stays as it is."""
    mean = architecture.mean
    architecture.to(torch.bfloat16)
    architecture.mean = mean
    return architecture


@cache
def layer_channels(name: str) -> MappingProxyType[str, int]:
    """The layers of the network of that name, shallow to deep, and how many channels each has.

    Needs no weights.

    Raises:
        UnknownName: There is no such network.
    """
    with torch.device("meta"):
        architecture = _build(network(name))
        pixels = torch.empty(1, 3, 224, 224)
        shapes = {layer: seen.shape[1] for layer, seen in architecture.layers(pixels)}
    return MappingProxyType(shapes)


def logits(name: str) -> str:
    """The layer of the network of that name whose channels are classes.

    Raises:
        UnknownName: There is no such network.
        RecipeError: It has no classes.
    """
    of = network(name)
    if not of.classes:
        raise RecipeError(f"{of.name} has no classes: name a layer, as `dream layers` lists them.")
    return of.logits or list(layer_channels(name))[-1]


def check_layer(name: str, layer: str) -> None:
    """Nothing, if the network of that name has what that text names.

    Raises:
        UnknownName: It hasn't the layer or the class; says the nearest, and how to list them all.
        RecipeError: The layer hasn't the channel; says how many there are. Or it has no classes.
    """
    for term in parse(layer):
        if isinstance(term, ClassTerm):
            logits(name)
            class_index(name, term.name)
        else:
            _check_term(name, term)


def _check_term(name: str, term: Term) -> None:
    there = layer_channels(name)
    if term.layer not in there:
        listing = f"`dream layers {name}` lists them all."
        raise unknown(f"layer in {name}", term.layer, there, listing)
    channels = there[term.layer]
    if term.channels and term.channels[-1] >= channels:
        raise RecipeError(
            f"{term.layer} of {name} has {channels} channels, 0 to {channels - 1}; "
            f"there is no {term.channels[-1]}."
        )


def _build(of: Network) -> Architecture:
    module, _, name = of.architecture.partition(":")
    built = getattr(import_module(f"dream.networks.{module}"), name)(*of.arguments)
    assert isinstance(built, Architecture)
    return built


@torch.no_grad()
def _fill(architecture: Architecture, blobs: dict[str, list[Blob]], of: Network) -> None:
    for index, (layer, wanted) in enumerate(architecture.weighted().items()):
        found = blobs.get(layer, [])
        if len(found) != len(wanted):
            raise BadWeights(f"it has no weights for the layer {layer}.")
        for tensor, blob in zip(wanted, found, strict=True):
            shape = tuple(tensor.shape)
            # The older layout writes every shape with four numbers, ones in front.
            if blob.shape not in (shape, (1,) * (4 - len(shape)) + shape):
                raise BadWeights(f"{layer} is {_times(blob.shape)} in it, not {_times(shape)}.")
            values = torch.tensor(blob).reshape(shape)
            if not values.isfinite().all():
                raise BadWeights(f"{layer} holds values that aren't numbers.")
            if index == 0 and values.dim() == 4:
                values = _seeing(values, of)
            tensor.copy_(values)


def _seeing(values: Tensor, of: Network) -> Tensor:
    """The first convolution's weights, for pixels of R, G, B and of 0 to 255 less the mean.

    The scale is divided out of them rather than out of every picture: it gives the same.
    """
    if of.channels == "BGR":
        values = values.flip(1)
    if of.scale == (1, 1, 1):
        return values
    return values / torch.tensor(of.scale)[None, :, None, None]


def _times(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape))
