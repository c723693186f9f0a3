"""Normalising in strips is torch's own way of it, value and gradient."""

import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from dream.networks.normalisation import LocalResponseNorm, MeanSquareNorm, Norm

NORMS: list[type[Norm]] = [LocalResponseNorm, MeanSquareNorm]


@pytest.mark.parametrize("kind", NORMS)
@pytest.mark.parametrize("rectified", [False, True])
@pytest.mark.parametrize("shape", [(1, 64, 60, 40), (2, 16, 9, 7), (1, 3, 1, 1)], ids=str)
def test_answer_and_gradient_are_torchs(
    kind: type[Norm], rectified: bool, shape: tuple[int, ...]
) -> None:
    draw = torch.Generator().manual_seed(0)
    x = (200 * torch.randn(shape, generator=draw)).requires_grad_()
    norm = kind()
    found = norm.rectified(x) if rectified else norm(x)
    expected = norm.plain(F.relu(x) if rectified else x)
    torch.testing.assert_close(found, expected)
    weight = torch.randn(shape, generator=draw)
    torch.testing.assert_close(
        torch.autograd.grad(found, x, weight), torch.autograd.grad(expected, x, weight)
    )


def test_local_responses_are_torchs() -> None:
    x = 200 * torch.randn(1, 16, 8, 8, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(LocalResponseNorm()(x), F.local_response_norm(x, 5, 1e-4, 0.75))


def test_half_precision_is_normalised_in_full() -> None:
    x = torch.randn(1, 8, 4, 4, dtype=torch.bfloat16)
    expected = F.local_response_norm(x.float(), 5, 1e-4, 0.75).to(torch.bfloat16)
    assert torch.equal(LocalResponseNorm()(x), expected)
