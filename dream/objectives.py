"""What is maximised: how strongly a layer answers to the picture."""

from dataclasses import dataclass

from torch import Tensor

from dream.networks.architecture import Architecture


@dataclass(frozen=True, slots=True)
class LayerEnergy:
    """½‖activation‖² of one layer: more of whatever it sees. The notebook's objective."""

    layer: str

    def activation(self, network: Architecture, picture: Tensor) -> Tensor:
        """What the objective is computed from, N x C x h x w."""
        return network.activation(picture, self.layer)

    def seed_gradient(self, activation: Tensor) -> Tensor:
        """The objective's gradient with respect to that activation: the activation itself."""
        return activation.detach()

    def value(self, activation: Tensor) -> float:
        """Mean square activation, which compares across sizes."""
        return float(activation.square().mean())
