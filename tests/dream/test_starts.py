"""What a dream may begin as, and what noise is like."""

import numpy as np
import pytest
import torch

from dream.errors import RecipeError
from dream.noise import begin
from dream.starts import Start


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("picture", Start()),
        (" Pink  640 x 480 ", Start("pink", (640, 480))),
        ("white 1×1", Start("white", (1, 1))),
        ("coloured 16384x3", Start("coloured", (16384, 3))),
        ("#20A0ff 8x9", Start("#20a0ff", (8, 9))),
    ],
)
def test_a_start_is_read_and_written(text: str, start: Start) -> None:
    assert Start.parse(text) == start
    assert Start.parse(str(start)) == start


@pytest.mark.parametrize(
    "text", ["", "noise", "pink", "pink 640", "pink 0x4", "pink 20000x4", "brown 4x4", "#12 4x4"]
)
def test_what_is_no_start_is_said(text: str) -> None:
    with pytest.raises(RecipeError, match="The start is"):
        Start.parse(text)


@pytest.mark.parametrize("kind", ["white", "pink", "coloured"])
def test_noise_is_the_same_for_the_same_seed(kind: str) -> None:
    one, again, other = (begin(Start(kind), (40, 30), seed).rgb for seed in (3, 3, 4))
    assert one.shape == (30, 40, 3)
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_noise_is_as_it_is_called() -> None:
    white, pink, coloured = (
        begin(Start(kind), (128, 128), 1).rgb.astype(float)
        for kind in ("white", "pink", "coloured")
    )
    assert np.array_equal(pink[:, :, 0], pink[:, :, 2])
    assert not np.array_equal(coloured[:, :, 0], coloured[:, :, 2])
    for noise, ratio in ((white, 1), (pink, 20), (coloured, 20)):
        strength = torch.fft.rfft2(torch.from_numpy(noise[:, :, 1] - 128)).abs()
        coarse, fine = strength[1:4, 1:4].mean(), strength[40:60, 40:60].mean()
        assert 0.4 * ratio < float(coarse / fine) < 4 * ratio


def test_a_colour_is_plain() -> None:
    assert set(map(tuple, begin(Start("#2030ff"), (9, 5), 1).rgb.reshape(-1, 3))) == {
        (0x20, 0x30, 0xFF)
    }
