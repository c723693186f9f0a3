"""The judge tells dreams from noise, and a copy from a network of its own."""

from itertools import chain
from pathlib import Path
from statistics import median

import pytest
import torch
from click.testing import CliRunner

from dream.networks.loading import load
from dream.networks.registry import network
from dream.networks.weights import find
from dream.training.__main__ import main
from dream.training.judge import likeness
from dream.training.pictures import Pictures


@pytest.mark.long
def test_the_teacher_is_its_own_copy_and_dreamnet_is_none(weights: Path, packs: Path) -> None:
    pictures = Pictures(packs).crops(40, 96, torch.Generator().manual_seed(0))
    teacher = load(network("googlenet"), weights / "bvlc_googlenet.caffemodel")
    ours = load(network("dreamnet"), find(network("dreamnet")))
    copy = likeness(teacher, teacher, pictures)
    own = likeness(ours, teacher, pictures)
    assert min(median(found) for found in copy.values()) > 0.95
    assert median(chain(*own.values())) < 0.8


@pytest.mark.long
def test_judges_answer_to_dreamnets_dreams_more_than_to_noise(
    weights: Path, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dream.training.judge import judge

    monkeypatch.setenv("DREAM_WEIGHTS", str(weights))
    for verdict in judge(photos):
        for given in verdict.answers.values():
            assert given["photograph"] == 1
            assert given["dreamnet"] > 1.5 * given["noise"]
        assert verdict.answers["googlenet"]["dreamnet"] > 3


def test_what_is_missing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DREAM_WEIGHTS", str(tmp_path))
    monkeypatch.delenv("DREAM_PHOTOS", raising=False)
    said = CliRunner().invoke(main, ["--judge"])
    assert said.exit_code == 2
    assert "--photos is missing" in said.output
    said = CliRunner().invoke(main, ["--data", str(tmp_path)])
    assert said.exit_code == 1
    assert "dream fetch googlenet" in said.output
    said = CliRunner().invoke(
        main,
        ["--data", str(tmp_path), "--teacher", str(tmp_path), "--out", str(tmp_path), "--resume"],
    )
    assert "no training to go on with" in said.output
