"""Evens out a gradient: all sizes of pattern come as strong as each other.

In a plain gradient fine patterns win; here each band of frequencies gets its share. This is the
Laplacian pyramid normalisation of TensorFlow's DeepDream tutorial (Alexander Mordvintsev, 2015),
but for the colours, which it leaves alone. The pyramid is Burt and Adelson's (“The Laplacian
Pyramid as a Compact Image Code”, 1983).
"""

import math

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - what everybody calls it

LEVELS = 4
"""Bands that are split off, at most; what is left over is one more."""

_BINOMIAL = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0]) / 16
_KERNEL = torch.outer(_BINOMIAL, _BINOMIAL)


def smoothed(gradient: Tensor, smoothing: float) -> Tensor:
    """The gradient, mixed with its evened-out self.

    Args:
        gradient: 1 x 3 x H x W.
        smoothing: Share of the evened-out one, 0 to 1; with 0 nothing is computed.

    Returns:
        The same shape. The evened-out share moves no channel's mean: without that, dreams turn red.
    """
    if smoothing == 0:
        return gradient
    even = _centred(_evened(gradient))
    even *= smoothing / _strength(even)
    return even.addcmul_(gradient, (1 - smoothing) / _strength(gradient))


def _evened(gradient: Tensor) -> Tensor:
    """Each band as strong as the others, put together again."""
    *bands, merged = split(gradient.contiguous(memory_format=torch.channels_last))
    merged = merged / _strength(merged)
    for band in reversed(bands):
        merged = _larger(merged, band).addcmul_(band, 1 / _strength(band))
    return merged


def _centred(picture: Tensor) -> Tensor:
    """Less the mean of each channel.

    Channels lie last, so that whole rows are one stretch of numbers: less a row of means, they
    take a tenth of the time that pixels take, three numbers each.
    """
    height, width = picture.shape[2:]
    rows = picture.permute(0, 2, 3, 1).flatten(2)
    means = picture.mean((2, 3)).repeat(1, width)
    return (rows - means).view(-1, height, width, 3).permute(0, 3, 1, 2)


def split(picture: Tensor) -> list[Tensor]:
    """The bands of a picture, fine to coarse, each half as large; the last is what is left over.

    Enlarged and added up, coarse to fine, they are the picture again. There are fewer where the
    picture is too small for more.
    """
    bands: list[Tensor] = []
    while len(bands) < LEVELS and min(picture.shape[2:]) >= len(_BINOMIAL):
        low = _smaller(picture)
        bands.append(_larger(low, picture).neg_().add_(picture))
        picture = low
    return [*bands, picture]


def _smaller(picture: Tensor) -> Tensor:
    """Half the size, rounded up: every second place of the blurred picture, 0 beyond its edges."""
    return F.conv2d(picture, _kernel(picture), stride=2, padding=2, groups=3)


def _larger(picture: Tensor, than: Tensor) -> Tensor:
    """Twice the size, down to that of the other one: the way back from `_smaller`."""
    even = [1 - side % 2 for side in than.shape[2:]]
    kernel = 4 * _kernel(picture)
    return F.conv_transpose2d(picture, kernel, stride=2, padding=2, output_padding=even, groups=3)


def _kernel(picture: Tensor) -> Tensor:
    """The blur, once for each channel."""
    return _KERNEL.to(picture).expand(3, 1, 5, 5)


def _strength(band: Tensor) -> Tensor:
    """Its root mean square, never nothing."""
    # Row by row: as one long sum of floats, the norm of a large picture would come out far less.
    rows: Tensor = torch.linalg.vector_norm(band, dim=3)
    whole: Tensor = torch.linalg.vector_norm(rows)
    return (whole / math.sqrt(band.numel())).clamp_min(1e-30)
