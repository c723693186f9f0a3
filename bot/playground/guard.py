"""Keeps other web pages out: only the box's own address, only its own page."""

import ipaddress
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware

from bot.playground.refusals import Refused
from bot.playground.routing import reply

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


def guard(host: str) -> Middleware:
    """The middleware that refuses what a foreign page sends; `host` is where the box listens."""

    @web.middleware
    async def guarded(request: web.Request, handler: _Handler) -> web.StreamResponse:
        if not _own_host(request, host) or _foreign(request):
            refusal = Refused(403, 0, "The playground answers its own page and address only.")
            return reply(refusal.body, refusal.status)
        return await handler(request)

    return guarded


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Headers of every answer."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)


def _own_host(request: web.Request, host: str) -> bool:
    """Whether the address asked for is this box's: a name bound to it by somebody else isn't."""
    try:
        asked = urlsplit(f"//{request.headers.get('Host', '')}").hostname or ""
    except ValueError:
        return False
    if asked in {host, "localhost", "127.0.0.1", "::1"}:
        return True
    # Listening everywhere, it has addresses that it doesn't know; a name could be a trick,
    # a number can't.
    return _is_address(asked) and _listens_everywhere(host)


def _listens_everywhere(host: str) -> bool:
    return _is_address(host) and ipaddress.ip_address(host).is_unspecified


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _foreign(request: web.Request) -> bool:
    """Whether a browser sends this for a page that isn't the box's own."""
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"{request.scheme}://{request.headers.get('Host', '')}":
        return True
    site = request.headers.get("Sec-Fetch-Site", "none")
    visits = request.headers.get("Sec-Fetch-Mode") == "navigate" and request.method == "GET"
    return site not in ("same-origin", "none") and not visits
