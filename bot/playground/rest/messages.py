"""REST: what is said in a channel."""

from aiohttp import web

from bot.playground.announcements import blanked
from bot.playground.limits import MESSAGE_WRITES, Limit
from bot.playground.permissions import Permission
from bot.playground.refusals import (
    another_author,
    cannot_message_user,
    invalid,
    missing_permissions,
    unknown_message,
)
from bot.playground.requests import Body
from bot.playground.routing import Call, Route, nothing, reply
from bot.playground.state import Channel, Message
from bot.playground.wire import Json, whole

_MOST_LISTED = 100
_DELETIONS = Limit(5, 1.0)


def _shown(call: Call, message: Message) -> Json:
    services = call.services
    data = services.payloads.message(message, call.sender)
    if call.sender.bot and not services.world.message_content:
        return blanked(data, services.world)
    return data


async def _list(call: Call) -> web.Response:
    channel = call.channel()
    limit = call.number("limit", 50, 1, _MOST_LISTED)
    if not call.services.world.may(call.sender, channel, Permission.READ_MESSAGE_HISTORY):
        return reply([])
    visible = [m for m in channel.messages.values() if m.seen_by in (None, call.sender.id)]
    # What only one person sees is in no history that a bot can read.
    if call.sender.bot:
        visible = [message for message in visible if message.seen_by is None]
    chosen = _window(call, sorted(visible, key=lambda message: message.id), limit)
    return reply([_shown(call, message) for message in reversed(chosen)])


def _window(call: Call, messages: list[Message], limit: int) -> list[Message]:
    """The part of the history, oldest first, that before, after or around ask for."""
    query, largest = call.request.query, (1 << 63) - 1
    if "after" in query:
        mark = call.number("after", 0, 0, largest)
        return [message for message in messages if message.id > mark][:limit]
    if "around" in query:
        mark = call.number("around", 0, 0, largest)
        older = [message for message in messages if message.id < mark]
        newer = [message for message in messages if message.id >= mark]
        half = limit // 2
        return older[-half:] * bool(half) + newer[: limit - half]
    if "before" in query:
        mark = call.number("before", 0, 0, largest)
        messages = [message for message in messages if message.id < mark]
    return messages[-limit:]


async def _get(call: Call) -> web.Response:
    channel = call.channel(Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY)
    return reply(_shown(call, _public(call, channel)))


def _public(call: Call, channel: Channel) -> Message:
    """The message of the path; one that answers an act in private is edited by its token only."""
    message = call.message(channel)
    if message.seen_by is not None and call.sender.bot:
        raise unknown_message()
    return message


async def _post(call: Call) -> web.Response:
    channel = call.channel(Permission.SEND_MESSAGES)
    if set(channel.recipients) & call.services.world.unreachable - {call.sender.id}:
        raise cannot_message_user()
    body = await call.body()
    _check_content_permissions(call, body)
    message = call.services.messages.post(call.sender, channel, body)
    nonce = {} if message.nonce is None else {"nonce": message.nonce}
    return reply(_shown(call, message) | nonce)


def _check_content_permissions(call: Call, body: Body) -> None:
    needed = Permission(0)
    if body.uploads:
        needed |= Permission.ATTACH_FILES
    if body.fields.get("embeds") and call.sender.bot:
        needed |= Permission.EMBED_LINKS
    if body.fields.get("message_reference"):
        needed |= Permission.READ_MESSAGE_HISTORY
    call.channel(needed)


async def _edit(call: Call) -> web.Response:
    channel = call.channel()
    body = await call.body()
    message = _public(call, channel)
    if message.author_id != call.sender.id:
        raise another_author()
    _check_content_permissions(call, Body({}, body.uploads))
    return reply(_shown(call, call.services.messages.edit(message, body)))


async def _delete(call: Call) -> web.Response:
    channel = call.channel()
    message = call.message(channel)
    own = call.sender.id in (message.author_id, message.seen_by)
    if not own and not call.services.world.may(call.sender, channel, Permission.MANAGE_MESSAGES):
        raise missing_permissions()
    call.services.messages.delete(message)
    return nothing()


async def _delete_many(call: Call) -> web.Response:
    channel = call.channel(Permission.MANAGE_MESSAGES)
    numbers = (await call.body()).fields.get("messages") or []
    if not 2 <= len(numbers) <= _MOST_LISTED:
        raise invalid("messages", "BASE_TYPE_BAD_LENGTH", "Must be between 2 and 100 in length.")
    for number in numbers:
        message = channel.messages.get(whole(number) or 0)
        if message is not None:
            call.services.messages.delete(message)
    return nothing()


_BASE = "/channels/{channel_id}/messages"

ROUTES = [
    Route("GET", _BASE, _list, place="channel_id"),
    Route("POST", _BASE, _post, MESSAGE_WRITES, "channel_id"),
    Route("POST", _BASE + "/bulk-delete", _delete_many, _DELETIONS, "channel_id"),
    Route("GET", _BASE + "/{message_id}", _get, place="channel_id"),
    Route("PATCH", _BASE + "/{message_id}", _edit, MESSAGE_WRITES, "channel_id"),
    Route("DELETE", _BASE + "/{message_id}", _delete, _DELETIONS, "channel_id"),
]
