"""Sheets of dreams: every picture in its row, every preset in its column."""

from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from dream.cli import main
from dream.noise import natural_noise
from dream.sheet import GAP, PAPER, grid, lay_out

ROCKET = Path(__file__).parents[2] / "docs" / "pictures" / "rocket.jpg"


def flat(colour: int, size: tuple[int, int]) -> np.ndarray:
    return np.full((size[1], size[0], 3), colour, np.uint8)


def test_every_picture_stands_in_its_place_scaled_to_the_column() -> None:
    rows = [[flat(10, (80, 40)), flat(20, (80, 40))], [flat(30, (40, 40)), flat(40, (40, 40))]]
    sheet = np.asarray(lay_out(rows, ["", "second"], 60))
    assert sheet.shape[1] == 3 * GAP + 2 * 60
    head = sheet.shape[0] - (30 + GAP) - (60 + GAP)
    assert sheet[head + 15, GAP + 30].tolist() == [10] * 3
    assert sheet[head + 15, 2 * GAP + 90].tolist() == [20] * 3
    assert sheet[head + 30 + GAP + 30, GAP + 30].tolist() == [30] * 3
    assert sheet[head + 30 + GAP + 30, 2 * GAP + 90].tolist() == [40] * 3
    assert (sheet[:head, : GAP + 60] == PAPER).all()
    assert (sheet[:head, 2 * GAP + 60 :] != PAPER).any()


def test_noise_is_stronger_the_coarser_and_the_same_for_the_same_seed() -> None:
    noise = natural_noise((1, 3, 128, 128), torch.Generator().manual_seed(1)) - 128
    strength = torch.fft.rfft2(noise).abs().mean((0, 1))
    assert float(strength[1:4, 1:4].mean()) > 5 * float(strength[40:60, 40:60].mean())


@pytest.mark.long
def test_the_command_draws_pictures_and_noise_in_the_chosen_presets(tmp_path: Path) -> None:
    target = tmp_path / "sheet.png"
    choices = ["--preset", "engraving", "--preset", "painted", "--size", "64", "--width", "48"]
    said = CliRunner().invoke(main, ["sheet", str(ROCKET), "--noise", "-o", str(target), *choices])
    assert said.exit_code == 0, said.output
    with Image.open(target) as sheet:
        assert sheet.width == 4 * GAP + 3 * 48
        assert f"{target}: {sheet.width}×{sheet.height}, seed 1, " in said.stderr
        pixels = np.asarray(sheet)
    # A dream is neither the photograph nor the other dream.
    first, second, third = (pixels[30:50, GAP + n * (48 + GAP) :][:, :48] for n in range(3))
    assert not np.array_equal(first, second)
    assert not np.array_equal(second, third)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["-o", "sheet.png"], "No picture is given"),
        (["--noise", "-o", "sheet.gif"], "-o takes .png"),
        (["--noise", "-o", "sheet.png", "--preset", "engravin"], "engraving"),
    ],
)
def test_what_cant_be_drawn_is_said(arguments: list[str], sentence: str) -> None:
    said = CliRunner().invoke(main, ["sheet", *arguments])
    assert said.exit_code != 0
    assert sentence in said.output


def test_each_picture_of_a_grid_stands_under_its_label() -> None:
    cells = [(f"layer {number}", flat(40 * number + 40, (30, 20))) for number in range(5)]
    sheet = np.asarray(grid(cells, columns=2, width=60))
    assert sheet.shape[1] == GAP + 2 * (60 + GAP)
    for number in range(5):
        shown = np.all(sheet == 40 * number + 40, axis=2)
        assert shown.sum() == 60 * 40
    assert np.all(sheet[-30:, -30:] == PAPER)


def test_a_long_label_is_made_to_fit() -> None:
    cells = [("inception_3b/relu_5x5_reduce", flat(9, (30, 20)))] * 2
    sheet = np.asarray(grid(cells, columns=2, width=90))
    assert np.all(sheet[:, :2] == PAPER)
    assert np.all(sheet[: sheet.shape[0] - 70, 97:98] == PAPER)


def test_the_dreams_of_one_picture_lie_in_as_many_columns_as_are_wanted(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    presets = ["--preset", "painted", "--preset", "scales"]
    asked = ["sheet", str(ROCKET), "-o", str(sheet), *presets, "--size", "32", "--width", "40"]
    ran = CliRunner().invoke(main, [*asked, "--columns", "2", "--quiet"])
    assert ran.exit_code == 0, ran.output
    with Image.open(sheet) as drawn:
        assert drawn.width == GAP + 2 * (40 + GAP)
        assert drawn.height > 2 * 26
    refused = CliRunner().invoke(main, [*asked, "--noise", "--columns", "2"])
    assert refused.exit_code != 0
    assert "--columns is for a single picture" in refused.output
