"""The last touch on a dream: how much of it is kept, and of its colours."""

import torch
from torch import Tensor

from dream.recipe import Recipe

LUMA = (0.299, 0.587, 0.114)
"""How light red, green and blue are (ITU-R BT.601)."""


@torch.no_grad()
def finish(dreamt: Tensor, original: Tensor, recipe: Recipe) -> Tensor:
    """The dream as the recipe wants it.

    With the colours kept, only the difference in luma is taken over, in all three channels alike:
    so both differences in colour, blue's and red's from luma, stay what they were.

    Args:
        dreamt: N x 3 x H x W, RGB, 0 to 255. Changed in place.
        original: What it began as, of that shape.
        recipe: Its strength and whether it keeps colours.

    Returns:
        Of that shape, 0 to 255.
    """
    if recipe.strength == 1 and not recipe.keep_colours:
        return dreamt
    change = dreamt.sub_(original)
    if recipe.keep_colours:
        luma = change.new_tensor(LUMA)[None, :, None, None]
        change.copy_((change * luma).sum(1, keepdim=True).expand_as(change))
    return change.mul_(recipe.strength).add_(original).clamp_(0, 255)
