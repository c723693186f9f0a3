"""The avatars of those who chose none: one of six, as Discord gives them."""

import io

from aiohttp import web
from PIL import Image, ImageDraw

_COLOURS = ("#5865f2", "#747f8d", "#3ba55c", "#faa61a", "#ed4245", "#eb459e")
_SIDE = 256
"""Pixels."""


async def serve(request: web.Request) -> web.Response:
    """`/embed/avatars/{number}.png`, from 0 to 5."""
    number = int(request.match_info["number"])
    if number >= len(_COLOURS):
        raise web.HTTPNotFound
    return web.Response(body=_draw(_COLOURS[number]), content_type="image/png")


def _draw(colour: str) -> bytes:
    """A head with shoulders, white on that colour."""
    image = Image.new("RGB", (_SIDE, _SIDE), colour)
    draw = ImageDraw.Draw(image)
    draw.circle((_SIDE // 2, 100), 48, "white")
    draw.ellipse((40, 164, _SIDE - 40, _SIDE + 100), "white")
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
