"""Pictures are shared out, held out, and cropped at random."""

from pathlib import Path

import pytest
import torch

from dream.training.pictures import Pictures, varied


def contents(pictures: Pictures) -> set[bytes]:
    return {each.numpy().tobytes() for each in pictures.large + pictures.small}


def draw(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_processes_share_all_pictures_that_are_not_held_out(packs: Path) -> None:
    parts = [contents(Pictures(packs, part=(index, 2))) for index in range(2)]
    held_out = contents(Pictures(packs, held_out=True))
    assert parts[0] | parts[1] == contents(Pictures(packs))
    assert not parts[0] & parts[1]
    assert held_out
    assert not held_out & (parts[0] | parts[1])
    assert sum(map(len, parts)) + len(held_out) == 300


def test_a_share_of_them_is_part_of_all(packs: Path) -> None:
    some = contents(Pictures(packs, share=0.3))
    assert some < contents(Pictures(packs))
    assert 50 <= len(some) <= 130


def test_crops_are_drawn_by_seed(packs: Path) -> None:
    pictures = Pictures(packs)
    crops = pictures.crops(5, 96, draw())
    assert crops.shape == (5, 3, 96, 96)
    assert float(crops.min()) >= 0
    assert float(crops.max()) <= 255
    assert torch.equal(crops, pictures.crops(5, 96, draw()))
    assert not torch.equal(crops, pictures.crops(5, 96, draw(1)))


def test_varied_crops_stay_pictures_and_differ(packs: Path) -> None:
    crops = Pictures(packs).crops(40, 64, draw())
    other = varied(crops, draw())
    assert other.shape == crops.shape
    assert float(other.min()) >= 0
    assert float(other.max()) <= 255
    assert all(not torch.equal(one, two) for one, two in zip(crops, other, strict=True))
    # Most still show what they showed.
    alike = [
        float(torch.corrcoef(torch.stack([one.flatten(), two.flatten()]))[0, 1])
        for one, two in zip(crops, other, strict=True)
    ]
    assert sorted(alike)[len(alike) // 4] > 0.8


def test_a_folder_without_packs_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="packs"):
        Pictures(tmp_path)
