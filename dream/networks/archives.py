"""Takes the one file that is wanted out of an archive, and trusts nothing else that is in it."""

import gzip
import stat
import tarfile
import zipfile
from pathlib import Path, PurePosixPath
from typing import IO

from dream.errors import BadWeights


def take_out(archive: Path, kind: str, member: str, most: int) -> bytes:
    """A file of the archive; where it should lie by the archive's own account decides nothing.

    Args:
        archive: The archive.
        kind: Its file's name, which ends with .tar.gz or .zip.
        member: The wanted file's name, without folders.
        most: Bytes that it, and a .tar.gz as a whole, may have.

    Raises:
        BadWeights: It isn't in there as a plain file, is too large, or the archive is broken.
    """
    take = _from_zip if kind.endswith(".zip") else _from_tar
    try:
        found = take(archive, member, most)
    except BadWeights:
        raise
    except Exception as error:  # of hostile bytes, the readers raise whatever comes to them
        raise BadWeights(f"the archive is broken ({str(error) or type(error).__name__}).") from None
    if found is None:
        raise BadWeights(f"there is no plain file {member} in the archive.")
    return found


def _from_tar(archive: Path, member: str, most: int) -> bytes | None:
    # As a stream that gives no more than it may: a small archive may unpack to something huge.
    with (
        gzip.open(archive) as unzipped,
        tarfile.open(fileobj=_Capped(unzipped, most), mode="r|") as opened,  # type: ignore[call-overload]
    ):
        for entry in opened:
            if entry.isreg() and PurePosixPath(entry.name).name == member:
                data = opened.extractfile(entry)
                return None if data is None else _read(data, most)
    return None


def _from_zip(archive: Path, member: str, most: int) -> bytes | None:
    with zipfile.ZipFile(archive) as opened:
        for entry in opened.infolist():
            kind = stat.S_IFMT(entry.external_attr >> 16)
            if kind in (0, stat.S_IFREG) and PurePosixPath(entry.filename).name == member:
                with opened.open(entry) as data:
                    return _read(data, most)
    return None


def _read(data: IO[bytes], most: int) -> bytes:
    found = data.read(most + 1)
    if len(found) > most:
        raise _too_large()
    return found


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
