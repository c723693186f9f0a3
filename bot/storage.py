"""Pictures at rest: bytes by key, in files."""

import asyncio
import errno
import logging
import os
import re
import stat
import time
from pathlib import Path
from uuid import uuid4

log = logging.getLogger(__name__)

_KEY = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+")
_UNFINISHED = ".unfinished"
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class StorageError(Exception):
    """A picture can't be kept or had; the sentence is for the person."""


class StorageFull(StorageError):
    """There is no room for it."""


class NotStored(StorageError):
    """There is nothing under that key."""


class Storage:
    """Bytes under keys such as `inputs/01J…`, each in a file of that name below a folder.

    Args:
        folder: Made when it is first needed. Several bots may share it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, key: str, data: bytes) -> None:
        """Keep the bytes under that key, wholly or not at all, and in place of what was there.

        When this returns they are on the disk, come what may.

        Raises:
            StorageFull: There is no room.
            StorageError: The folder can't be written to.
        """
        await asyncio.to_thread(self._put, self._path(key), data)

    async def get(self, key: str) -> bytes:
        """The bytes under that key.

        Raises:
            NotStored: There are none.
            StorageError: They can't be read.
        """
        return await asyncio.to_thread(self._get, self._path(key))

    async def delete(self, key: str) -> None:
        """Forget what is under that key, if anything is.

        Raises:
            StorageError: It can't be removed.
        """
        await asyncio.to_thread(self._delete, self._path(key))

    async def older_than(self, folder: str, seconds: float) -> set[str]:
        """Keys that begin with `folder/` of what was put longer ago than that.

        Raises:
            StorageError: The folder can't be read.
        """
        return await asyncio.to_thread(self._older_than, folder, time.time() - seconds)

    async def remove_unfinished(self, seconds: float) -> None:
        """Remove what was begun longer ago than that by a bot that was killed over it.

        Raises:
            StorageError: It can't be removed.
        """
        begun = await asyncio.to_thread(self._older_than, _UNFINISHED, time.time() - seconds)
        for name in begun:
            await asyncio.to_thread(self._delete, self._folder / name)

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError(f"not a key: {key[:80]!r}")
        return self._folder / key

    def _put(self, path: Path, data: bytes) -> None:
        unfinished = self._folder / _UNFINISHED / uuid4().hex
        try:
            unfinished.parent.mkdir(parents=True, exist_ok=True)
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                _write(unfinished, data)
                unfinished.replace(path)
            except BaseException:
                unfinished.unlink(missing_ok=True)
                raise
            for folder in (path.parent, self._folder):
                _sync_folder(folder)
        except OSError as error:
            log.warning("A picture can't be stored: %s", error)
            if error.errno in _FULL:
                raise StorageFull(
                    "There is no room for another picture just now. Please try again later."
                ) from error
            raise StorageError(
                "I can't store pictures just now. Please try again later."
            ) from error

    def _get(self, path: Path) -> bytes:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            raise NotStored(
                "The picture isn't in my storage any more. Please send it again."
            ) from None
        except OSError as error:
            log.warning("A stored picture can't be read: %s", error)
            raise StorageError("I can't read the stored picture just now.") from error

    def _delete(self, path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("A stored picture can't be removed: %s", error)
            raise StorageError("I can't remove a stored picture just now.") from error

    def _older_than(self, folder: str, moment: float) -> set[str]:
        try:
            return {
                path.relative_to(self._folder).as_posix()
                for path in list((self._folder / folder).rglob("*"))
                if _written_before(path, moment)
            }
        except OSError as error:
            log.warning("The storage can't be looked through: %s", error)
            raise StorageError("I can't look through my storage just now.") from error


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


def _written_before(path: Path, moment: float) -> bool:
    try:
        found = path.stat()
    except FileNotFoundError:
        # Another bot tidies the same folder.
        return False
    return stat.S_ISREG(found.st_mode) and found.st_mtime < moment
