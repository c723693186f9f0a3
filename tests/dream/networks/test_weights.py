"""Weights are found, or fetched from a real server, whole and right or not at all."""

import hashlib
import resource
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import dream
from dream.errors import BadWeights, NetworkUnavailable
from dream.networks.registry import Network, network
from dream.networks.weights import available, cache, fetch, find, in_package

CONTENT = b"weights " * 100_000


class Answers(BaseHTTPRequestHandler):
    """/whole, /truncated, /missing, /moved: what their names say."""

    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/whole")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if self.path not in ("/whole", "/truncated", "/bvlc_googlenet.caffemodel"):
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT[: 300_000 if self.path == "/truncated" else None])

    def log_message(self, format: str, *args: object) -> None:
        """Silence."""


@pytest.fixture
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as serving:
        thread = threading.Thread(target=serving.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{serving.server_port}"
        serving.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DREAM_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("DREAM_WEIGHTS", raising=False)
    monkeypatch.delenv("DREAM_MIRROR", raising=False)


def published(address: str, sha256: str | None = hashlib.sha256(CONTENT).hexdigest()) -> Network:
    classic = network("googlenet")
    return replace(classic, weights=replace(classic.weights, address=address, sha256=sha256))


def anything(file: Path) -> None:
    """A structure that is always right."""


def left() -> list[str]:
    return sorted(file.name for file in cache().iterdir())


@pytest.mark.parametrize("path", ["whole", "moved"])
def test_a_network_is_fetched_into_the_cache_and_found_there(server: str, path: str) -> None:
    of = published(f"{server}/{path}")
    told: list[tuple[int, int | None]] = []
    file = fetch(of, anything, lambda had, total: told.append((had, total)))
    assert file.read_bytes() == CONTENT
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert find(of) == file
    assert left() == [of.weights.file]


def test_a_mirror_goes_before_the_official_address(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DREAM_MIRROR", f"{server}/")
    assert fetch(published("http://127.0.0.1:9/"), anything).read_bytes() == CONTENT


def test_a_wrong_checksum_keeps_nothing(server: str) -> None:
    with pytest.raises(BadWeights, match="checksum differs"):
        fetch(published(f"{server}/whole", "0" * 64), anything)
    assert left() == []


def test_a_wrong_structure_keeps_nothing(server: str) -> None:
    def wrong(file: Path) -> None:
        assert file.read_bytes() == CONTENT
        raise BadWeights("no such layer")

    with pytest.raises(BadWeights, match="no such layer"):
        fetch(published(f"{server}/whole", None), wrong)
    assert left() == []


@pytest.mark.parametrize(
    ("path", "why"), [("missing", "answered 404"), ("truncated", "broke off midway")]
)
def test_what_the_server_does_wrong_is_said_and_keeps_nothing(
    server: str, path: str, why: str
) -> None:
    with pytest.raises(NetworkUnavailable, match=why):
        fetch(published(f"{server}/{path}"), anything)
    assert left() == []


def test_a_server_out_of_reach_is_said_with_the_other_way() -> None:
    with pytest.raises(NetworkUnavailable, match=r"can't be reached.*set DREAM_WEIGHTS"):
        fetch(published("http://127.0.0.1:9/x"), anything)


def test_no_room_is_said_and_keeps_nothing(server: str) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    try:
        with pytest.raises(NetworkUnavailable, match="no room for googlenet"):
            fetch(published(f"{server}/whole"), anything)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert left() == []


def test_a_folder_of_ones_own_goes_before_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = network("googlenet")
    own = tmp_path / "own"
    for folder in (own, cache()):
        folder.mkdir()
        (folder / of.weights.file).write_bytes(b"x")
    assert find(of) == cache() / of.weights.file
    monkeypatch.setenv("DREAM_WEIGHTS", f"{tmp_path / 'nothing here'}:{own}")
    assert find(of) == own / of.weights.file


def test_a_network_that_isnt_here_names_the_command_that_gets_it() -> None:
    with pytest.raises(NetworkUnavailable, match="`dream fetch googlenet` gets it"):
        find(network("googlenet"))


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
        fetch(of, anything)


def test_a_part_that_is_verified_has_the_suffix_of_its_file(server: str) -> None:
    seen: list[str] = []
    fetch(published(f"{server}/whole"), lambda file: seen.append(file.suffix))
    assert seen == [".caffemodel"]
