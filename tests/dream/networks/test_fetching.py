"""Weights are fetched from a real server, whole and right or not at all."""

import errno
import fcntl
import hashlib
import io
import os
import resource
import socket
import subprocess
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dream.errors import BadWeights, NetworkUnavailable
from dream.networks import first_use
from dream.networks.fetching import fetch
from dream.networks.loading import load
from dream.networks.registry import Network, network
from dream.networks.weights import cache, find
from tests.dream.networks.caffe_models import googlenet_file

CONTENT = b"weights " * 100_000
SHORT = 300_000


class Server(ThreadingHTTPServer):
    """What it serves, and what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.content = CONTENT
        self.etag: str | None = '"first"'
        self.truncates = 0
        self.asked: list[tuple[str, str | None]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answers(BaseHTTPRequestHandler):
    """/missing and /moved are what they say; anything else is there, and may be gone on with."""

    server: Server

    def do_GET(self) -> None:
        server, begins = self.server, 0
        server.asked.append((self.path, self.headers["Range"]))
        if self.path == "/missing":
            self.send_error(404)
            return
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/whole")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        same = self.headers["If-Range"] in (None, server.etag)
        if self.headers["Range"] and same:
            begins = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
            if begins >= len(server.content):
                self.send_error(416)
                return
        length = len(server.content)
        self.send_response(206 if begins else 200)
        if begins:
            self.send_header("Content-Range", f"bytes {begins}-{length - 1}/{length}")
        self.send_header("Content-Length", str(length - begins))
        if server.etag:
            self.send_header("ETag", server.etag)
        self.end_headers()
        truncated = server.truncates > 0
        server.truncates -= truncated
        self.wfile.write(server.content[begins : begins + SHORT if truncated else None])

    def log_message(self, format: str, *args: object) -> None:
        """Silence."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as serving:
        thread = threading.Thread(target=serving.serve_forever, args=(0.01,))
        thread.start()
        yield serving
        serving.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DREAM_CACHE", str(tmp_path / "cache"))
    for name in ("DREAM_WEIGHTS", "DREAM_MIRROR", "HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def published(address: str, sha256: str | None = hashlib.sha256(CONTENT).hexdigest()) -> Network:
    classic = network("googlenet")
    return replace(classic, weights=replace(classic.weights, address=address, sha256=sha256))


def anything(file: Path) -> None:
    """A structure that is always right."""


def left() -> list[str]:
    return sorted(file.name for file in cache().iterdir())


@pytest.mark.parametrize("path", ["whole", "moved"])
def test_a_network_is_fetched_into_the_cache_and_found_there(server: Server, path: str) -> None:
    of = published(f"{server.address}/{path}")
    told: list[tuple[int, int | None]] = []
    file = fetch(of, anything, lambda had, total: told.append((had, total)))
    assert file.read_bytes() == CONTENT
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert find(of) == file
    assert left() == [of.weights.file]


def test_a_checksum_of_which_only_the_beginning_is_published_is_enough(server: Server) -> None:
    digest = hashlib.sha256(CONTENT).hexdigest()
    assert fetch(published(f"{server.address}/whole", digest[:8]), anything).is_file()
    with pytest.raises(BadWeights, match="checksum differs"):
        fetch(published(f"{server.address}/whole", "00000000"), anything)


def test_a_mirror_goes_before_the_official_address(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DREAM_MIRROR", f"{server.address}/")
    assert fetch(published("http://127.0.0.1:9/its.name"), anything).read_bytes() == CONTENT
    assert server.asked == [("/its.name", None)]


def test_a_proxy_is_asked_where_one_is_set(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.address)
    assert fetch(published("http://nowhere.invalid/whole"), anything).read_bytes() == CONTENT
    assert server.asked == [("http://nowhere.invalid/whole", None)]


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:9", "gopher://127.0.0.1:9"])
def test_a_proxy_that_is_none_is_said(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy)
    with pytest.raises(NetworkUnavailable, match=r"can't be reached \(.*set DREAM_WEIGHTS"):
        fetch(published("http://nowhere.invalid/whole"), anything)


def test_a_wrong_checksum_keeps_nothing(server: Server) -> None:
    with pytest.raises(BadWeights, match="checksum differs"):
        fetch(published(f"{server.address}/whole", "0" * 64), anything)
    assert left() == []


def test_a_wrong_structure_keeps_nothing(server: Server) -> None:
    def wrong(file: Path) -> None:
        assert file.read_bytes() == CONTENT
        raise BadWeights("no such layer")

    with pytest.raises(BadWeights, match="no such layer"):
        fetch(published(f"{server.address}/whole", None), wrong)
    assert left() == []


def test_a_file_that_isnt_there_is_said_and_leaves_nothing(server: Server) -> None:
    with pytest.raises(NetworkUnavailable, match=r"answered 404\. `dream fetch googlenet` tries"):
        fetch(published(f"{server.address}/missing"), anything)
    assert left() == []


def test_what_broke_off_goes_on_from_there(server: Server) -> None:
    server.truncates = 2
    of = published(f"{server.address}/whole")
    for _ in range(2):
        with pytest.raises(NetworkUnavailable, match=r"broke off midway.*goes on from there"):
            fetch(of, anything)
        assert not (cache() / of.weights.file).exists()
    told: list[tuple[int, int | None]] = []
    assert fetch(of, anything, lambda *both: told.append(both)).read_bytes() == CONTENT
    ranges = [asked for _, asked in server.asked]
    assert ranges == [None, f"bytes={SHORT}-", f"bytes={2 * SHORT}-"]
    assert told[0][0] > 2 * SHORT
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert left() == [of.weights.file]


@pytest.mark.parametrize("changed", ["etag", "size", "shorter"])
def test_what_has_changed_meanwhile_begins_anew(server: Server, changed: str) -> None:
    server.truncates = 1
    server.etag = '"first"' if changed == "etag" else None
    of = published(f"{server.address}/whole", None)
    with pytest.raises(NetworkUnavailable, match="broke off midway"):
        fetch(of, anything)
    newer = {"etag": len(CONTENT), "size": len(CONTENT) + 7, "shorter": SHORT - 7}[changed]
    server.content = bytes(newer)
    server.etag = '"second"' if changed == "etag" else None
    assert fetch(of, anything).read_bytes() == server.content
    assert left() == [of.weights.file]


def test_a_part_of_another_address_is_not_gone_on_with(server: Server) -> None:
    server.truncates = 1
    with pytest.raises(NetworkUnavailable, match="broke off midway"):
        fetch(published(f"{server.address}/a/whole"), anything)
    assert fetch(published(f"{server.address}/b/whole"), anything).read_bytes() == CONTENT
    assert server.asked[-1] == ("/b/whole", None)


def test_a_whole_that_was_never_checked_is_checked_and_not_asked_for_again(server: Server) -> None:
    def stopped(file: Path) -> None:
        raise KeyboardInterrupt

    of = published(f"{server.address}/whole")
    with pytest.raises(KeyboardInterrupt):
        fetch(of, stopped)
    assert fetch(of, anything).read_bytes() == CONTENT
    assert len(server.asked) == 1


def test_two_at_once_dont_write_the_same_part(server: Server) -> None:
    of = published(f"{server.address}/whole")
    cache().mkdir()
    with (cache() / ".whole.part").open("ab") as part:
        fcntl.flock(part, fcntl.LOCK_EX)
        with pytest.raises(NetworkUnavailable, match="is being fetched already"):
            fetch(of, anything)
    assert fetch(of, anything).read_bytes() == CONTENT


def test_far_more_than_was_published_is_not_taken(server: Server) -> None:
    small = published(f"{server.address}/whole")
    small = replace(small, weights=replace(small.weights, megabytes=0))
    server.content = bytes(2_000_000)
    with pytest.raises(BadWeights, match="much larger than what was published"):
        fetch(small, anything)
    assert left() == []


def test_a_server_out_of_reach_is_said_with_the_other_way() -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        port = unheard.getsockname()[1]
        with pytest.raises(NetworkUnavailable, match=r"can't be reached.*set DREAM_WEIGHTS"):
            fetch(published(f"http://127.0.0.1:{port}/x"), anything)
    assert left() == []


def test_a_machine_without_a_network_is_said() -> None:
    with pytest.raises(NetworkUnavailable, match=r"can't be reached \(.*set DREAM_WEIGHTS"):
        fetch(published("http://nowhere.invalid/x"), anything)


def test_no_room_for_a_file_is_said_and_keeps_nothing(server: Server) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    try:
        with pytest.raises(NetworkUnavailable, match=r"no room for googlenet.*set DREAM_CACHE"):
            fetch(published(f"{server.address}/whole"), anything)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert left() == []


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 400 kB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(disk)]
    try:
        mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    except OSError as error:
        pytest.skip(f"nothing can be mounted here: {error}")
    if mounted.returncode:
        pytest.skip(f"nothing can be mounted here: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_is_said_and_keeps_nothing(
    server: Server, tiny_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DREAM_CACHE", str(tiny_disk))
    with pytest.raises(NetworkUnavailable, match=r"no room for googlenet.*set DREAM_CACHE"):
        fetch(published(f"{server.address}/whole"), anything)
    assert left() == []


def test_a_cache_that_cant_be_is_said(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("DREAM_CACHE", str(tmp_path / "file" / "cache"))
    said = rf"can't be written \({os.strerror(errno.ENOTDIR)}\): set DREAM_CACHE"
    with pytest.raises(NetworkUnavailable, match=said):
        fetch(published(f"{server.address}/whole"), anything)


def test_a_part_that_is_verified_has_the_suffix_of_its_file(server: Server) -> None:
    seen: list[str] = []
    of = published(f"{server.address}/any.caffemodel")
    fetch(of, lambda file: seen.append(file.suffix))
    assert seen == [".caffemodel"]


def zipped(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("LICENSE", "Apache")
        archive.writestr(name, content)
    return packed.getvalue()


def tarred(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=0) as archive:
        entry = tarfile.TarInfo(f"googlenet_places205/{name}")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


@pytest.mark.parametrize("name", ["inception5h", "places205"])
def test_a_network_in_an_archive_is_taken_out_of_it(
    server: Server, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = network(name)
    pack = zipped if name == "inception5h" else tarred
    server.content = pack(of.weights.file, CONTENT)
    digest = hashlib.sha256(server.content).hexdigest() if of.weights.sha256 else None
    of = replace(of, weights=replace(of.weights, sha256=digest))
    monkeypatch.setenv("DREAM_MIRROR", server.address)
    seen: list[str] = []
    file = fetch(of, lambda file: seen.append(file.suffix))
    assert file.read_bytes() == CONTENT
    assert seen == [file.suffix]
    assert left() == [of.weights.file]


def test_an_archive_without_the_file_is_said_and_not_kept(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.content = tarred("another.caffemodel", CONTENT)
    monkeypatch.setenv("DREAM_MIRROR", server.address)
    with pytest.raises(BadWeights, match=r"can't be used: there is no plain file googlelet"):
        fetch(network("places205"), anything)
    assert left() == []


def test_without_a_published_checksum_the_first_files_is_remembered(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = network("places205")
    monkeypatch.setenv("DREAM_MIRROR", server.address)
    server.content = tarred(of.weights.file, googlenet_file(205, seed=1))
    file = fetch(of, lambda part: load(of, part))
    record = first_use.record(of)
    assert left() == sorted([of.weights.file, record.name])
    load(of, file)
    file.unlink()
    server.content = tarred(of.weights.file, googlenet_file(205, seed=2))
    with pytest.raises(BadWeights, match=r"another file than the one that was first used.*delete"):
        fetch(of, lambda part: load(of, part))
    assert left() == [record.name]
    record.unlink()
    fetch(of, lambda part: load(of, part))


def test_a_download_that_somebody_changed_is_refused(server: Server) -> None:
    of = network("places365")
    cache().mkdir()
    file = cache() / of.weights.file
    file.write_bytes(googlenet_file(365, seed=1))
    load(of, file)
    file.write_bytes(googlenet_file(365, seed=2))
    with pytest.raises(BadWeights, match=r"places365: it is another file than the one"):
        load(of, file)


def test_the_wrong_architecture_is_refused_and_not_kept(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = network("places365")
    monkeypatch.setenv("DREAM_MIRROR", server.address)
    server.content = googlenet_file(205, seed=1)
    with pytest.raises(BadWeights, match=r"loss3/classifier is 205×1024 in it, not 365×1024"):
        fetch(of, lambda part: load(of, part))
    assert left() == []
