"""The second stage: each block fitted to the teacher's by linear regression, one after another.

A block sees what the student has so far, and is asked for as many of the teacher's channels as it
has room for. No gradient descent: a convolution is a linear map of the patches that it sees.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - what everybody calls it

from dream.networks.dreamnet import Block
from dream.training.student import STEM, Student
from dream.training.teacher import MATCHED, Teacher

AT_ONCE = 25
"""Pictures that are looked at together."""

RIDGE = 1e-3
"""Of the mean square of what is seen: keeps weights small where patterns can't be told apart."""

_FOLLOWED_BY_POOL = "inception_3b"


@torch.no_grad()
def fit(student: Student, teacher: Teacher, pictures: Tensor) -> None:
    """Fit all blocks and their readouts.

    Args:
        student: With a trained stem.
        teacher: What to say.
        pictures: N x 3 x H x W, RGB, 0 to 255; some hundreds.
    """
    seen = [student.network.activation(some, STEM) for some in torch.split(pictures, AT_ONCE)]
    wanted = [teacher.maps(some) for some in torch.split(pictures, AT_ONCE)]
    for name, block in student.network.blocks.items():
        assert isinstance(block, Block)
        _fit_block(block, teacher, seen, wanted)
        seen = [_output(block, x) for x in seen]
        if name in MATCHED:
            targets = [teacher.target(maps, name) for maps in wanted]
            _solve(student.readouts[name], seen, targets)
        if name == _FOLLOWED_BY_POOL:
            seen = [F.max_pool2d(x, 3, stride=2, ceil_mode=True) for x in seen]


def _fit_block(
    block: Block, teacher: Teacher, seen: list[Tensor], wanted: list[dict[str, Tensor]]
) -> None:
    def targets(part: str, width: int) -> list[Tensor]:
        said = [teacher.in_units(maps, f"{block.name}/{part}") for maps in wanted]
        return _most_telling(said, width)

    one, reduce_3, reduce_5, pool = block.entry_widths
    entry = [
        targets("1x1", one),
        targets("3x3_reduce", reduce_3),
        targets("5x5_reduce", reduce_5),
        targets("pool_proj", pool),
    ]
    _solve(block.entry, seen, [torch.cat(parts, 1) for parts in zip(*entry, strict=True)])
    reduced = [torch.split_with_sizes(F.relu(block.entry(x)), block.entry_widths, 1) for x in seen]
    _solve(block.conv_3, [parts[1] for parts in reduced], targets("3x3", block.conv_3.out_channels))
    _solve(block.conv_5, [parts[2] for parts in reduced], targets("5x5", block.conv_5.out_channels))


def _output(block: Block, x: Tensor) -> Tensor:
    *_, (_, output) = block.layers(x)
    return output


def _solve(convolution: nn.Conv2d | nn.Module, seen: list[Tensor], targets: list[Tensor]) -> None:
    """The convolution that comes nearest to the targets, by ridge regression."""
    assert isinstance(convolution, nn.Conv2d)
    assert convolution.bias is not None
    size = convolution.weight[0].numel() + 1
    outputs = convolution.out_channels
    moments = torch.zeros(size, size, device=convolution.weight.device)
    products = torch.zeros(size, outputs, device=convolution.weight.device)
    padding = (convolution.kernel_size[0] // 2, convolution.kernel_size[1] // 2)
    for x, target in zip(seen, targets, strict=True):
        patches = F.unfold(x, convolution.kernel_size, padding=padding)
        patches = patches.transpose(1, 2).flatten(0, 1)
        rows = torch.cat([patches, torch.ones_like(patches[:, :1])], 1)
        moments += rows.T @ rows
        products += rows.T @ target.flatten(2).transpose(1, 2).flatten(0, 1)
    ridge = RIDGE * moments.diagonal()[:-1].mean()
    moments.diagonal()[:-1].add_(ridge)
    solution = torch.linalg.solve(moments.double(), products.double()).float()
    convolution.weight.copy_(solution[:-1].T.reshape(convolution.weight.shape))
    convolution.bias.copy_(solution[-1])


def _most_telling(said: list[Tensor], width: int) -> list[Tensor]:
    """As many channels as there is room for: those from which the others are told best.

    The greedy choice of a pivoted QR decomposition: each time the channel with the most that isn't
    told yet. All of them where there is room, and then some of them again as differences.
    """
    rows = torch.cat([maps.flatten(2).transpose(1, 2).flatten(0, 1) for maps in said])
    rows = rows - rows.mean(0)
    left = rows.T @ rows / len(rows)
    chosen: list[int] = []
    for _ in range(min(width, len(left))):
        told = left.square().sum(0) / left.diagonal().clamp_min(1e-6)
        told[chosen] = -1
        best = int(told.argmax())
        chosen.append(best)
        column = left[:, best].clone()
        left -= torch.outer(column, column) / column[best].clamp_min(1e-6)
    return [maps[:, chosen] for maps in said]
