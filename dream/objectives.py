"""What is maximised: how strongly layers answer to the picture."""

from collections.abc import Mapping

from torch import Tensor

from dream.networks.architecture import Architecture
from dream.terms import Term, parse


class LayerEnergy:
    """Σ weight · ½‖activation‖² over layers or some of their channels: more of whatever they see.

    With one layer it is the notebook's objective.

    Args:
        layer: As in a recipe, see `dream.terms`.

    Raises:
        RecipeError: It isn't written so.
    """

    def __init__(self, layer: str) -> None:
        self.terms = parse(layer)

    def activations(self, network: Architecture, picture: Tensor) -> dict[str, Tensor]:
        """What the objective is computed from: of each layer, N x C x h x w."""
        return network.activations(picture, {term.layer for term in self.terms})

    def seed_gradients(self, activations: Mapping[str, Tensor]) -> list[Tensor]:
        """The objective's gradient with respect to each of those activations."""
        return [
            _seed(activation.detach(), [term for term in self.terms if term.layer == layer])
            for layer, activation in activations.items()
        ]

    def value(self, activations: Mapping[str, Tensor]) -> float:
        """Mean square activation, which compares across sizes, summed by weight."""
        return sum(
            term.weight * float(_chosen(activations[term.layer], term).square().mean())
            for term in self.terms
        )


def _seed(activation: Tensor, terms: list[Term]) -> Tensor:
    """The activation, each channel of it multiplied with what the terms give it."""
    if terms == [Term(terms[0].layer)]:
        return activation
    weights = activation.new_zeros(activation.shape[1])
    for term in terms:
        weights[list(term.channels) or slice(None)] += term.weight
    return activation * weights.view(1, -1, *[1] * (activation.dim() - 2))


def _chosen(activation: Tensor, term: Term) -> Tensor:
    return activation[:, list(term.channels)] if term.channels else activation
