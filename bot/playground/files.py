"""Files that were uploaded: kept, named by a signed address that expires, served harmlessly."""

import hashlib
import hmac
import io
import mimetypes
import re
import secrets
import warnings
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import web
from PIL import Image

_DAY = 86_400
_KEPT_BYTES = 64 * 2**20
_TYPES = {".webp": "image/webp", ".avif": "image/avif", ".heic": "image/heic", ".bmp": "image/bmp"}
_SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"})


@dataclass(frozen=True, eq=False)
class StoredFile:
    """An attachment: its bytes, and what its record says about them."""

    id: int
    channel_id: int
    filename: str
    title: str | None
    description: str | None
    content_type: str | None
    data: bytes
    width: int | None
    height: int | None


class Files:
    """Keeps attachments, and those no longer shown for a while longer, as a CDN's cache would."""

    def __init__(self, next_id: Callable[[], int], clock: Callable[[], float]) -> None:
        self._next_id = next_id
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._kept: dict[int, StoredFile] = {}
        self._retired: deque[StoredFile] = deque()
        self._retired_bytes = 0

    def make(
        self, channel_id: int, filename: str, data: bytes, description: str | None = None
    ) -> StoredFile:
        """A file not yet kept; its name is made safe as Discord does, spaces as underscores."""
        safe = _safe(filename)
        title = filename.rsplit(".", 1)[0] if safe != filename else None
        kind = _kind(safe)
        width, height = _size(data) if kind and kind.startswith("image/") else (None, None)
        return StoredFile(
            self._next_id(), channel_id, safe, title, description, kind, data, width, height
        )

    def keep(self, stored: StoredFile) -> None:
        """Serve a file from now on."""
        self._kept[stored.id] = stored

    def retire(self, stored: StoredFile) -> None:
        """Let go of a file that no message shows; whoever is fetching it now still can."""
        if stored.id not in self._kept or stored in self._retired:
            return
        self._retired.append(stored)
        self._retired_bytes += len(stored.data)
        while self._retired_bytes > _KEPT_BYTES:
            oldest = self._retired.popleft()
            self._retired_bytes -= len(oldest.data)
            self._kept.pop(oldest.id, None)

    def path(self, stored: StoredFile) -> str:
        """Where it is served, signed and good for a day."""
        # Rounded, so that one file keeps one address for a while and a browser its cache.
        issued = int(self._clock()) // 3600 * 3600
        expires, mark = f"{issued + _DAY:x}", self._mark(stored.id, issued + _DAY)
        name = quote(stored.filename)
        return (
            f"/attachments/{stored.channel_id}/{stored.id}/{name}"
            f"?ex={expires}&is={issued:x}&hm={mark}&"
        )

    async def serve(self, request: web.Request) -> web.Response:
        """Answer a request for a file; whatever it holds, a browser runs nothing of it."""
        stored = self._found(request)
        if stored is None:
            return web.Response(status=404, text="This content is no longer available.")
        shown = stored.content_type in _SHOWN and "download" not in request.query
        kind = stored.content_type or "application/octet-stream"
        return web.Response(
            body=stored.data,
            headers={
                "Content-Type": kind if shown else "application/octet-stream",
                "Content-Disposition": f"{'inline' if shown else 'attachment'}; "
                f"filename*=UTF-8''{quote(stored.filename)}",
                "Content-Security-Policy": "default-src 'none'; sandbox",
                "Cache-Control": "private, max-age=3600",
            },
        )

    def _found(self, request: web.Request) -> StoredFile | None:
        try:
            number = int(request.match_info["file_id"])
            expires = int(request.query["ex"], 16)
            mark = request.query["hm"]
        except (KeyError, ValueError):
            return None
        stored = self._kept.get(number)
        valid = hmac.compare_digest(
            mark.encode(errors="surrogatepass"), self._mark(number, expires).encode()
        )
        if stored is None or not valid or expires < self._clock():
            return None
        return stored if request.match_info["name"] == stored.filename else None

    def _mark(self, number: int, expires: int) -> str:
        return hmac.new(self._key, f"{number}:{expires}".encode(), hashlib.sha256).hexdigest()


def _safe(filename: str) -> str:
    name = re.sub(r"\s+", "_", filename.replace("\\", "/").rsplit("/", 1)[-1].strip())
    name = re.sub(r"[^\w.\-]", "", name, flags=re.ASCII).lstrip(".")[-200:]
    return name or "unknown"


def _kind(filename: str) -> str | None:
    suffix = "." + filename.rsplit(".", 1)[-1].lower()
    return _TYPES.get(suffix) or mimetypes.guess_type(filename)[0]


def _size(data: bytes) -> tuple[int | None, int | None]:
    """Width and height from a picture's header; nothing is decoded."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data)) as picture:
                return picture.size
    except Exception:  # whatever a broken header makes Pillow raise: it just has no size then
        return None, None
