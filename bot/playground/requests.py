"""Reading what a request carries: JSON or a form with files, within Discord's limits."""

import json
from dataclasses import dataclass, field

from aiohttp import BodyPartReader, web

from bot.playground.refusals import bad_request, invalid, too_large
from bot.playground.shapes import check_shapes
from bot.playground.wire import FILE_BYTES, REQUEST_BYTES, Json

_CHUNK = 1 << 16
_JSON = "application/json"
# Room for the names and headers of a form around its files.
_MARGIN = 1 << 16


@dataclass(frozen=True)
class Upload:
    """A file in a form, under the number in its field's name (`files[0]`)."""

    number: str
    filename: str
    data: bytes


@dataclass(frozen=True)
class Body:
    """What a request carried."""

    fields: Json
    uploads: tuple[Upload, ...] = field(default=())


async def read_body(request: web.Request, file_bytes: int = FILE_BYTES) -> Body:
    """Read the whole body, even one that will be refused, so that the sender hears why.

    Args:
        file_bytes: Most bytes of one file.
    """
    if request.content_type == "multipart/form-data":
        return await _form(request, file_bytes)
    data = await _raw(request)
    fields = _object(data) if data.strip() else {}
    check_shapes(fields)
    return Body(fields)


async def read_list(request: web.Request) -> list[Json]:
    """Read a body that is a JSON list of objects."""
    value = _json(await _raw(request))
    if not isinstance(value, list):
        raise bad_request("The request body contains invalid JSON.")
    check_shapes(value)
    return value


async def _raw(request: web.Request) -> bytes:
    data, size = bytearray(), 0
    async for chunk in request.content.iter_chunked(_CHUNK):
        size += len(chunk)
        if size <= REQUEST_BYTES + _MARGIN:
            data += chunk
    if size > REQUEST_BYTES + _MARGIN:
        raise too_large()
    if data.strip() and request.headers.get("Content-Type") and request.content_type != _JSON:
        raise invalid(
            "_", "CONTENT_TYPE_INVALID", f'Expected "Content-Type" header to be "{_JSON}".'
        )
    return bytes(data)


async def _form(request: web.Request, most: int) -> Body:
    fields: Json = {}
    uploads: list[Upload] = []
    total, over = 0, False
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                raise bad_request("Nested forms can't be read.")
            data, size = await _part(part, most)
            total += size
            over = over or size > most or total > REQUEST_BYTES + _MARGIN
            if part.name == "payload_json":
                fields |= _object(data)
            elif part.filename is not None:
                if not over:
                    uploads.append(Upload(_number(part.name), part.filename, data))
            elif part.name:
                fields[part.name] = data.decode(errors="replace")
    except (ValueError, AssertionError) as broken:
        raise bad_request("The request body contains an invalid form.") from broken
    if over:
        raise too_large()
    check_shapes(fields)
    return Body(fields, tuple(uploads))


async def _part(part: BodyPartReader, most: int) -> tuple[bytes, int]:
    data, size = bytearray(), 0
    while chunk := await part.read_chunk(_CHUNK):
        size += len(chunk)
        if size <= most:
            data += chunk
    return bytes(data), size


def _number(name: str | None) -> str:
    name = name or ""
    return name.removeprefix("files[").removesuffix("]") if name.startswith("files[") else name


def _object(data: bytes) -> Json:
    value = _json(data)
    if not isinstance(value, dict):
        raise bad_request("The request body contains invalid JSON.")
    return value


def _json(data: bytes) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise bad_request("The request body contains invalid JSON.") from None
