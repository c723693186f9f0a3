"""A training can be stopped and gone on with; its log is lines, its curves a picture."""

from pathlib import Path

import torch
from PIL import Image
from torch import nn

from dream.training.record import CURVES, Point, Record


def trained(student: nn.Module, steps: int, seed: int = 0) -> torch.optim.AdamW:
    optimizer = torch.optim.AdamW(student.parameters(), 0.1)
    advance(student, optimizer, steps, seed)
    return optimizer


def advance(student: nn.Module, optimizer: torch.optim.Optimizer, steps: int, seed: int) -> None:
    draw = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        optimizer.zero_grad()
        student(torch.randn(5, 4, generator=draw)).square().sum().backward()
        optimizer.step()


def test_a_checkpoint_brings_back_weights_and_momentum(tmp_path: Path) -> None:
    torch.manual_seed(0)
    record = Record(tmp_path)
    assert record.point() is None
    student = nn.Linear(4, 3)
    optimizer = trained(student, 5)
    record.save(Point("all", 5, 61.0, 12.0), student, optimizer)
    assert record.point() == Point("all", 5, 61.0, 12.0)

    other = nn.Linear(4, 3)
    other_optimizer = torch.optim.AdamW(other.parameters(), 0.1)
    record.restore(other, other_optimizer)
    advance(student, optimizer, 3, seed=1)
    advance(other, other_optimizer, 3, seed=1)
    assert torch.equal(student.weight, other.weight)


def test_the_log_is_read_back_and_drawn(tmp_path: Path) -> None:
    record = Record(tmp_path)
    record.note(Point("stem", 100, 60.0, 0.0), loss=0.4, explained={"stem": 0.5})
    record.note(Point("fit", 1, 80.0, 80.0), explained={"inception_4a": 0.3})
    record.note(Point("all", 90, 140.0, 80.0), loss=1.4, explained={"inception_4a": 0.4})
    assert [line["stage"] for line in record.lines()] == ["stem", "fit", "all"]
    record.draw()
    with Image.open(tmp_path / CURVES) as curves:
        assert min(curves.size) > 300
