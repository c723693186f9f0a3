"""Training pictures: read once from packs, then cropped at random."""

import io
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - what everybody calls it

from dream.noise import natural_noise

SMALL = 64
"""Pixels. Pictures of this side or less are joined to four before they are cropped larger."""

_HELD_OUT = 32
"""One picture in so many is for measuring only."""


class Pictures:
    """The pictures of all packs in a folder, or a part of them.

    Args:
        folder: With `.tar` files of pictures.
        part: Which of how many processes this is; each takes every so-manyth picture.
        share: How much of all that is used, above 0 to 1.
        held_out: Those that are for measuring, and never trained with, instead of the others.

    Raises:
        FileNotFoundError: The folder has no packs.
    """

    def __init__(
        self,
        folder: Path,
        *,
        part: tuple[int, int] = (0, 1),
        share: float = 1.0,
        held_out: bool = False,
    ) -> None:
        self.large: list[Tensor] = []
        self.small: list[Tensor] = []
        index, parts = part
        for name, data in _packed(folder):
            number = zlib.crc32(name.encode())
            if (number % _HELD_OUT == 0) != held_out or number // _HELD_OUT % parts != index:
                continue
            if number // 4096 % 1000 >= 1000 * share:
                continue
            with Image.open(io.BytesIO(data)) as opened:
                pixels = torch.from_numpy(np.array(opened.convert("RGB"))).permute(2, 0, 1)
            (self.small if max(pixels.shape) <= SMALL else self.large).append(pixels)
        if not self.large or not self.small:
            raise FileNotFoundError(f"{folder} has too few pictures in packs (.tar).")

    def __len__(self) -> int:
        return len(self.large) + len(self.small)

    def crops(self, count: int, side: int, draw: torch.Generator) -> Tensor:
        """Random crops as they are, N x 3 x side x side, RGB, 0 to 255."""
        return torch.stack([self._crop(side, draw) for _ in range(count)])

    def _crop(self, side: int, draw: torch.Generator) -> Tensor:
        if _chance(draw) < (0.5 if side <= SMALL else 0.25):
            picture = self._mosaic(draw) if side > SMALL else _one_of(self.small, draw)
        else:
            picture = _one_of(self.large, draw)
        height, width = picture.shape[1:]
        most = min(height, width)
        least = min(most, side)
        # Evenly over the scales: small parts large as often as large parts small.
        taken = round(least * (most / least) ** _chance(draw))
        top = int(_chance(draw) * (height - taken + 1))
        left = int(_chance(draw) * (width - taken + 1))
        crop = picture[:, top : top + taken, left : left + taken].float()
        if taken != side:
            crop = F.interpolate(
                crop[None], (side, side), mode="bilinear", antialias=True, align_corners=False
            )[0]
        return crop.flip(2) if _chance(draw) < 0.5 else crop

    def _mosaic(self, draw: torch.Generator) -> Tensor:
        four = [_one_of(self.small, draw) for _ in range(4)]
        return torch.cat([torch.cat(four[:2], 2), torch.cat(four[2:], 2)], 1)


def varied(crops: Tensor, draw: torch.Generator) -> Tensor:
    """The same crops in other light, some of them noisy; some replaced by noise alone.

    N x 3 x H x W, 0 to 255. A dream is full of what no photograph has: a network that is to dream
    must have seen such.
    """
    count = len(crops)

    def each(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(count, 1, 1, 1, generator=draw)

    grey = crops.mean(1, keepdim=True)
    mean = crops.mean((1, 2, 3), keepdim=True)
    varied = grey + (crops - grey) * each(0.4, 1.5)
    varied = mean + (varied - mean) * each(0.6, 1.4) + each(-25, 25)
    noise = torch.randn(crops.shape, generator=draw)
    noisy = (each(0, 1) < 0.3) * each(0, 14)
    varied = torch.where(
        each(0, 1) < 0.06, natural_noise((count, 3, *crops.shape[2:]), draw), varied
    )
    return (varied + noisy * noise).clamp(0, 255)


def _packed(folder: Path) -> Iterator[tuple[str, bytes]]:
    for pack in sorted(folder.glob("*.tar")):
        with tarfile.open(pack) as opened:
            for member in opened:
                file = opened.extractfile(member)
                if file is not None:
                    yield member.name, file.read()


def _one_of(pictures: list[Tensor], draw: torch.Generator) -> Tensor:
    return pictures[int(_chance(draw) * len(pictures))]


def _chance(draw: torch.Generator) -> float:
    return float(torch.rand((), generator=draw))
