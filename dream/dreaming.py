"""A dream in tensors: the ascent, with the gradient and the schedule that a recipe asks for."""

import torch
from torch import Tensor

from dream.ascent import OnStep, Schedule, ascend, random_shifts, together
from dream.gradient import gradient
from dream.networks.architecture import Architecture
from dream.objectives import Objective
from dream.recipe import Recipe
from dream.smoothing import smoothed


def dreamt(
    network: Architecture,
    objective: Objective,
    photograph: Tensor,
    recipe: Recipe,
    *,
    mask: Tensor | None = None,
    on_step: OnStep = lambda octave, picture: None,
) -> Tensor:
    """The dreams of some photographs of one size, each what it would be alone.

    Args:
        network: Frozen.
        objective: To be raised; the recipe's own network and layer aren't asked.
        photograph: N x 3 x H x W, RGB, 0 to 255.
        recipe: Schedule, smoothing, jitter and seed.
        mask: See `dream.ascent.ascend`.
        on_step: Likewise.

    Returns:
        The same shape and range, as floats.
    """
    shifts = [random_shifts(recipe.seed, recipe.jitter) for _ in photograph]
    return ascend(
        photograph,
        lambda shown, shift: _each_smoothed(
            gradient(network, objective, shown, shift), recipe.smoothing
        ),
        schedule(recipe, photograph),
        together(shifts),
        mask=mask,
        on_step=on_step,
    )


def schedule(recipe: Recipe, photograph: Tensor) -> Schedule:
    """Octaves and steps of the dream of photographs, N x 3 x H x W."""
    sizes = recipe.octave_sizes((photograph.shape[3], photograph.shape[2]))
    return Schedule(sizes, recipe.octave_iterations(len(sizes)), recipe.step, recipe.momentum)


def _each_smoothed(uphill: Tensor, smoothing: float) -> Tensor:
    if smoothing == 0 or len(uphill) == 1:
        return smoothed(uphill, smoothing)
    return torch.cat([smoothed(each, smoothing) for each in torch.split(uphill, 1)])
