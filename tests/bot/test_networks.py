"""Missing networks are fetched at start, in a process without secrets."""

import logging
from pathlib import Path

import pytest

from bot.networks import fetch_missing, missing


def test_what_presets_need_and_isnt_here_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DREAM_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("DREAM_CACHE", str(tmp_path))
    assert missing() == ["googlenet", "squeezenet"]
    (tmp_path / "squeezenet_v1.1.caffemodel").touch()
    assert missing() == ["googlenet"]


@pytest.mark.long
async def test_what_cant_be_fetched_is_logged_in_a_sentence(
    mirror: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("DREAM_WEIGHTS", "")
    monkeypatch.setenv("DREAM_CACHE", str(tmp_path))
    monkeypatch.setenv("DREAM_MIRROR", mirror)
    with caplog.at_level(logging.INFO, "bot.networks"):
        await fetch_missing()
    said = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(said) == 2
    assert "is not the published bvlc_googlenet.caffemodel" in said[0]
    assert "Traceback" not in "".join(said)
    assert missing() == ["googlenet", "squeezenet"]
