"""The first stage: the stem learns to say what the teacher's stem says."""

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from dream.networks.dreamnet import DreamNet, squares

NOISE = 6.0
"""Grey levels. Less contrast than this, in any pattern, is not worth telling from another."""


class Whitened(nn.Module):
    """A first convolution learnt in the basis of patches whose patterns are equally frequent.

    Photographs are mostly smooth: in pixels, gradient descent learns the smooth patterns first and
    the fine ones hardly ever. The basis folds into the weights when the training is over.

    Args:
        patches: N x (channels * k * k), in grey levels off the mean.
    """

    basis: Tensor

    def __init__(self, patches: Tensor) -> None:
        super().__init__()
        covariance = patches.T @ patches / len(patches)
        values, vectors = torch.linalg.eigh(covariance)
        scale = (values + NOISE**2).rsqrt()
        self.register_buffer("basis", vectors @ torch.diag(scale) @ vectors.T)

    def forward(self, weight: Tensor) -> Tensor:
        """The weights as the convolution uses them."""
        return (weight.flatten(1) @ self.basis).view_as(weight)


def prepare(network: DreamNet, crops: Tensor, draw: torch.Generator) -> None:
    """Random weights for the stem, and the whitened basis of those crops to learn the first in.

    Args:
        network: Whose stem it is.
        crops: N x 3 x H x W, RGB, 0 to 255.
        draw: Where chance comes from.
    """
    seen = squares(crops - network.mean)
    patches = nn.functional.unfold(seen, network.stem.conv1.kernel_size, stride=2)
    patches = patches.transpose(1, 2).flatten(0, 1)
    # A patch in the basis has variance 1 in each of its numbers; a rectified map has half of it.
    _randomise(network.stem.conv1, 1, draw)
    _randomise(network.stem.conv2, 2, draw)
    parametrize.register_parametrization(
        network.stem.conv1, "weight", Whitened(patches), unsafe=True
    )


def fold(network: DreamNet) -> None:
    """End that: the weights as they are used become the weights."""
    if parametrize.is_parametrized(network.stem.conv1):
        parametrize.remove_parametrizations(network.stem.conv1, "weight")
        # The bias back behind the weight: a checkpoint tells parameters by their order.
        bias = network.stem.conv1.bias
        del network.stem.conv1.bias
        network.stem.conv1.bias = bias


@torch.no_grad()
def _randomise(convolution: nn.Conv2d, gain: float, draw: torch.Generator) -> None:
    """Random weights that keep the variance of what the convolution sees (He et al. 2015)."""
    fresh = torch.randn(convolution.weight.shape, generator=draw)
    convolution.weight.copy_(fresh * (gain / convolution.weight[0].numel()) ** 0.5)
    assert convolution.bias is not None
    convolution.bias.zero_()
