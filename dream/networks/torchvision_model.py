"""Any convolutional classifier of torchvision, walked along the graph that torch.fx traces of it.

Its layers have the names that torchvision's own feature extraction gives the nodes. Listed are
those that are channels over places, or of one place; left out is what does nothing but in
training, and a convolution whose batch norm directly follows: the two are computed as one, and are
one layer under the norm's name.
"""

import inspect
import math
import operator
from collections.abc import Collection, Iterable, Iterator
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.nn import functional as F  # noqa: N812 - what everybody calls it
from torch.nn.utils.fusion import fuse_conv_bn_eval
from torch.overrides import TorchFunctionMode

from dream.networks.architecture import Architecture
from dream.networks.tensors import PARTS
from dream.networks.vision import torchvision

_INCEPTIONS = ("googlenet", "inception_v3")
_IDLE = ("Dropout", "StochasticDepth", "Identity", "dropout", "stochastic_depth", "flatten")
"""Modules and functions that hand on what they get, except in training."""

_SIZES = ((2, 3, 224, 256), (2, 3, 352, 320))
"""Of two pictures: what differs between them in an activation are its places, not its channels."""


class TorchvisionModel(Architecture):
    """One of torchvision's models, cut at whatever layers are asked for.

    Args:
        name: As in torchvision's registry.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.model = _built(name)
        best = torchvision().models.get_model_weights(name).DEFAULT
        self.smallest: int = max(best.meta["min_size"])
        self._names = _traced(self.model)
        self._folds = self._norms_behind_convolutions()
        self._listed = self._layers_among_nodes()
        self.model.to_empty(device=torch.get_default_device())

    def layers(self, pixels: Tensor) -> Iterator[tuple[str, Tensor]]:
        """See `Architecture.layers`."""
        for node, activation in self._walk(pixels, self._listed):
            yield self._names[node], _as_channels(activation)

    def activations(self, picture: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        """See `Architecture.activations`; nothing that these layers don't need is computed."""
        wanted = [node for node in self._listed if self._names[node] in layers]
        missing = set(layers) - {self._names[node] for node in wanted}
        if missing:
            raise KeyError(*missing)
        walked = self._walk(self.shown(picture), wanted)
        return {self._names[node]: _as_channels(activation) for node, activation in walked}

    def weighted(self) -> dict[str, tuple[Tensor, ...]]:
        """See `Architecture.weighted`; names are those of modules, as in torchvision's files."""
        return {name: own for name, module in self.model.named_modules() if (own := _own(module))}

    def prepare(self) -> None:
        """Fold every batch norm that directly follows a convolution into it."""
        for convolution, norm in self._folds:
            folded = _folded(self.model.get_submodule(convolution), self.model.get_submodule(norm))
            self.model.set_submodule(norm, folded)
            self.model.set_submodule(convolution, nn.Identity())
        for node in self._names:
            if node.op == "call_module":
                _fold_within(self.model.get_submodule(str(node.target)))

    def _walk(self, pixels: Tensor, wanted: Iterable[fx.Node]) -> Iterator[tuple[fx.Node, Any]]:
        """The wanted nodes with their values, each as soon as it is computed.

        Of the others only those are computed that these need, and kept as long as needed.
        """
        wanted = set(wanted)
        plan = _needed(self._names, wanted)
        last_use = {used: node for node in plan for used in node.all_input_nodes}
        values: dict[fx.Node, Any] = {}
        seen = _padded(pixels, self.smallest)
        for node in plan:
            values[node] = self._value(node, values) if node.op != "placeholder" else seen
            if node in wanted:
                yield node, values[node]
            for used in node.all_input_nodes:
                if last_use[used] is node:
                    del values[used]

    def _value(self, node: fx.Node, values: dict[fx.Node, Any]) -> Any:
        args = fx.node.map_arg(node.args, values.__getitem__)
        kwargs = fx.node.map_arg(node.kwargs, values.__getitem__)
        target = str(node.target)
        if node.op == "call_module":
            return self.model.get_submodule(target)(*args, **kwargs)
        if node.op == "call_method":
            return getattr(args[0], target)(*args[1:], **kwargs)
        if node.op == "get_attr":
            return operator.attrgetter(target)(self.model)
        assert callable(node.target)
        return node.target(*args, **kwargs)

    def _norms_behind_convolutions(self) -> list[tuple[str, str]]:
        """Names of each convolution that nothing but a batch norm sees, and of the norm."""
        found = []
        for norm in self._names:
            before = norm.args[0] if norm.op == "call_module" else None
            if not isinstance(before, fx.Node) or before.op != "call_module":
                continue
            pair = str(before.target), str(norm.target)
            modules = [self.model.get_submodule(name) for name in pair]
            kinds = isinstance(modules[0], nn.Conv2d) and isinstance(modules[1], nn.BatchNorm2d)
            if kinds and len(before.users) == 1:
                found.append(pair)
        return found

    def _layers_among_nodes(self) -> list[fx.Node]:
        """The nodes that are layers, shallow to deep."""
        shapes = [
            {
                node: _shape(value)
                for node, value in self._walk(torch.empty(size, device="meta"), self._names)
            }
            for size in _SIZES
        ]
        folded = {convolution for convolution, _ in self._folds}
        return [
            node
            for node in self._names
            if _is_layer(shapes[0][node], shapes[1][node])
            and node.op not in ("placeholder", "get_attr")
            and str(node.target) not in folded
            and not self._kind(node).startswith(_IDLE)
        ]

    def _kind(self, node: fx.Node) -> str:
        """Name of the module's class, or of the function."""
        if node.op == "call_module":
            return type(self.model.get_submodule(str(node.target))).__name__
        return getattr(node.target, "__name__", str(node.target))


