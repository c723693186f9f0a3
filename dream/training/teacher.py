"""The teacher: GoogLeNet as far as block 4c, and what of it is to be learnt."""

from pathlib import Path

import torch
from torch import Tensor

from dream.networks.dreamnet import BLOCKS
from dream.networks.loading import load
from dream.networks.registry import network

STEM = "pool2/3x3_s2"
"""What the stem learns: all that the blocks see, 192 channels at an eighth of the picture."""

MATCHED = {"inception_3b": 1.0, "inception_4a": 1.0, "inception_4c": 1.5}
"""Blocks whose outputs are learnt, and how much each counts."""

PARTS = ("1x1", "3x3", "5x5", "pool_proj")
"""What a block's output is made of, each before its rectifier."""

_LAYERS = [STEM] + [
    f"{block}/{part}" for block in BLOCKS for part in (*PARTS, "3x3_reduce", "5x5_reduce")
]

FLOOR = -0.5
"""What a rectifier hides needn't be learnt: targets end here, in root mean squares."""


class Teacher:
    """GoogLeNet, its activations in units of each channel's own root mean square.

    Args:
        file: Its trained weights.
        calibration: N x 3 x H x W, RGB, 0 to 255: what the units are measured on.
        device: Where it works.
    """

    def __init__(self, file: Path, calibration: Tensor, device: torch.device | str = "cpu") -> None:
        self._network = load(network("googlenet"), file, device)
        maps = self.maps(calibration.to(device))
        self._units = {name: _unit(seen) for name, seen in maps.items()}

    def channels(self) -> dict[str, int]:
        """Channels of each matched block, and of the stem."""
        blocks = {
            name: sum(self._units[f"{name}/{part}"].shape[1] for part in PARTS) for name in MATCHED
        }
        return {**blocks, "stem": self._units[STEM].shape[1]}

    @torch.no_grad()
    def maps(self, pictures: Tensor) -> dict[str, Tensor]:
        """The activations of all that can be learnt, by layer, as they are."""
        return self._network.activations(pictures, _LAYERS)

    @torch.no_grad()
    def stem(self, pictures: Tensor) -> Tensor:
        """What the stem should say, N x 192 x h x w, in units."""
        return self._network.activation(pictures, STEM) / self._units[STEM]

    def blocks(self, pictures: Tensor) -> dict[str, Tensor]:
        """What the matched blocks should say before their rectifiers, in units."""
        maps = self.maps(pictures)
        return {name: self.target(maps, name) for name in MATCHED}

    def target(self, maps: dict[str, Tensor], block: str) -> Tensor:
        """A block's output before its rectifiers, in units, out of all maps."""
        return torch.cat([self.in_units(maps, f"{block}/{part}") for part in PARTS], 1)

    def in_units(self, maps: dict[str, Tensor], layer: str) -> Tensor:
        """One layer's activation, in units and not below the floor where a rectifier follows."""
        return (maps[layer] / self._units[layer]).clamp_min(FLOOR)


def error(said: Tensor, target: Tensor) -> Tensor:
    """Mean square error, where whatever lies below the floor is as good as the floor."""
    below = target <= FLOOR
    return torch.where(below, (said - FLOOR).clamp_min(0), said - target).square().mean()


def _unit(seen: Tensor) -> Tensor:
    """Root mean square of what passes a rectifier, of each channel, 1 x C x 1 x 1."""
    passed = seen.clamp_min(0).square().mean((0, 2, 3), keepdim=True).sqrt()
    return passed.clamp_min(1e-3 * passed.max())
