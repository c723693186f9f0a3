"""Noise to dream from: where there is nothing to see, a network sees what it expects."""

import io

import torch
from PIL import Image
from torch import Tensor

from dream.recipe import Size

SPREAD = 50.0
"""Standard deviation in grey levels."""

SATURATION = 0.5
"""How far the colours go from grey, of how far three channels of their own would take them."""


def natural_noise(shape: tuple[int, int, int, int], draw: torch.Generator) -> Tensor:
    """Noise with the spectrum of photographs, 1/f (Field 1987), about middle grey.

    Args:
        shape: N, 3, H, W.
        draw: Where chance comes from.

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
    pink = grey + SATURATION * (pink - grey)
    return (128 + SPREAD * pink / pink.std((1, 2, 3), keepdim=True)).clamp(0, 255)


def noise_file(size: Size, seed: int) -> bytes:
    """Such noise of that width and height, as a PNG; the same for the same seed."""
    width, height = size
    noise = natural_noise((1, 3, height, width), torch.Generator().manual_seed(seed))
    file = io.BytesIO()
    Image.fromarray(noise[0].round().byte().permute(1, 2, 0).numpy()).save(file, "PNG")
    return file.getvalue()
