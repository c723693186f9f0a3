"""Out of an archive comes the one file that is wanted, and nothing else happens."""

import gzip
import io
import tarfile
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dream.errors import BadWeights
from dream.networks.archives import take_out

CONTENT = b"weights " * 1000
MOST = 100_000


def tarred(*entries: tuple[str, bytes | None, bytes]) -> bytes:
    """A .tar.gz of names, with their contents or, without, what kind of entry they are."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content, kind in entries:
            entry = tarfile.TarInfo(name)
            entry.type = kind
            entry.linkname = "/etc/passwd"
            entry.size = len(content or b"")
            archive.addfile(entry, io.BytesIO(content or b""))
    return packed.getvalue()


def zipped(*entries: tuple[str, bytes, int]) -> bytes:
    """A .zip of names with their contents and modes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content, mode in entries:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "folder"
    made.mkdir()
    return made


def taken(folder: Path, archive: bytes, kind: str) -> bytes:
    """What is taken out; nothing but the archive lies in the folder, or beside."""
    file = folder / "archive"
    file.write_bytes(archive)
    try:
        return take_out(file, kind, "net.pb", MOST)
    finally:
        assert [left.name for left in folder.iterdir()] == ["archive"]
        assert list(folder.parent.iterdir()) == [folder]


@pytest.mark.parametrize("name", ["net.pb", "a/b/net.pb", "../../net.pb", "/tmp/net.pb"])
def test_a_files_path_in_the_archive_decides_nothing(folder: Path, name: str) -> None:
    others = ("LICENSE", b"Apache", tarfile.REGTYPE), ("../beside", b"evil", tarfile.REGTYPE)
    assert taken(folder, tarred(*others, (name, CONTENT, tarfile.REGTYPE)), "x.tar.gz") == CONTENT
    other = zipped(("LICENSE", b"Apache", 0), ("../beside", b"evil", 0), (name, CONTENT, 0o100644))
    assert taken(folder, other, "x.zip") == CONTENT


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE]
)
def test_what_is_no_plain_file_is_not_taken(folder: Path, kind: bytes) -> None:
    with pytest.raises(BadWeights, match=r"no plain file net\.pb"):
        taken(folder, tarred(("net.pb", None, kind)), "x.tar.gz")


def test_a_link_in_a_zip_is_not_taken(folder: Path) -> None:
    with pytest.raises(BadWeights, match=r"no plain file net\.pb"):
        taken(folder, zipped(("net.pb", b"/etc/passwd", 0o120777)), "x.zip")


def test_an_archive_without_it_says_so(folder: Path) -> None:
    with pytest.raises(BadWeights, match=r"no plain file net\.pb"):
        taken(folder, tarred(("other.pb", CONTENT, tarfile.REGTYPE)), "x.tar.gz")
    with pytest.raises(BadWeights, match=r"no plain file net\.pb"):
        taken(folder, zipped(("other.pb", CONTENT, 0)), "x.zip")


def test_what_unpacks_to_something_huge_is_not_unpacked(folder: Path) -> None:
    huge = bytes(20 * MOST)
    with pytest.raises(BadWeights, match="much larger"):
        taken(folder, tarred(("net.pb", huge, tarfile.REGTYPE)), "x.tar.gz")
    with pytest.raises(BadWeights, match="much larger"):
        taken(folder, tarred(("before", huge, tarfile.REGTYPE)), "x.tar.gz")
    with pytest.raises(BadWeights, match="much larger"):
        taken(folder, zipped(("net.pb", huge, 0)), "x.zip")


TAR = tarred(("net.pb", CONTENT, tarfile.REGTYPE))
ZIP = zipped(("net.pb", CONTENT, 0))


@pytest.mark.parametrize(
    "archive",
    [b"", b"<html>", gzip.compress(b"no tar"), TAR[:-100]],
    ids=["nothing", "a page", "no tar", "broken off"],
)
def test_what_is_no_whole_tar_is_said(folder: Path, archive: bytes) -> None:
    with pytest.raises(BadWeights, match=r"the archive is broken|no plain file"):
        taken(folder, archive, "x.tar.gz")


@pytest.mark.parametrize("archive", [b"", b"<html>", ZIP[:-30], ZIP.replace(b"\x50\x4b\x01", b"?")])
def test_what_is_no_whole_zip_is_said(folder: Path, archive: bytes) -> None:
    with pytest.raises(BadWeights, match="the archive is broken"):
        taken(folder, archive, "x.zip")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([(TAR, "x.tar.gz"), (ZIP, "x.zip")]), st.floats(0, 1), st.binary(min_size=1))
def test_a_damaged_archive_is_read_or_refused(
    folder: Path, which: tuple[bytes, str], at: float, damage: bytes
) -> None:
    archive, kind = which
    begin = int(at * len(archive))
    with suppress(BadWeights):
        taken(folder, archive[:begin] + damage + archive[begin + len(damage) :], kind)
