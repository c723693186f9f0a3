"""The control: makes the playground misbehave, for tests; there only where asked for."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from aiohttp import web

from bot.playground.announcements import Audience
from bot.playground.faults import Fault
from bot.playground.permissions import named
from bot.playground.refusals import Refused, invalid, unknown_channel, unknown_message, unknown_user
from bot.playground.requests import read_body
from bot.playground.routing import reply
from bot.playground.services import SERVICES, Services
from bot.playground.sessions import Intent
from bot.playground.state import Channel, Overwrite, User
from bot.playground.wire import Json

_PATH = "/playground/control"


def install(app: web.Application) -> None:
    """Serve the control."""
    app.router.add_post(_PATH, _serve)


async def _serve(request: web.Request) -> web.Response:
    try:
        orders = (await read_body(request)).fields
        order = _ORDERS.get(str(orders.get("do")))
        if order is None:
            raise invalid("do", "BASE_TYPE_CHOICES", f"One of: {', '.join(sorted(_ORDERS))}.")
        return reply(order(request.app[SERVICES], orders))
    except Refused as refused:
        return reply(refused.body, refused.status)
    except (KeyError, ValueError, TypeError, OverflowError) as error:
        return reply({"message": f"This order can't be read: {error!r}", "code": 0}, 400)


def _fail(services: Services, order: Json) -> Json:
    """`method`, `path` (`*` for anything), `times`, `status`, `seconds` of silence before it.

    With `broken` the connection breaks off instead. With `done` the request takes effect first,
    and its answer is lost. Of `user` alone, if given.
    """
    status = order.get("status")
    fault = Fault(
        method=str(order.get("method", "*")).upper(),
        path=str(order.get("path", "*")),
        times=int(order.get("times", 1)),
        status=None if status is None else int(status),
        sender=_user(services, order).id if "user" in order else None,
        seconds=float(order.get("seconds", 0)),
        retry_after=float(order.get("retry_after", 1)),
        everywhere=bool(order.get("global")),
        broken=bool(order.get("broken")),
        done=bool(order.get("done")),
    )
    if fault.status is None and not fault.seconds and not fault.broken:
        raise ValueError("a status, a broken connection or seconds of silence")
    services.mischief.plan(fault)
    return {}


def _behave(services: Services, order: Json) -> Json:
    services.mischief.clear()
    return {}


def _disconnect(services: Services, order: Json) -> Json:
    """`resumable` (true), `abruptly` (false), `user` (the bot)."""
    ended = services.gateway.disconnect(
        _user(services, order),
        resumable=bool(order.get("resumable", True)),
        abruptly=bool(order.get("abruptly")),
    )
    return {"ended": ended}


def _grant(services: Services, order: Json) -> Json:
    return _permit(services, order, granted=True)


def _revoke(services: Services, order: Json) -> Json:
    return _permit(services, order, granted=False)


def _permit(services: Services, order: Json, *, granted: bool) -> Json:
    """`permission`, `user` (the bot), `channel` (every one)."""
    permission, user = named(str(order["permission"])), _user(services, order)
    one = order.get("channel")
    channels = [_channel(services, order)] if one else list(services.world.guild_channels())
    for channel in channels:
        overwrite = channel.overwrites.setdefault(user.id, Overwrite())
        overwrite.deny = overwrite.deny & ~permission if granted else overwrite.deny | permission
        overwrite.allow = overwrite.allow | permission if granted else overwrite.allow & ~permission
        services.gateway.announce_channel("CHANNEL_UPDATE", channel)
    return {"permissions": str(int(services.world.permissions(user, channels[0])))}


def _delete_message(services: Services, order: Json) -> Json:
    """`channel`, `message`; with `bare` only while nothing is attached to it."""
    message = _channel(services, order).messages.get(int(order["message"]))
    if message is None:
        raise unknown_message()
    if order.get("bare") and message.attachments:
        return {"deleted": False}
    services.messages.delete(message)
    return {"deleted": True}


def _admit(services: Services, order: Json) -> Json:
    """`name` of somebody new."""
    user = services.world.admit(str(order["name"]))
    member = services.payloads.member(user) | {"guild_id": str(services.world.guild_id)}
    services.gateway.announce("GUILD_MEMBER_ADD", member, Audience(intent=Intent.GUILD_MEMBERS))
    return {"id": str(user.id), "token": user.token}


def _open_channel(services: Services, order: Json) -> Json:
    """`name` of a new channel."""
    channel = services.world.room(str(order["name"]))
    services.gateway.announce_channel("CHANNEL_CREATE", channel)
    return {"id": str(channel.id)}


def _delete_channel(services: Services, order: Json) -> Json:
    channel = _channel(services, order)
    services.gateway.announce_channel("CHANNEL_DELETE", channel)
    del services.world.channels[channel.id]
    return {}


def _whispers(services: Services, order: Json) -> Json:
    """`user`, `open`: whether they take direct messages."""
    unreachable = services.world.unreachable
    (unreachable.discard if order["open"] else unreachable.add)(_user(services, order).id)
    return {}


def _tokens(services: Services, order: Json) -> Json:
    """`seconds` that an interaction's token lives, `answer_seconds` for its first answer."""
    world = services.world
    world.token_seconds = float(order.get("seconds", world.token_seconds))
    world.answer_seconds = float(order.get("answer_seconds", world.answer_seconds))
    return {"seconds": world.token_seconds, "answer_seconds": world.answer_seconds}