class _Valueless(TorchFunctionMode):
    """Leaves parameters without values: to draw random ones takes seconds, and they get filled.

    Not all of torch's meta device, since some models compute their own plan when they are built.
    """

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        device = {"device": "meta"} if func is torch.empty else {}
        return func(*args, **{**(kwargs or {}), **device})


def _built(name: str) -> nn.Module:
    # Built with trained weights, these two turn the usual preprocessing into their own first; ours
    # is theirs from the start. Their heads for training are left away.
    options = {"aux_logits": False, "init_weights": False} if name in _INCEPTIONS else {}
    with torch.device("cpu"), _Valueless():
        model = torchvision().models.get_model(name, weights=None, **options)
    assert isinstance(model, nn.Module)
    model.to("meta").eval().requires_grad_(False)
    for module in model.modules():
        if hasattr(module, "inplace"):
            # In place, a rectifier would overwrite the activation of the layer before it.
            setattr(module, "inplace", False)  # noqa: B010 - not an attribute of all modules
    return model


def _traced(model: nn.Module) -> dict[fx.Node, str]:
    """The nodes of the model's graph in the order of computation, each with its published name."""
    package = torchvision()
    from torchvision.models.feature_extraction import NodePathTracer

    leaves = [
        kind
        for _, kind in inspect.getmembers(package.ops, inspect.isclass)
        if issubclass(kind, nn.Module)
    ]
    tracer = NodePathTracer(leaf_modules=leaves, autowrap_modules=(math, package.ops))
    tracer.trace(model)
    names = {node: name for node, name in tracer.node_to_qualname.items() if node.op != "output"}
    for node in names:
        if "inplace" in node.kwargs:  # as above
            node.kwargs = {**node.kwargs, "inplace": False}
    return names


def _padded(pixels: Tensor, smallest: int) -> Tensor:
    """With the last rows and columns repeated where a side is too short for the network."""
    height, width = pixels.shape[2:]
    more = (0, max(0, smallest - width), 0, max(0, smallest - height))
    return F.pad(pixels, more, mode="replicate") if any(more) else pixels


def _needed(nodes: Iterable[fx.Node], wanted: Collection[fx.Node]) -> list[fx.Node]:
    """The wanted nodes and all that they need, in the order of computation."""
    needed = set(wanted)
    for node in reversed(list(nodes)):
        if node in needed:
            needed.update(node.all_input_nodes)
    return [node for node in nodes if node in needed]


def _is_layer(shape: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether values are channels over places, or of one: by their shapes for two pictures."""
    if len(shape) not in (2, 4) or shape[:2] != other[:2] or shape[0] != _SIZES[0][0]:
        return False
    places = list(zip(shape[2:], other[2:], strict=True))
    return all(one != two for one, two in places) or len({one for one, _ in places}) == 1


def _shape(value: object) -> tuple[int, ...]:
    return tuple(value.shape) if isinstance(value, Tensor) else ()


def _as_channels(activation: Tensor) -> Tensor:
    """N x C x h x w, where it is N x C too."""
    return activation if activation.dim() == 4 else activation[:, :, None, None]


def _own(module: nn.Module) -> tuple[Tensor, ...]:
    """What the module itself has to be filled."""
    parts = [getattr(module, part, None) for part in PARTS]
    return tuple(part for part in parts if isinstance(part, Tensor))


def _folded(convolution: nn.Module, norm: nn.Module) -> nn.Conv2d:
    assert isinstance(convolution, nn.Conv2d)
    assert isinstance(norm, nn.BatchNorm2d)
    return fuse_conv_bn_eval(convolution.eval(), norm.eval())


def _fold_within(sequence: nn.Module) -> None:
    """The same within a sequence that is one node."""
    if not isinstance(sequence, nn.Sequential):
        return
    for at in range(len(sequence) - 1):
        if isinstance(sequence[at], nn.Conv2d) and isinstance(sequence[at + 1], nn.BatchNorm2d):
            sequence[at] = _folded(sequence[at], sequence[at + 1])
            sequence[at + 1] = nn.Identity()
