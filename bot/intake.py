"""The bytes of a picture that was meant, within limits. Knows of files, not of chats."""

import asyncio
import logging
from dataclasses import dataclass
from pathlib import PurePosixPath

import aiohttp

from bot.errors import Refusal
from bot.outside import Outside, read
from bot.storage import NotStored, Storage, StorageError
from bot.ui import words

log = logging.getLogger(__name__)

SUFFIXES = frozenset(
    {".avif", ".bmp", ".gif", ".heic", ".heif", ".jfif", ".jpe", ".jpeg", ".jpg", ".jp2"}
    | {".mpo", ".png", ".tif", ".tiff", ".webp"}
)
SPOILER = "SPOILER_"
"""What the names of files begin with that the chat hides until somebody wants to see them."""

TRIES = 3
PAUSE = 0.5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that may be the picture.

    Attributes:
        name: As it was posted; may lie.
        kind: Media type as it was declared, such as `image/png`; may lie too. None if undeclared.
        size: Bytes, as declared; 0 if undeclared.
        url: Where the bytes are.
        typed: Whether a person typed the url, who may mean us harm; otherwise it is the chat's.
    """

    name: str
    kind: str | None
    size: int
    url: str
    typed: bool = False

    @property
    def looks_right(self) -> bool:
        """Whether it claims to be a picture, by its media type or its name."""
        if self.kind is not None and self.kind.startswith("image/"):
            return True
        return PurePosixPath(self.name.lower()).suffix in SUFFIXES

    @property
    def spoiler(self) -> bool:
        """Whether the chat hides it until somebody wants to see it."""
        return self.name.startswith(SPOILER)


@dataclass(frozen=True, slots=True)
class Stored:
    """A picture that is in the storage, as long as it is kept there.

    Attributes:
        key: Of the storage.
        spoiler: As of a file that was posted.
        instead: The same picture as a file of the chat, for when it isn't kept any more.
    """

    key: str
    spoiler: bool = False
    instead: Candidate | None = None


class Intake:
    """Fetches pictures.

    Args:
        most: Bytes of the largest picture that is accepted.
        outside: Fetches what people's links lead to.
        storage: Where pictures are that were accepted before.
        patience: Seconds a picture may take to arrive.
    """

    def __init__(
        self, *, most: int, outside: Outside, storage: Storage, patience: float = 30.0
    ) -> None:
        self._most = most
        self._outside = outside
        self._storage = storage
        self._patience = patience
        self._session: aiohttp.ClientSession | None = None

    async def fetch(self, chosen: Candidate | Stored) -> bytes:
        """Its bytes, not looked into.

        Raises:
            Refusal: It is too large, gone, or doesn't arrive.
        """
        if isinstance(chosen, Stored):
            return await self._take_out(chosen)
        if chosen.size > self._most:
            raise Refusal(words.too_many_bytes(chosen.size, self._most))
        try:
            async with asyncio.timeout(self._patience):
                return await self._insist(chosen)
        except TimeoutError:
            raise Refusal(words.link_slow() if chosen.typed else words.slow()) from None
        except (aiohttp.ClientError, OSError) as error:
            log.warning("a picture did not arrive: %s", error)
            raise Refusal(
                words.link_unreachable() if chosen.typed else words.unreachable()
            ) from None

    async def close(self) -> None:
        """Close what connections are kept."""
        if self._session is not None:
            await self._session.close()
            self._session = None
        await self._outside.close()

    async def _take_out(self, chosen: Stored) -> bytes:
        try:
            return await self._storage.get(chosen.key)
        except NotStored:
            if chosen.instead is None:
                raise Refusal(words.not_kept()) from None
        except StorageError as error:
            raise Refusal(words.told(str(error))) from error
        return await self.fetch(chosen.instead)

    async def _insist(self, chosen: Candidate) -> bytes:
        for _ in range(TRIES - 1):
            try:
                return await self._read(chosen)
            except (aiohttp.ClientError, OSError) as error:
                log.info("a picture did not arrive, trying again: %s", error)
            await asyncio.sleep(PAUSE)
        return await self._read(chosen)

    async def _read(self, chosen: Candidate) -> bytes:
        if chosen.typed:
            return await self._outside.fetch(chosen.url)
        if self._session is None:
            self._session = aiohttp.ClientSession()
        async with self._session.get(chosen.url) as response:
            if response.status in (403, 404, 410):
                raise Refusal(words.gone())
            response.raise_for_status()
            return await read(response, self._most)
