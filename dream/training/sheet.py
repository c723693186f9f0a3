"""A contact sheet of dreams, to judge a training by eye while it runs."""

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from dream.dreaming import dreamt
from dream.networks.dreamnet import BLOCKS, DreamNet
from dream.noise import natural_noise
from dream.objectives import energy
from dream.recipe import Recipe
from dream.sheet import Pixels, lay_out

SMOOTHING = 0.5


def draw(network: DreamNet, pictures: Tensor) -> Image.Image:
    """Each picture and some noise, and beside it its dream at the output of each block.

    Args:
        network: Whose dreams are shown; its parameters need not be frozen.
        pictures: N x 3 x H x W, RGB, 0 to 255.
    """
    height, width = pictures.shape[2:]
    noise = natural_noise((1, 3, height, width), torch.Generator().manual_seed(0))
    rows = []
    for picture in torch.split(torch.cat([pictures, noise]), 1):
        shown = picture.to(network.mean.device)
        dreams = [_dream(network, f"{block}/output", shown) for block in BLOCKS]
        rows.append([_pixels(each) for each in (shown, *dreams)])
    return lay_out(rows, ["", *BLOCKS], width)


def _dream(network: DreamNet, layer: str, picture: Tensor) -> Tensor:
    recipe = Recipe(network="dreamnet", layer=layer, octaves=3, jitter=16, smoothing=SMOOTHING)
    return dreamt(network, energy(layer), picture, recipe)


def _pixels(picture: Tensor) -> Pixels:
    shown = picture[0].round().clamp(0, 255).to(torch.uint8)
    return np.ascontiguousarray(shown.permute(1, 2, 0).cpu().numpy())
