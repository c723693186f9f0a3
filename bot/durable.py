"""Files in a folder that outlast a power cut once they are said to be there."""

import os
from collections.abc import Iterator
from pathlib import Path

from fsspec.implementations.local import LocalFileSystem

from bot.jobs.ulid import ulid

UNFINISHED = "unfinished"
"""The folder below the folder in which files grow until they are whole."""


class DurableFolder(LocalFileSystem):  # type: ignore[misc]
    """The local file system, but for how it writes and lists.

    Args:
        folder: Made when it is first written to. Several processes may share it.
    """

    cachable = False

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **kwargs: object) -> None:
        """Write the file wholly or not at all, in place of what was there.

        Raises:
            OSError: It can't be written; what was there is there still.
        """
        target = Path(path)
        unfinished = self._folder / UNFINISHED / ulid()
        unfinished.parent.mkdir(parents=True, exist_ok=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            _write(unfinished, value)
            unfinished.replace(target)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
        for folder in (target.parent, self._folder):
            _sync_folder(folder)

    def find(self, path: str, **kwargs: object) -> list[str]:
        """The files below a folder, none where it isn't there; others may remove some meanwhile.

        Raises:
            OSError: It can't be looked through.
        """
        return list(_files(path))


def _write(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    # The name is on the disk only when the folder is.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _files(path: str) -> Iterator[str]:
    for folder, _, names in os.walk(path, onerror=_unless_gone):
        yield from (f"{folder}/{name}" for name in names)


def _unless_gone(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error
