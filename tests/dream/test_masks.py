"""A mask is white where it is dreamt, and its edge is soft."""

import numpy as np
import torch

from dream.masks import soft
from dream.pictures import Picture


def half() -> np.ndarray:
    mask = np.zeros((200, 300, 3), np.uint8)
    mask[:, 150:] = 255
    return mask


def test_an_edge_becomes_soft_and_the_rest_stays() -> None:
    found = soft(Picture(half(), None), (300, 200))[0, 0]
    assert found.shape == (200, 300)
    assert torch.all(found[:, :130] == 0)
    torch.testing.assert_close(found[:, 170:], torch.ones(200, 130))
    row = found[100, 130:170]
    assert torch.all(row.diff() >= 0)
    assert 0.05 < float(row[16]) < float(row[19]) < float(row[23]) < 0.95


def test_a_mask_takes_the_size_of_the_dream() -> None:
    found = soft(Picture(half(), None), (90, 31))
    assert found.shape == (1, 1, 31, 90)
    assert float(found[0, 0, 15, 5]) == 0
    assert float(found[0, 0, 15, 85]) > 0.999


def test_what_is_clear_isnt_dreamt_and_grey_is_a_little() -> None:
    grey = np.full((40, 40, 3), 128, np.uint8)
    alpha = np.full((40, 40), 255, np.uint8)
    assert abs(float(soft(Picture(grey, None), (40, 40)).mean()) - 128 / 255) < 1e-4
    alpha[:] = 0
    assert float(soft(Picture(grey, alpha), (40, 40)).max()) == 0
