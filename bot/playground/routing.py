"""The way of a REST request: counted, authorised, limited, answered, and refused loudly."""

import asyncio
import json
import logging
import math
import secrets
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.playground.faults import Fault
from bot.playground.limits import ORDINARY, Limit, Verdict
from bot.playground.permissions import Permission
from bot.playground.record import Seen
from bot.playground.refusals import (
    Refused,
    invalid,
    missing_access,
    missing_permissions,
    not_implemented,
    unauthorized,
    unknown_channel,
    unknown_message,
)
from bot.playground.requests import Body, read_body
from bot.playground.services import SERVICES, Services
from bot.playground.state import Channel, Message, User
from bot.playground.wire import API, Json, whole

_log = logging.getLogger(__name__)

# A 429 without this header is taken for a ban by Cloudflare, not for a limit.
_VIA = {"Via": "1.1 playground"}


@dataclass(frozen=True)
class Call:
    """A request that passed: who sent it, and what it names."""

    services: Services
    request: web.Request
    sender: User

    def id(self, name: str) -> int:
        """An id from the path."""
        value = self.request.match_info[name]
        number = whole(value)
        if number is None:
            raise invalid(name, "NUMBER_TYPE_COERCE", f'Value "{value[:50]}" is not snowflake.')
        return number

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """A number from the query."""
        value = self.request.query.get(name, str(default))
        number = whole(value)
        if number is None:
            raise invalid(name, "NUMBER_TYPE_COERCE", f'Value "{value[:50]}" is not int.')
        if not least <= number <= most:
            raise invalid(
                name, "NUMBER_TYPE_MAX", f"int value should be between {least} and {most}."
            )
        return number

    def text(self, name: str) -> str:
        """A word from the path."""
        return self.request.match_info[name]

    async def body(self) -> Body:
        """What the request carries."""
        world = self.services.world
        number = whole(self.request.match_info.get("channel_id")) or 0
        return await read_body(self.request, world.file_bytes(world.channels.get(number)))

    def channel(self, needed: Permission = Permission.VIEW_CHANNEL) -> Channel:
        """The channel of the path, where the sender has the permissions."""
        world = self.services.world
        channel = world.channels.get(self.id("channel_id"))
        if channel is None:
            raise unknown_channel()
        if not world.may(self.sender, channel, Permission.VIEW_CHANNEL):
            raise missing_access()
        held = world.permissions(self.sender, channel)
        if held & needed != needed:
            raise missing_permissions()
        return channel

    def message(self, channel: Channel) -> Message:
        """The message of the path."""
        found = self.services.world.message(channel.id, self.id("message_id"), self.sender)
        if found is None:
            raise unknown_message()
        return found


Handler = Callable[[Call], Awaitable[web.Response]]


@dataclass(frozen=True)
class Route:
    """One route below `/api/v10`.

    Attributes:
        place: The part of the path that has a limit of its own.
        open: Whether no token is needed, because one is in the path.
    """

    method: str
    path: str
    handler: Handler
    limit: Limit = ORDINARY
    place: str | None = None
    open: bool = False


def reply(data: object, status: int = 200) -> web.Response:
    """An answer in JSON; the plain content type is what clients compare with."""
    text = json.dumps(data, separators=(",", ":"))
    return web.Response(
        body=text.encode(), status=status, headers={"Content-Type": "application/json"}
    )


def nothing() -> web.Response:
    """An answer without content."""
    return web.Response(status=204)


def install(app: web.Application, routes: list[Route]) -> None:
    """Serve the routes, and refuse whatever else is asked of the API."""
    for route in routes:
        app.router.add_route(route.method, API + route.path, _served(route))
    app.router.add_route("*", "/api/{rest:.*}", _unknown)
    app.middlewares.append(_answering)


