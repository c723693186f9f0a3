"""Pictures at rest: bytes by key, in a folder or wherever an address leads."""

import asyncio
import errno
import logging
import re
import shutil
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

import fsspec
from fsspec.core import split_protocol
from fsspec.implementations.asyn_wrapper import AsyncFileSystemWrapper

from bot.durable import DurableFolder
from bot.jobs.ulid import ulid

log = logging.getLogger(__name__)

PATIENCE = 30.0
"""Seconds that anything asked of a storage may take, with the tries of its file system."""

TRIAL = "trial"
"""The folder of what is written only to see whether that works."""

_KEY = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+")
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_EXTRAS = {"s3": "s3", "s3a": "s3"}
"""Our own extras, by the protocol that needs them."""


class StorageError(Exception):
    """A picture can't be kept or had; the sentence is for the person."""


class StorageFull(StorageError):
    """There is no room for it."""


class NotStored(StorageError):
    """There is nothing under that key."""


class NoSuchStorage(StorageError):
    """An address that leads nowhere from here; the sentence is for whoever set it."""


class Storage:
    """Bytes under keys such as `inputs/01J…`. Several bots may share one.

    What is under a key is never half a picture where the file system puts whole files, as a
    folder and S3 do.

    Args:
        address: A folder, which is made when it is first needed, or anything that fsspec knows,
            such as `s3://bucket/prefix`.
        patience: Seconds that anything may take.

    Raises:
        NoSuchStorage: Nothing knows such an address here.
    """

    def __init__(self, address: Path | str, *, patience: float = PATIENCE) -> None:
        self._patience = patience
        protocol, path = split_protocol(str(address))
        self._folder = Path(path).absolute() if protocol in (None, "file", "local") else None
        if self._folder is not None:
            self._files, self._root = _wrapped(DurableFolder(self._folder)), str(self._folder)
            self._name = self._root
        else:
            self._files, self._root = _opened(str(address), protocol)
            self._name = f"{protocol}://{self._root.lstrip('/')}"

    def __str__(self) -> str:
        """Where it is, without names and passwords that the address may have."""
        return self._name

    async def put(self, key: str, data: bytes, *, leaving: int = 0) -> None:
        """Keep the bytes under that key, wholly or not at all, and in place of what was there.

        When this returns they are at rest, in a folder on the disk itself.

        Args:
            leaving: Bytes that must stay free besides, where that can be known.

        Raises:
            StorageFull: There is no room.
            StorageError: It can't be written to.
        """
        await self._within(
            self._put(self._path(key), data, leaving),
            "I can't store pictures just now. Please try again later.",
        )

    async def get(self, key: str) -> bytes:
        """The bytes under that key.

        Raises:
            NotStored: There are none.
            StorageError: They can't be read.
        """
        data: bytes = await self._within(
            self._files._cat_file(self._path(key)),
            "I can't read the stored picture just now.",
            may_be_gone=True,
        )
        return data

    async def delete(self, key: str) -> None:
        """Forget what is under that key, if anything is.

        Raises:
            StorageError: It can't be removed.
        """
        with suppress(NotStored):
            await self._within(
                self._files._rm_file(self._path(key)),
                "I can't remove a stored picture just now.",
                may_be_gone=True,
            )

    async def keys(self, folder: str) -> list[str]:
        """All keys that begin with `folder/`.

        Raises:
            StorageError: It can't be looked through.
        """
        found = await self._within(
            self._find(f"{self._root}/{folder}"), "I can't look through my storage just now."
        )
        keys = (name.removeprefix(f"{self._root}/") for name in found)
        return [key for key in keys if _KEY.fullmatch(key)]

    async def try_out(self) -> None:
        """See that pictures can be written, read and removed.

        Raises:
            StorageError: They can't.
        """
        key = f"{TRIAL}/{ulid()}"
        await self.put(key, b"dream")
        await self.get(key)
        await self.delete(key)

    def _path(self, key: str) -> str:
        if not _KEY.fullmatch(key):
            raise ValueError(f"not a key: {key[:80]!r}")
        return f"{self._root}/{key}"

    async def _put(self, path: str, data: bytes, leaving: int) -> None:
        if self._folder is not None:
            if leaving and await asyncio.to_thread(_free, self._folder) < len(data) + leaving:
                raise OSError(errno.ENOSPC, f"Fewer than {leaving} bytes would stay free")
        elif isinstance(self._files, AsyncFileSystemWrapper):
            # Stores of objects have no folders; what has some may want them made.
            await self._files._makedirs(path.rpartition("/")[0], exist_ok=True)
        await self._files._pipe_file(path, data)

    async def _find(self, path: str) -> list[str]:
        self._files.invalidate_cache()
        return list(await self._files._find(path))

    async def _within(
        self, act: Coroutine[Any, Any, Any], sentence: str, *, may_be_gone: bool = False
    ) -> Any:
        """Do that in the file system's own loop, beside the bot's, which must never wait."""
        try:
            async with asyncio.timeout(self._patience):
                doing = asyncio.run_coroutine_threadsafe(act, self._files.loop)
                return await asyncio.wrap_future(doing)
        except Exception as error:
            # What file systems raise has nothing in common but this.
            if may_be_gone and isinstance(error, FileNotFoundError):
                raise NotStored(
                    "The picture isn't in my storage any more. Please send it again."
                ) from None
            log.warning("The storage %s fails: %s", self, str(error) or type(error).__name__)
            if isinstance(error, OSError) and error.errno in _FULL:
                raise StorageFull(
                    "There is no room for another picture just now. Please try again later."
                ) from error
            raise StorageError(sentence) from error


def _opened(address: str, protocol: str) -> tuple[Any, str]:
    """The file system of that address, and the path on it."""
    try:
        files, root = fsspec.url_to_fs(address, skip_instance_cache=True)
    except ImportError as error:
        extra = _EXTRAS.get(protocol)
        needed = f"Install dreambot with the extra “{extra}”: dreambot[{extra}]" if extra else error
        raise NoSuchStorage(f"{protocol}:// needs a package that isn't here. {needed}") from error
    except Exception as error:
        # It may quote a password from the address.
        raise NoSuchStorage(f"no storage can be opened at this {protocol}:// address") from error
    return files if files.async_impl else _wrapped(files), root.rstrip("/")


def _wrapped(files: Any) -> Any:
    """The same file system, waited for in threads."""
    return AsyncFileSystemWrapper(files, asynchronous=False)


def _free(folder: Path) -> int:
    """Bytes that are free on the disk the folder is on, or will be."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free
