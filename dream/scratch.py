"""Pictures from scratch: an ascent from faint noise to what a network holds most typical.

After “Feature Visualization” (Olah, Mordvintsev and Schubert 2017, distill.pub/2017/
feature-visualization): the picture is given by its waves, and seen in random views. What is ours
is their order, coarse to fine: small views first, in which one thing fills the picture and little
is to be computed, then larger ones, which give it its details.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from dream.fourier import Waves
from dream.networks.architecture import Architecture
from dream.networks.loading import logits
from dream.stages import stages
from dream.transforms import random_views

Objective = Callable[[Tensor], Tensor]
"""From pictures, N x 3 x H x W, RGB, 0 to 255, to how much of what is wanted each has, N."""

OnStep = Callable[[int, Tensor], None]
"""Called after each step with the stage, from 0, and the picture it was taken from."""

RATE = 0.05
"""Of Adam. It falls to nothing over the last of the steps, which calms the grain."""

CALM = 0.25
"""Share of the steps over which it falls."""

EVENNESS = 0.04
"""What is added to the size of a wave's gradient before Adam divides by it, with 1 as the size of
all together: of waves that hardly matter, the fine ones, Adam would else make as much as of those
that do."""


def class_logit(network: Architecture, name: str, index: int) -> Objective:
    """How sure the network of that name is of a class, before the softmax.

    Raises:
        RecipeError: The network has no classes.
    """
    return channel(network, logits(name), index)


def channel(network: Architecture, layer: str, index: int) -> Objective:
    """The mean of one of a layer's channels over all places."""

    def objective(pictures: Tensor) -> Tensor:
        return network.activation(pictures, layer)[:, index].flatten(1).mean(1)

    return objective


def imagine(
    objective: Objective,
    size: int,
    *,
    steps: int,
    seed: int,
    device: torch.device | None = None,
    on_step: OnStep = lambda stage, picture: None,
) -> Tensor:
    """The picture that has most of what is wanted.

    Args:
        objective: Of the views; to be raised.
        size: Side of the picture in pixels.
        steps: Of the ascent.
        seed: The same one gives the same picture.
        device: Where the network lies; the CPU if None.
        on_step: Told about each step; may raise to end it.

    Returns:
        1 x 3 x size x size, RGB, 0 to 255.
    """
    draw = torch.Generator().manual_seed(seed)
    waves = Waves(size, draw, device or torch.device("cpu"))
    adam = torch.optim.Adam([waves.amplitudes], RATE, betas=(0.9, 0.99), eps=EVENNESS)
    done = 0
    for index, stage in enumerate(stages(steps, size)):
        for _ in range(stage.steps):
            picture = waves.picture()
            views = random_views(picture, stage.views, stage.side, draw)
            (uphill,) = torch.autograd.grad(objective(views).mean(), waves.amplitudes)
            strength = uphill.square().mean().sqrt()
            if 0 < strength < torch.inf:
                waves.amplitudes.grad = -uphill / strength
                adam.param_groups[0]["lr"] = RATE * min(1.0, (steps - done) / (CALM * steps))
                adam.step()
            else:
                # A rectified channel is silent at a grey picture, and shows no way up.
                waves.grow_louder()
            done += 1
            on_step(index, picture.detach())
    with torch.no_grad():
        return waves.picture()
