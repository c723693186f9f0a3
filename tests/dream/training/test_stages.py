"""Each stage of the training does what it is there for."""

from pathlib import Path

import pytest
import torch
from torch import nn

from dream.networks.dreamnet import DreamNet
from dream.training import stem
from dream.training.fit import fit
from dream.training.measure import explained, r_squared
from dream.training.pictures import Pictures
from dream.training.student import Student
from dream.training.teacher import FLOOR, Teacher, error


@pytest.fixture(scope="module")
def crops(packs: Path) -> torch.Tensor:
    return Pictures(packs).crops(24, 96, torch.Generator().manual_seed(3))


@pytest.fixture(scope="module")
def teacher(weights: Path, crops: torch.Tensor) -> Teacher:
    return Teacher(weights / "bvlc_googlenet.caffemodel", crops)


def test_the_whitened_basis_evens_out_patches_and_folds_away(crops: torch.Tensor) -> None:
    network = DreamNet()
    stem.prepare(network, crops, torch.Generator().manual_seed(0))
    before = network.activation(crops, "conv1/6x6_s2").detach()
    assert "stem.conv1.parametrizations.weight.original" in network.state_dict()
    spread = before.std((0, 2, 3))
    assert float(spread.min()) > 0.3
    assert float(spread.max()) < 2
    stem.fold(network)
    names = [name for name, _ in network.named_parameters()]
    assert names == [name for name, _ in DreamNet().named_parameters()]
    torch.testing.assert_close(network.activation(crops, "conv1/6x6_s2").detach(), before)


def test_what_a_rectifier_hides_counts_for_nothing() -> None:
    target = torch.tensor([[FLOOR, FLOOR, 2.0]])
    assert float(error(torch.tensor([[-9.0, FLOOR, 2.0]]), target)) == 0
    assert float(error(torch.tensor([[0.5, FLOOR, 2.0]]), target)) == pytest.approx(1 / 3)
    assert float(error(torch.tensor([[FLOOR, FLOOR, -1.0]]), target)) == pytest.approx(3)


def test_r_squared_is_one_for_the_same_and_nothing_for_the_mean() -> None:
    wanted = torch.randn(4, 6, 5, 5, generator=torch.Generator().manual_seed(0))
    assert r_squared(wanted, wanted) == 1
    mean = wanted.mean((0, 2, 3), keepdim=True).expand_as(wanted)
    assert r_squared(mean, wanted) == pytest.approx(0, abs=1e-6)
    silent = torch.cat([wanted, torch.zeros(4, 1, 5, 5)], 1)
    assert r_squared(silent, silent) == 1


@pytest.mark.long
def test_a_fit_alone_explains_some_of_the_teacher(teacher: Teacher, packs: Path) -> None:
    torch.manual_seed(0)
    student = Student(teacher.channels())
    pictures = Pictures(packs)
    stem.prepare(student.network, pictures.crops(50, 64, torch.Generator()), torch.Generator())
    stem.fold(student.network)
    held_out = Pictures(packs, held_out=True).crops(16, 96, torch.Generator().manual_seed(1))
    before = explained(student, teacher, held_out)
    fit(student, teacher, pictures.crops(60, 96, torch.Generator().manual_seed(2)))
    after = explained(student, teacher, held_out)
    assert max(before.values()) < 0
    assert after["inception_3b"] > 0.1
    assert all(after[name] > before[name] for name in before)


def test_the_teacher_is_never_changed(teacher: Teacher, crops: torch.Tensor) -> None:
    before = teacher.blocks(crops)
    student = Student(teacher.channels())
    loss = sum(error(said, before[name]) for name, said in student(crops).items())
    assert isinstance(loss, torch.Tensor)
    loss.backward()  # type: ignore[no-untyped-call]
    for layer in (student.network.stem.conv1, student.network.stem.conv2):
        assert isinstance(layer, nn.Conv2d)
        assert layer.weight.grad is not None
    after = teacher.blocks(crops)
    assert all(torch.equal(before[name], after[name]) for name in before)
