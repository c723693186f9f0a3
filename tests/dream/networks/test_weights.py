"""Weights are found on this machine, one's own among them."""

from pathlib import Path

import pytest

import dream
from dream.errors import BadWeights, NetworkUnavailable, UnknownName
from dream.networks import weights as finding
from dream.networks.fetching import fetch
from dream.networks.registry import network
from dream.networks.weights import available, cache, find, in_package, own


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DREAM_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("DREAM_WEIGHTS", raising=False)


def test_a_folder_of_ones_own_goes_before_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = network("googlenet")
    folder_of_ones_own = tmp_path / "own"
    for folder in (folder_of_ones_own, cache()):
        folder.mkdir()
        (folder / of.weights.file).write_bytes(b"x")
    assert find(of) == cache() / of.weights.file
    monkeypatch.setenv("DREAM_WEIGHTS", f"{tmp_path / 'nothing here'}:{folder_of_ones_own}")
    assert find(of) == folder_of_ones_own / of.weights.file


@pytest.mark.parametrize("name", ["googlenet", "places205", "torchvision:resnet18"])
def test_a_network_that_isnt_here_names_the_command_that_gets_it(name: str) -> None:
    assert not available(name)
    assert not in_package(name)
    with pytest.raises(NetworkUnavailable, match=f"`dream fetch {name}` gets it"):
        find(network(name))


def test_the_network_in_the_package_is_always_here_and_never_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = network("dreamnet")
    assert in_package("dreamnet")
    assert not in_package("googlenet")
    assert available("dreamnet")
    (tmp_path / of.weights.file).write_bytes(b"another")
    monkeypatch.setenv("DREAM_WEIGHTS", str(tmp_path))
    assert find(of).parent == Path(dream.__file__).parent / "weights"
    with pytest.raises(NetworkUnavailable, match="install dreambot again"):
        fetch(of, lambda file: None)


def test_a_file_of_ones_own_is_named_by_what_is_in_it(tmp_path: Path) -> None:
    file = tmp_path / "mine.pth"
    file.write_bytes(b"my weights")
    made = own(file, "torchvision:resnet18")
    assert made.name == "torchvision:resnet18@aa88371dff35"
    assert find(made) == file
    assert available(made.name)
    assert not in_package(made.name)
    assert network(made.name) == made


def test_in_another_process_a_file_of_ones_own_is_found_by_what_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "a.pth").write_bytes(b"another's")
    (folder / "b.pth").write_bytes(b"my weights")
    made = own(folder / "b.pth", "googlenet")
    monkeypatch.setattr(finding, "_chosen", {})
    with pytest.raises(NetworkUnavailable, match=r"begins with aa88371dff35: give it with --weig"):
        find(made)
    assert not available(made.name)
    monkeypatch.setenv("DREAM_WEIGHTS", str(folder))
    assert find(made) == folder / "b.pth"
    (folder / "b.pth").write_bytes(b"changed since")
    assert not available(made.name)


def test_a_file_of_ones_own_that_cant_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadWeights, match="can't be read"):
        own(tmp_path / "nowhere.pth", "googlenet")


@pytest.mark.parametrize("name", ["googlenet@", "googlenet@xyz", "googlenet@../../../etc", "@"])
def test_a_name_with_no_digest_behind_it_is_unknown(name: str) -> None:
    with pytest.raises(UnknownName, match="There is no network"):
        network(name)
