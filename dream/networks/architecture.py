"""What the engine asks of an architecture: activations by name, and weights to fill."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - what everybody calls it


class Architecture(nn.Module, ABC):
    """A network as a sequence of named activations.

    Walking the sequence only as far as one needs is what cuts the network at a layer.
    """

    mean: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(1, 3, 1, 1), persistent=False)

    def shown(self, picture: Tensor) -> Tensor:
        """A picture as the first layer takes it: less the mean, in the precision of the weights.

        The mean is taken off in the picture's own precision: near white, half precision would
        leave steps of a whole grey level.
        """
        return (picture - self.mean).to(next(self.parameters()).dtype)

    @abstractmethod
    def layers(self, pixels: Tensor) -> Iterator[tuple[str, Tensor]]:
        """Every layer's published name and activation, shallow to deep.

        A convolution's activation is taken before its rectifier, which is a layer of its own,
        as in Caffe.

        Args:
            pixels: N x 3 x H x W, RGB, 0 to 255, the mean taken off.

        Yields:
            Name, and activation of N x C x h x w.
        """

    @abstractmethod
    def weighted(self) -> Mapping[str, tuple[Tensor, ...]]:
        """What every layer that has weights has of them, by its published name, to be filled.

        Weight and bias first, then whatever else there is. The first layer is the one that sees
        the picture.
        """

    def prepare(self) -> None:
        """Make use of the weights once they are filled; called by whoever filled them."""
        return

    def activations(self, picture: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        """What some layers make of a picture; nothing deeper than the deepest is computed.

        Args:
            picture: N x 3 x H x W, RGB, 0 to 255.
            layers: Published names of the layers.

        Returns:
            Of each layer, shallow to deep, N x C x h x w.

        Raises:
            KeyError: No such layer.
        """
        missing, found = set(layers), {}
        for name, activation in self.layers(self.shown(picture)):
            if name in missing:
                found[name] = activation
                missing.remove(name)
            if not missing:
                return found
        raise KeyError(*missing)

    def activation(self, picture: Tensor, layer: str) -> Tensor:
        """What one layer makes of a picture; see `activations`."""
        return self.activations(picture, [layer])[layer]


class Stage(nn.Module, ABC):
    """Some layers in a row, with a quick way past them for dreams of something deeper.

    Attributes:
        names: Of its layers, shallow to deep.
    """

    def __init__(self, *names: str) -> None:
        super().__init__()
        self.names = names

    @abstractmethod
    def layers(self, x: Tensor) -> Iterator[tuple[str, Tensor]]:
        """Every layer's name and activation; see `Architecture.layers`."""

    @abstractmethod
    def forward(self, x: Tensor) -> Tensor:
        """The last layer's activation: the same, in fewer steps."""

    def weighted(self) -> dict[str, tuple[Tensor, Tensor]]:
        """The stage's part of `Architecture.weighted`."""
        return {}


class StagedArchitecture(Architecture):
    """A sequence of stages. Those that no layer is wanted from are passed the quick way."""

    @property
    @abstractmethod
    def stages(self) -> Sequence[Stage]:
        """Shallow to deep."""

    def layers(self, pixels: Tensor) -> Iterator[tuple[str, Tensor]]:
        """See `Architecture.layers`."""
        x = pixels
        for stage in self.stages:
            for name, x in stage.layers(x):  # noqa: B020 - the last one goes on
                yield name, x

    def weighted(self) -> dict[str, tuple[Tensor, Tensor]]:
        """See `Architecture.weighted`."""
        return {name: both for stage in self.stages for name, both in stage.weighted().items()}

    def activations(self, picture: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        """See `Architecture.activations`."""
        missing, found = set(layers), {}
        x = self.shown(picture)
        for stage in self.stages:
            inside = not missing.isdisjoint(stage.names[:-1])
            for name, x in stage.layers(x) if inside else [(stage.names[-1], stage(x))]:  # noqa: B020
                if name in missing:
                    found[name] = x
                    missing.remove(name)
                if not missing:
                    return found
        raise KeyError(*missing)


class Pool(Stage):
    """A pool between blocks."""

    def layers(self, x: Tensor) -> Iterator[tuple[str, Tensor]]:
        """See `Stage.layers`."""
        yield self.names[0], halved(x)

    def forward(self, x: Tensor) -> Tensor:
        """See `Stage.forward`."""
        return halved(x)


def halved(x: Tensor) -> Tensor:
    """The 3x3 maximum at every second place, the last one included."""
    return F.max_pool2d(x, 3, stride=2, ceil_mode=True)


def weight_and_bias(convolution: nn.Conv2d) -> tuple[Tensor, Tensor]:
    """What there is to be filled in a convolution."""
    assert convolution.bias is not None
    return convolution.weight, convolution.bias
