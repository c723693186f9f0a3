"""The chat page: serves its files, and tells it who is there."""

from pathlib import Path

from aiohttp import web

from bot.playground.routing import reply
from bot.playground.services import SERVICES
from bot.playground.wire import API

_FILES = Path(__file__).parent / "page"
# A picture to begin with: it comes with the source, and not with an installed package.
_EXAMPLE = Path(__file__).parents[2] / "docs" / "pictures" / "rocket.jpg"
_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
# Nothing but the page's own files runs; pictures come from here or from the person's clipboard.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


def install(app: web.Application) -> None:
    """Serve the page at `/`."""
    app.router.add_get("/", _index)
    app.router.add_get("/playground/me", _me)
    app.router.add_get("/page/{name}", _file)
    if _EXAMPLE.is_file():
        app.router.add_get("/playground/rocket.jpg", _example)


async def _index(request: web.Request) -> web.Response:
    return _page_file("index.html")


async def _file(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    if name not in {path.name for path in _FILES.iterdir()}:
        raise web.HTTPNotFound
    return _page_file(name)


def _page_file(name: str) -> web.Response:
    path = _FILES / name
    return web.Response(
        body=path.read_bytes(),
        content_type=_TYPES[path.suffix],
        charset="utf-8",
        headers={"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"},
    )


async def _example(request: web.Request) -> web.StreamResponse:
    return web.FileResponse(_EXAMPLE)


async def _me(request: web.Request) -> web.Response:
    """Where the page finds things, and the persons it may speak for."""
    services = request.app[SERVICES]
    world = services.world
    return reply(
        {
            "api": API,
            "gateway": "/gateway/",
            "cdn": services.payloads.cdn,
            "guild": {"id": str(world.guild_id), "name": world.guild_name},
            "channel": str(world.dreams.id),
            "application_id": str(world.bot.id),
            "bot": {**services.payloads.user(world.bot), "display_name": world.bot.display_name},
            "file_bytes": world.file_bytes(),
            "example": "/playground/rocket.jpg" if _EXAMPLE.is_file() else None,
            "persons": [
                {
                    "id": str(person.id),
                    "name": person.nick or person.display_name,
                    "token": person.token,
                    "permissions": str(int(world.permissions(person))),
                }
                for person in world.people
            ],
        }
    )
