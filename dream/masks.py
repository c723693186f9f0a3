"""Where a picture is dreamt: white in a mask means there, black not, grey a little."""

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - what everybody calls it

from dream import pictures
from dream.finish import LUMA
from dream.pictures import Picture
from dream.starts import Size

SOFTNESS = 0.01
"""Standard deviation of the edge's blur, as a share of the longer side."""


def soft(mask: Picture, size: Size) -> Tensor:
    """A mask with a soft edge, 1 x 1 x H x W, 0 to 1.

    Args:
        mask: Of any size and shape; what is clear in it is black.
        size: Width and height of the result.
    """
    scaled = pictures.resize(mask, size)
    rgb = torch.from_numpy(pictures.to_float(scaled)) / 255
    light = (rgb * rgb.new_tensor(LUMA)).sum(2)
    if scaled.alpha is not None:
        light *= torch.from_numpy(scaled.alpha.astype("float32")) / (65535 if mask.deep else 255)
    return _blurred(light[None, None], SOFTNESS * max(size)).clamp_(0, 1)


def _blurred(light: Tensor, deviation: float) -> Tensor:
    """A Gaussian blur, row by row and then column by column; edges are repeated outwards."""
    reach = round(3 * deviation)
    if reach < 1:
        return light
    places = torch.arange(-reach, reach + 1, dtype=torch.float32)
    bell = torch.exp(-places.square() / (2 * deviation**2))
    bell /= bell.sum()
    for kernel, around in (
        (bell[None, None, None, :], (reach, reach, 0, 0)),
        (bell[None, None, :, None], (0, 0, reach, reach)),
    ):
        light = F.conv2d(F.pad(light, around, mode="replicate"), kernel)
    return light
