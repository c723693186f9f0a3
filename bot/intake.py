"""Which picture was meant, and its bytes, within limits. Knows of files, not of chats."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import aiohttp

from bot.errors import Refusal
from bot.ui import words

log = logging.getLogger(__name__)

SUFFIXES = frozenset(
    {".avif", ".bmp", ".gif", ".heic", ".heif", ".jfif", ".jpe", ".jpeg", ".jpg", ".jp2"}
    | {".mpo", ".png", ".tif", ".tiff", ".webp"}
)
TRIES = 3
PAUSE = 0.5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that may be the picture.

    Attributes:
        name: As it was posted; may lie.
        kind: Media type as it was declared, such as `image/png`; may lie too. None if undeclared.
        size: Bytes, as declared.
        url: Where the bytes are.
    """

    name: str
    kind: str | None
    size: int
    url: str

    @property
    def looks_right(self) -> bool:
        """Whether it claims to be a picture, by its media type or its name."""
        if self.kind is not None and self.kind.startswith("image/"):
            return True
        return PurePosixPath(self.name.lower()).suffix in SUFFIXES


@dataclass(frozen=True, slots=True)
class Chosen:
    """The picture that was meant.

    Attributes:
        data: Its bytes, not looked into.
        remark: What was left aside for it, or nothing.
    """

    data: bytes
    remark: str


class Intake:
    """Chooses among candidates and fetches.

    Args:
        most: Bytes of the largest picture that is accepted.
        patience: Seconds a picture may take to arrive.
    """

    def __init__(self, *, most: int, patience: float = 30.0) -> None:
        self._most = most
        self._patience = patience
        self._session: aiohttp.ClientSession | None = None

    async def picture(self, candidates: Sequence[Candidate]) -> Chosen:
        """The first candidate that claims to be a picture, or simply the first, fetched.

        Raises:
            Refusal: It is too large, gone, or doesn't arrive.
        """
        pictures = [candidate for candidate in candidates if candidate.looks_right]
        chosen = (pictures or list(candidates))[0]
        if chosen.size > self._most:
            raise Refusal(words.too_many_bytes(chosen.size, self._most))
        remark = words.first_of(len(pictures)) if len(pictures) > 1 else ""
        return Chosen(await self._fetch(chosen.url), remark)

    async def close(self) -> None:
        """Close what connections are kept."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _fetch(self, url: str) -> bytes:
        try:
            async with asyncio.timeout(self._patience):
                for _ in range(TRIES - 1):
                    try:
                        return await self._read(url)
                    except (aiohttp.ClientError, OSError) as error:
                        log.info("a picture did not arrive, trying again: %s", error)
                    await asyncio.sleep(PAUSE)
                return await self._read(url)
        except TimeoutError:
            raise Refusal(words.SLOW) from None
        except (aiohttp.ClientError, OSError) as error:
            log.warning("a picture did not arrive: %s", error)
            raise Refusal(words.UNREACHABLE) from None

    async def _read(self, url: str) -> bytes:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        async with self._session.get(url) as response:
            if response.status in (403, 404, 410):
                raise Refusal(words.GONE)
            response.raise_for_status()
            data = bytearray()
            # The size that was declared is a claim: what arrives is counted.
            async for chunk in response.content.iter_chunked(2**16):
                data += chunk
                if len(data) > self._most:
                    raise Refusal(words.too_many_bytes(None, self._most))
            return bytes(data)
