"""Threads: never more than there are cores for."""

import os
from pathlib import Path

import pytest

from dream import threads


@pytest.mark.parametrize(
    ("quota", "cores"),
    [("150000 100000", 1), ("300000 100000", 3), ("50000 100000", 1), ("max 100000", 6)],
)
def test_a_containers_quota_counts(
    quota: str, cores: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cpu.max").write_text(quota)
    monkeypatch.setattr(threads, "_QUOTA", tmp_path / "cpu.max")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(6)))

    assert threads.usable_cores() == cores
    assert threads.default_threads() == min(4, cores)


def test_without_a_quota_affinity_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "_QUOTA", tmp_path / "nowhere")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {3, 5})

    assert threads.usable_cores() == 2
