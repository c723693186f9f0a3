"""Missing networks are fetched at start, in a process without secrets; till then others do."""

import logging
from pathlib import Path

import pytest

from bot.networks import fetch_missing, fetching, missing, nearest
from dream import presets

NOWHERE = "127.0.0.1:9"


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
    (sentence,) = said
    assert sentence.startswith("No network can be fetched: dreaming with our own, dreamnet. (")
    assert "is not the published bvlc_googlenet.caffemodel" in sentence
    assert "Traceback" not in sentence
    assert missing() == ["googlenet", "squeezenet"]


@pytest.mark.long
async def test_what_one_network_lacks_is_said_where_another_is_here(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    (here / "bvlc_googlenet.caffemodel").symlink_to(weights / "bvlc_googlenet.caffemodel")
    monkeypatch.setenv("DREAM_WEIGHTS", str(here))
    monkeypatch.setenv("DREAM_CACHE", str(tmp_path))
    monkeypatch.setenv("DREAM_MIRROR", f"http://{NOWHERE}")
    await fetch_missing()
    (sentence,) = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
    assert sentence.startswith("The network squeezenet isn't on this machine, and ")
    assert "can't be reached" in sentence


def test_what_gets_a_network_is_named_as_it_works_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = tmp_path / ".venv" / "bin"
    scripts.mkdir(parents=True)
    (scripts / "dream").touch(0o755)
    monkeypatch.setattr("sys.executable", str(scripts / "python"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "/nowhere")
    assert fetching("squeezenet") == ".venv/bin/dream fetch squeezenet"
    monkeypatch.setenv("PATH", str(scripts))
    assert fetching("squeezenet") == "dream fetch squeezenet"
    # Nobody in a chat is told where folders of that machine are.
    monkeypatch.setenv("PATH", "/nowhere")
    for elsewhere in (Path("/"), tmp_path.parent, scripts):
        monkeypatch.chdir(elsewhere)
        assert fetching("squeezenet") == "dream fetch squeezenet"


@pytest.mark.parametrize(
    ("missing", "near"),
    [("eyes", "gaze"), ("fur", "pelts"), ("strokes", "painted"), ("beasts", "creatures")],
)
def test_in_place_of_a_preset_goes_the_one_that_is_most_like_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str, near: str
) -> None:
    monkeypatch.setenv("DREAM_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("DREAM_CACHE", str(tmp_path))
    assert nearest(presets()[missing]).name == near
