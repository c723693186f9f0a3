"""Takes the one file that is wanted out of an archive, and trusts nothing else that is in it."""

import gzip
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path, PurePosixPath
from typing import IO

from dream.errors import BadWeights

_PIECE = 2**20
_BROKEN = (
    tarfile.TarError,
    zipfile.BadZipFile,
    gzip.BadGzipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
)
"""What the readers of archives raise where one is broken, or of a kind that they don't read."""


def take_out(archive: Path, kind: str, member: str, target: Path, most: int) -> None:
    """Write a file of the archive to where we want it; folders and paths in it decide nothing.

    Args:
        archive: The archive.
        kind: Its file's name, which ends with .tar.gz or .zip.
        member: The wanted file's name, without folders.
        target: Where it goes.
        most: Bytes that it, and a .tar.gz as a whole, may have.

    Raises:
        BadWeights: It isn't in there as a plain file, is too large, or the archive is broken.
        OSError: The target can't be written.
    """
    take: Callable[[Path, str, Path, int], bool] = _from_zip if kind.endswith(".zip") else _from_tar
    try:
        found = take(archive, member, target, most)
    except _BROKEN as error:
        raise BadWeights(f"the archive is broken ({str(error) or type(error).__name__}).") from None
    if not found:
        raise BadWeights(f"there is no plain file {member} in the archive.")


def _from_tar(archive: Path, member: str, target: Path, most: int) -> bool:
    # As a stream, which never holds more than a piece, and of which a small archive that unpacks
    # to something huge gives no more than it may.
    with (
        closing(gzip.open(archive)) as unzipped,
        tarfile.open(fileobj=_Capped(unzipped, most), mode="r|") as opened,  # type: ignore[call-overload]
    ):
        for entry in opened:
            if entry.isreg() and PurePosixPath(entry.name).name == member:
                data = opened.extractfile(entry)
                assert data is not None
                _copy(data, target, most)
                return True
    return False


def _from_zip(archive: Path, member: str, target: Path, most: int) -> bool:
    with zipfile.ZipFile(archive) as opened:
        for entry in opened.infolist():
            kind = stat.S_IFMT(entry.external_attr >> 16)
            if kind in (0, stat.S_IFREG) and PurePosixPath(entry.filename).name == member:
                with opened.open(entry) as data:
                    _copy(data, target, most)
                return True
    return False


def _copy(data: IO[bytes], target: Path, most: int) -> None:
    with target.open("wb") as written:
        while piece := data.read(_PIECE):
            if written.tell() + len(piece) > most:
                raise _too_large()
            written.write(piece)


class _Capped:
    """A stream that ends with an error where it would give more than it may."""

    def __init__(self, stream: gzip.GzipFile, most: int) -> None:
        self._stream = stream
        self._left = most

    def read(self, size: int) -> bytes:
        """The next bytes."""
        data = self._stream.read(min(size, self._left + 1))
        self._left -= len(data)
        if self._left < 0:
            raise _too_large()
        return data


def _too_large() -> BadWeights:
    return BadWeights("what is in the archive is much larger than the published file.")
