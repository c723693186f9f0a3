"""What is maximised: how strongly a network answers to the picture, in what the recipe names.

Gradient ascent needs of an objective only how it changes with each activation: its seed, from
which the rest is found backwards through the network. For the notebook's ½‖activation‖² that is
the activation itself.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from dream.networks.architecture import Architecture
from dream.terms import ClassTerm, Term, parse

MOST_PLACES = 4096
"""Of a guide, evenly chosen where it has more."""

_MOST_MATCHES = 2**22
"""Dot products computed at once when a guide is searched: 16 MiB."""


@dataclass(frozen=True, slots=True)
class View:
    """The part of a picture that an activation was computed of.

    Attributes:
        size: Height and width of the whole picture.
        shift: Pixels that the picture was shifted by, down and to the right, round its edges.
        corner: Of the part, from the top and from the left of the shifted picture.
        part: Its height and width.
    """

    size: tuple[int, int]
    shift: tuple[int, int] = (0, 0)
    corner: tuple[int, int] = (0, 0)
    part: tuple[int, int] | None = None

    def find(self, place: tuple[float, float], activation: Tensor) -> tuple[int, int] | None:
        """Row and column where an activation sees a place of the picture; None where it doesn't.

        Args:
            place: Across and down, each 0 to 1.
            activation: N x C x h x w, of this part.
        """
        found = []
        part = self.part or self.size
        for dim, share in enumerate(reversed(place)):
            at = (min(int(share * self.size[dim]), self.size[dim] - 1) + self.shift[dim]) % (
                self.size[dim]
            ) - self.corner[dim]
            if not 0 <= at < part[dim]:
                return None
            # Rounded, for the last place of a side may see less than a whole stride.
            places = activation.shape[2 + dim]
            found.append(min(at // max(1, round(part[dim] / places)), places - 1))
        return found[0], found[1]


class Part(ABC):
    """One summand of an objective.

    Attributes:
        layer: Whose activation it is computed from.
        weight: What it is multiplied with.
    """

    layer: str
    weight: float

    @abstractmethod
    def seed(self, activation: Tensor, views: Sequence[View]) -> Tensor:
        """How the summand changes with each activation: the same shape, the weight left out.

        Args:
            activation: N x C x h x w.
            views: What each of the N is computed of.
        """

    @abstractmethod
    def value(self, activation: Tensor) -> float:
        """How well it is reached, comparable across sizes, the weight left out."""


class Energy(Part):
    """½‖activation‖² of a layer, of channels or of neurons in it: more of whatever it sees."""

    def __init__(self, term: Term) -> None:
        self.layer, self.weight = term.layer, term.weight
        self._channels, self._place = list(term.channels), term.place

    def seed(self, activation: Tensor, views: Sequence[View]) -> Tensor:
        """See `Part.seed`."""
        if not self._channels and self._place is None:
            return activation
        chosen = torch.zeros_like(activation)
        channels = self._channels or slice(None)
        if self._place is None:
            chosen[:, channels] = activation[:, channels]
            return chosen
        for index, view in enumerate(views):
            found = view.find(self._place, activation)
            if found is not None:
                at = (index, channels, *found)
                chosen[at] = activation[at]
        return chosen

    def value(self, activation: Tensor) -> float:
        """The mean square; of the neurons only where there are some."""
        chosen = activation[:, self._channels] if self._channels else activation
        if self._place is not None:
            height, width = activation.shape[2:]
            found = View((height, width)).find(self._place, activation)
            assert found is not None
            chosen = chosen[:, :, found[0], found[1]]
        return float(chosen.square().mean())


class Logit(Part):
    """The score of a class, before scores are turned into probabilities."""

    def __init__(self, layer: str, index: int, weight: float) -> None:
        self.layer, self.weight = layer, weight
        self._index = index

    def seed(self, activation: Tensor, views: Sequence[View]) -> Tensor:
        """See `Part.seed`."""
        chosen = torch.zeros_like(activation)
        chosen[:, self._index] = 1
        return chosen

    def value(self, activation: Tensor) -> float:
        """The mean score."""
        return float(activation[:, self._index].mean())


class Guided(Part):
    """Σ over places of the best match in a guide: the picture is to look like parts of it.

    For each place, the guide's place whose activations have the largest dot product with its own;
    the seed is what the guide has there (the notebook's `objective_guide`).
    """

    def __init__(self, guide: Tensor, term: Term) -> None:
        """
        Args:
            guide: The layer's activation of the guide, 1 x C x h x w.
            term: Its channels count if it names some, its place doesn't.
        """
        self.layer, self.weight = term.layer, term.weight
        self._channels = list(term.channels) or slice(None)
        places = guide[0, self._channels].flatten(1).T
        # Of a shallow layer's many places, some are as good as all, and quickly compared.
        self._guide = places[:: -(-len(places) // MOST_PLACES)].contiguous()

    def seed(self, activation: Tensor, views: Sequence[View]) -> Tensor:
        """See `Part.seed`."""
        height, width = activation.shape[2:]
        chosen = torch.zeros_like(activation)
        for picture, found in zip(activation, chosen, strict=True):
            best = torch.cat([places for places, _ in self._matches(picture)])
            seed = self._guide[best].T.reshape(-1, height, width)
            found[self._channels] = seed
        return chosen

    def value(self, activation: Tensor) -> float:
        """The mean dot product with the best match."""
        products = [best for picture in activation for _, best in self._matches(picture)]
        return float(torch.cat(products).mean())

    def _matches(self, picture: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Best matches and their products, some places at a time: all at once, they'd be huge."""
        places = picture[self._channels].flatten(1).T
        at_once = max(1, _MOST_MATCHES // len(self._guide))
        found = []
        for some in torch.split(places, at_once):
            products, best = (some @ self._guide.T).max(1)
            found.append((best, products))
        return found


class Objective:
    """A weighted sum of parts.

    Args:
        parts: At least one.
    """

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = tuple(parts)

    def activations(self, network: Architecture, picture: Tensor) -> dict[str, Tensor]:
        """What the objective is computed from: of each layer, N x C x h x w."""
        return network.activations(picture, {part.layer for part in self.parts})

    def seeds(self, activations: Mapping[str, Tensor], views: Sequence[View]) -> list[Tensor]:
        """The objective's gradient with respect to each of those activations."""
        return [
            self._seed(layer, activation.detach(), views)
            for layer, activation in activations.items()
        ]

    def value(self, activations: Mapping[str, Tensor]) -> float:
        """How well it is reached, comparable across sizes."""
        return sum(part.weight * part.value(activations[part.layer]) for part in self.parts)

    def _seed(self, layer: str, activation: Tensor, views: Sequence[View]) -> Tensor:
        first, *others = [part for part in self.parts if part.layer == layer]
        seed = first.seed(activation, views)
        if first.weight != 1:
            seed = first.weight * seed
        for part in others:
            seed = seed.add(part.seed(activation, views), alpha=part.weight)
        return seed


def energy(layer: str) -> Objective:
    """The objective of layers alone, without classes, written as in a recipe; see `dream.terms`.

    Raises:
        RecipeError: It isn't written so.
    """
    return objective(layer, "", {}, {})


def objective(
    layer: str, logits: str, indices: Mapping[str, int], guide: Mapping[str, Tensor]
) -> Objective:
    """The objective of a recipe.

    Args:
        layer: The recipe's.
        logits: The layer that scores classes; not asked where none is named.
        indices: Number of each class that is named.
        guide: Activations of the guide by layer; nothing where there is none.
    """
    parts: list[Part] = []
    for term in parse(layer):
        if isinstance(term, ClassTerm):
            parts.append(Logit(logits, indices[term.name], term.weight))
        else:
            parts.append(Guided(guide[term.layer], term) if guide else Energy(term))
    return Objective(parts)
