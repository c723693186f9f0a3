"""Normalising in strips is torch's own normalisation, value and gradient."""

import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from dream.networks.normalisation import LocalResponseNorm


@pytest.mark.parametrize("shape", [(1, 64, 60, 40), (2, 16, 9, 7), (1, 3, 1, 1)], ids=str)
def test_answer_and_gradient_are_torchs(shape: tuple[int, ...]) -> None:
    draw = torch.Generator().manual_seed(0)
    x = (200 * torch.randn(shape, generator=draw).relu()).requires_grad_()
    found, expected = LocalResponseNorm()(x), F.local_response_norm(x, 5, 1e-4, 0.75)
    torch.testing.assert_close(found, expected)
    weight = torch.randn(shape, generator=draw)
    torch.testing.assert_close(
        torch.autograd.grad(found, x, weight), torch.autograd.grad(expected, x, weight)
    )


def test_half_precision_is_normalised_in_full() -> None:
    x = torch.randn(1, 8, 4, 4, dtype=torch.bfloat16)
    expected = F.local_response_norm(x.float(), 5, 1e-4, 0.75).to(torch.bfloat16)
    assert torch.equal(LocalResponseNorm()(x), expected)


def test_rectifying_first_is_done_on_the_way() -> None:
    draw = torch.Generator().manual_seed(0)
    x = (200 * torch.randn((2, 16, 50, 40), generator=draw)).requires_grad_()
    found, expected = LocalResponseNorm().rectified(x), LocalResponseNorm()(F.relu(x))
    torch.testing.assert_close(found, expected)
    weight = torch.randn(x.shape, generator=draw)
    torch.testing.assert_close(
        torch.autograd.grad(found, x, weight), torch.autograd.grad(expected, x, weight)
    )