def _served(route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def serve(request: web.Request) -> web.StreamResponse:
        services = request.app[SERVICES]
        asking = services.world.by_token(_token(request))
        fault = services.mischief.take(
            route.method, request.path.removeprefix(API), asking.id if asking else None
        )
        if fault is not None and not fault.done:
            await _misbehave(fault, request)
        sender = _sender(services, request, route)
        verdict = _limit(services, request, route, sender)
        if not verdict.allowed:
            return _refusal(await _drained(request, _too_fast(verdict)))
        try:
            answer = await route.handler(Call(services, request, sender))
        except Refused as refused:
            answer = _refusal(await _drained(request, refused))
        answer.headers.update(verdict.headers)
        if fault is not None and fault.done:
            await _misbehave(fault, request)
        return answer

    return serve


async def _unknown(request: web.Request) -> web.StreamResponse:
    raise not_implemented(request.method, request.path)


@web.middleware
async def _answering(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Turns what goes wrong into Discord's JSON, and counts every request of the API."""
    if not request.path.startswith("/api/"):
        return await handler(request)
    try:
        answer = await handler(request)
    except Refused as refused:
        answer = _refusal(await _drained(request, refused))
    except web.HTTPException as missing:
        if missing.status not in (404, 405):
            raise
        answer = _refusal(await _drained(request, not_implemented(request.method, request.path)))
    except (asyncio.CancelledError, ConnectionError):
        raise
    except Exception:
        number = secrets.token_hex(4)
        _log.exception("The playground failed at %s %s [%s]", request.method, request.path, number)
        answer = reply({"message": "500: Internal Server Error", "code": 0, "id": number}, 500)
    if answer.status == 501:
        _log.error("The playground does not implement %s %s", request.method, request.path)
    _count(request, answer.status)
    return answer


def _count(request: web.Request, status: int) -> None:
    services = request.app[SERVICES]
    resource = request.match_info.route.resource
    sender = services.world.by_token(_token(request))
    services.record.add(
        Seen(
            services.world.now(),
            request.method,
            (resource.canonical if resource else "").removeprefix(API),
            request.path.removeprefix(API),
            status,
            sender.id if sender else None,
        )
    )


def _sender(services: Services, request: web.Request, route: Route) -> User:
    sender = services.world.by_token(_token(request))
    if sender is not None and sender.bot == request.headers.get("Authorization", "").startswith(
        "Bot "
    ):
        return sender
    if route.open:
        return services.world.bot
    raise unauthorized()


def _token(request: web.Request) -> str:
    return request.headers.get("Authorization", "").removeprefix("Bot ").strip()


def _limit(services: Services, request: web.Request, route: Route, sender: User) -> Verdict:
    place = request.match_info.get(route.place, "") if route.place else ""
    return services.limits.pass_through(
        f"{route.method} {route.path}", f"{place}:{sender.id}", route.limit
    )


def _too_fast(verdict: Verdict) -> Refused:
    return _limited(verdict.retry_after, verdict.headers)


def _limited(
    retry_after: float, headers: Mapping[str, str], *, everywhere: bool = False
) -> Refused:
    told = {"retry_after": round(retry_after, 3), "global": everywhere}
    scope = "global" if everywhere else "user"
    return Refused(
        429,
        0,
        "You are being rate limited.",
        headers={
            **headers,
            **_VIA,
            "Retry-After": str(max(1, math.ceil(retry_after))),
            "X-RateLimit-Scope": scope,
            **({"X-RateLimit-Global": "true"} if everywhere else {}),
        },
        extra=told,
    )


async def _misbehave(fault: Fault, request: web.Request) -> None:
    if fault.seconds:
        await asyncio.sleep(fault.seconds)
    if fault.broken and request.transport is not None:
        request.transport.abort()
        raise ConnectionResetError("the control asked for it")
    if fault.status == 429:
        raise _limited(fault.retry_after, {}, everywhere=fault.everywhere)
    if fault.status is not None:
        raise Refused(fault.status, 0, f"{fault.status}: the control asked for it")


async def _drained(request: web.Request, refused: Refused) -> Refused:
    """The refusal, once the body was read: who is still sending doesn't hear the answer."""
    # Nobody hears it who has hung up.
    with suppress(ConnectionError):
        async for _ in request.content.iter_chunked(1 << 16):
            pass
    return refused


def _refusal(refused: Refused) -> web.Response:
    answer = reply(refused.body, refused.status)
    answer.headers.update(refused.headers)
    return answer


def wants(fields: Json, name: str) -> Any:
    """A field that has to be there."""
    if fields.get(name) is None:
        raise invalid(name, "BASE_TYPE_REQUIRED", "This field is required")
    return fields[name]