def _nonces(services: Services, order: Json) -> Json:
    """`seconds` that a message's nonce is remembered."""
    services.world.nonce_seconds = float(order["seconds"])
    return {}


def _boosts(services: Services, order: Json) -> Json:
    """`level` of the guild, 0 to 3: with it changes how large files may be."""
    level = int(order["level"])
    if not 0 <= level <= 3:
        raise ValueError("a level from 0 to 3")
    services.world.boosts = level
    guild = services.payloads.guild()
    services.gateway.announce("GUILD_UPDATE", guild, Audience(intent=Intent.GUILDS))
    return {"file_bytes": services.world.file_bytes()}


def _limits(services: Services, order: Json) -> Json:
    """`on`: whether requests that come too soon are held back."""
    services.limits.on = bool(order["on"])
    return {}


def _language(services: Services, order: Json) -> Json:
    """`locale` of a `user`'s client, such as `de`, which interactions tell."""
    _user(services, order).locale = str(order["locale"])
    return {}


def _intent(services: Services, order: Json) -> Json:
    """`message_content`: whether the application's portal has that intent switched on."""
    services.world.message_content = bool(order["message_content"])
    return {}


def _requests(services: Services, order: Json) -> Json:
    """Every request since the start, or since the last `forget`."""
    return {"requests": [asdict(seen) for seen in services.record.all()]}


def _forget(services: Services, order: Json) -> Json:
    services.record.clear()
    return {}


def _chronicle(services: Services, order: Json) -> Json:
    """Every writing since the start, or all but the first `after` of them."""
    writings = services.chronicle.after(int(order.get("after", 0)))
    return {"writings": [asdict(writing) for writing in writings]}


def _connected(services: Services, order: Json) -> Json:
    """How many sessions of the bot are connected."""
    return {"bots": services.gateway.bots_here()}


def _user(services: Services, order: Json) -> User:
    user = services.world.users.get(int(order.get("user") or services.world.bot.id))
    if user is None:
        raise unknown_user()
    return user


def _channel(services: Services, order: Json) -> Channel:
    channel = services.world.channels.get(int(order["channel"]))
    if channel is None:
        raise unknown_channel()
    return channel


_ORDERS: dict[str, Callable[[Services, dict[str, Any]], Json]] = {
    "fail": _fail,
    "behave": _behave,
    "disconnect": _disconnect,
    "grant": _grant,
    "revoke": _revoke,
    "admit": _admit,
    "open_channel": _open_channel,
    "delete_message": _delete_message,
    "delete_channel": _delete_channel,
    "whispers": _whispers,
    "tokens": _tokens,
    "nonces": _nonces,
    "boosts": _boosts,
    "limits": _limits,
    "language": _language,
    "intent": _intent,
    "requests": _requests,
    "forget": _forget,
    "chronicle": _chronicle,
    "connected": _connected,
}
