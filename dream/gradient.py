"""One gradient of one picture."""

import torch
from torch import Tensor

from dream.networks.architecture import Architecture
from dream.objectives import LayerEnergy


def gradient(network: Architecture, objective: LayerEnergy, picture: Tensor) -> Tensor:
    """How the objective changes with each pixel.

    Args:
        network: Frozen.
        objective: To be raised.
        picture: 1 x 3 x H x W, RGB, 0 to 255.

    Returns:
        The same shape.
    """
    with torch.enable_grad():
        pixels = picture.detach().contiguous(memory_format=torch.channels_last).requires_grad_()
        activations = objective.activations(network, pixels)
        seeds = objective.seed_gradients(activations)
        (found,) = torch.autograd.grad(list(activations.values()), pixels, seeds)
    return found
