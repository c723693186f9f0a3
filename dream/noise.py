"""What a dream begins as where there is no picture: noise, or a plain colour.

Where there is nothing to see, a network sees what it expects.
"""

import numpy as np
import torch
from torch import Tensor

from dream.pictures import Picture
from dream.starts import Size, Start

SPREAD = 50.0
"""Standard deviation in grey levels."""

SATURATION = 0.5
"""How far the colours go from grey, of how far three channels of their own would take them."""


def begin(start: Start, size: Size, seed: int) -> Picture:
    """What a start is, at that width and height; the same for the same seed.

    Args:
        start: No picture.
        size: Width and height in pixels.
        seed: Of the noise.
    """
    width, height = size
    shape = (1, 3, height, width)
    draw = torch.Generator().manual_seed(seed)
    match start.kind:
        case "white":
            noise = white_noise(shape, draw)
        case "pink":
            noise = natural_noise(shape, draw, saturation=0)
        case "coloured":
            noise = natural_noise(shape, draw)
        case colour:
            rgb = tuple(bytes.fromhex(colour.removeprefix("#")))
            return Picture(np.full((height, width, 3), rgb, np.uint8), None)
    return Picture(noise[0].round().byte().permute(1, 2, 0).contiguous().numpy(), None)


def white_noise(shape: tuple[int, int, int, int], draw: torch.Generator) -> Tensor:
    """Noise in which each value is by chance, about middle grey; as `natural_noise` otherwise."""
    return (128 + SPREAD * torch.randn(shape, generator=draw)).clamp(0, 255)


def natural_noise(
    shape: tuple[int, int, int, int], draw: torch.Generator, saturation: float = SATURATION
) -> Tensor:
    """Noise with the spectrum of photographs, 1/f (Field 1987), about middle grey.

    Args:
        shape: N, 3, H, W.
        draw: Where chance comes from.
        saturation: 0 for grey, 1 for channels that have nothing to do with each other.

    Returns:
        Of that shape, RGB, 0 to 255.
    """
    height, width = shape[2:]
    white = torch.fft.rfft2(torch.randn(shape, generator=draw))
    across = torch.fft.rfftfreq(width)[None, :]
    down = torch.fft.fftfreq(height)[:, None]
    frequency = (across.square() + down.square()).sqrt().clamp_min(1 / max(height, width))
    pink: Tensor = torch.fft.irfft2(white / frequency, s=(height, width))
    grey = pink.mean(1, keepdim=True)
    pink = grey + saturation * (pink - grey)
    strength = pink.std((1, 2, 3), keepdim=True).clamp_min(1e-6)
    return (128 + SPREAD * pink / strength).clamp(0, 255)
