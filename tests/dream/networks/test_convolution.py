"""The quick way through a convolution is torch's own, value and gradient."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from dream.networks.convolution import Convolution

SHAPES = [  # channels, answers, kernel, stride, padding, height, width
    (3, 8, 7, 2, 3, 21, 30),
    (3, 8, 7, 2, 3, 20, 31),
    (3, 8, 3, 2, 0, 23, 24),
    (3, 8, 3, 2, 0, 24, 26),
    (4, 5, 11, 4, 2, 40, 41),
    (4, 5, 4, 4, 0, 21, 22),
    (5, 7, 3, 1, 1, 9, 12),
    (5, 7, 5, 1, 2, 12, 9),
    (5, 7, 3, 1, 0, 9, 9),
    (5, 7, 1, 1, 0, 9, 12),
]


def input_and_plain_answer(
    convolution: Convolution, shape: tuple[int, ...]
) -> tuple[Tensor, Tensor]:
    x = torch.randn(shape, generator=torch.Generator().manual_seed(0)).requires_grad_()
    plain = F.conv2d(
        x, convolution.weight, convolution.bias, convolution.stride, convolution.padding
    )
    return x, plain


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("rectified", [False, True])
def test_answer_and_gradient_are_torchs(shape: tuple[int, ...], rectified: bool) -> None:
    channels, answers, kernel, stride, padding, height, width = shape
    convolution = Convolution(channels, answers, kernel, stride=stride, padding=padding)
    convolution.requires_grad_(False)
    x, plain = input_and_plain_answer(convolution, (2, channels, height, width))
    if rectified:
        found, plain = convolution.rectified(x), F.relu(plain)
    else:
        found = convolution(x)
    torch.testing.assert_close(found, plain)
    weight = torch.randn(plain.shape, generator=torch.Generator().manual_seed(1))
    (expected,) = torch.autograd.grad(plain, x, weight)
    torch.testing.assert_close(torch.autograd.grad(found, x, weight), (expected,))


def test_what_still_learns_gets_the_gradient_of_its_weights() -> None:
    convolution = Convolution(3, 4, 3, padding=1)
    x, plain = input_and_plain_answer(convolution, (1, 3, 8, 8))
    found = torch.autograd.grad(convolution.rectified(x).sum(), [*convolution.parameters()])
    expected = torch.autograd.grad(F.relu(plain).sum(), [*convolution.parameters()])
    torch.testing.assert_close(found, expected)


def test_other_precisions_go_torchs_own_way() -> None:
    convolution = Convolution(3, 4, 3, padding=1).double().requires_grad_(False)
    x = torch.randn(1, 3, 8, 8, dtype=torch.double)
    assert torch.equal(convolution.rectified(x), F.relu(convolution(x)))
