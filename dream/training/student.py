"""The student: dreamnet with a readout on each map that is compared with the teacher's."""

import torch
from torch import Tensor, nn

from dream.networks.dreamnet import BLOCKS, DreamNet
from dream.networks.dreamnet import STEM as STEM_WIDTHS
from dream.networks.registry import network
from dream.training.teacher import MATCHED

STEM = "pool2/norm2"
"""The student's counterpart of `dream.training.teacher.STEM`."""


class Student(nn.Module):
    """DreamNet and its readouts.

    A readout is a 1x1 convolution from the student's channels to the teacher's. It is thrown away
    after the training: the student need only say what the teacher says in words of its own.

    Args:
        channels: Of the teacher, by the names of its blocks; and of its stem, `stem`.
    """

    def __init__(self, channels: dict[str, int]) -> None:
        super().__init__()
        self.network = DreamNet()
        self.network.mean.copy_(torch.tensor(network("dreamnet").mean)[None, :, None, None])
        own = {"stem": STEM_WIDTHS[-1], **{name: _channels(name) for name in MATCHED}}
        self.readouts = nn.ModuleDict(
            {name: nn.Conv2d(own[name], channels[name], 1) for name in channels}
        )

    def stem(self, pictures: Tensor) -> Tensor:
        """What it says in place of the teacher's stem, in the teacher's units."""
        said: Tensor = self.readouts["stem"](self.network.activation(pictures, STEM))
        return said

    def forward(self, pictures: Tensor) -> dict[str, Tensor]:
        """What it says in place of each matched block, in the teacher's units."""
        own = self.network.activations(pictures, [f"{name}/output" for name in MATCHED])
        return {name: self.readouts[name](own[f"{name}/output"]) for name in MATCHED}


def _channels(block: str) -> int:
    """Of a block's output, reducing convolutions left out."""
    one, _, three, _, five, pool = BLOCKS[block]
    return one + three + five + pool
