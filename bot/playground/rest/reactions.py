"""REST: reactions to messages."""

import re

from aiohttp import web

from bot.playground.announcements import Audience
from bot.playground.limits import REACTIONS
from bot.playground.payloads import emoji
from bot.playground.permissions import Permission
from bot.playground.refusals import Refused, missing_permissions, unknown_emoji, unknown_user
from bot.playground.routing import Call, Route, nothing, reply
from bot.playground.sessions import Intent
from bot.playground.state import Channel, Message
from bot.playground.wire import Json

_MOST_KINDS = 20


def _name(call: Call) -> str:
    name = call.text("emoji")
    custom = re.fullmatch(r"\w{2,32}:\d{15,20}", name)
    if not custom and (name.isascii() or name.isalpha() or len(name) > 32):
        raise unknown_emoji()
    return name


def _announce(call: Call, channel: Channel, message: Message, name: str, about: Json) -> None:
    data: Json = {"channel_id": str(channel.id), "message_id": str(message.id), **about}
    if not channel.direct:
        data["guild_id"] = str(call.services.world.guild_id)
    audience = Audience(channel, Intent.GUILD_MESSAGE_REACTIONS, only=message.seen_by)
    call.services.gateway.announce(name, data, audience)


async def _add(call: Call) -> web.Response:
    channel = call.channel(Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY)
    message, name, user = call.message(channel), _name(call), call.sender
    if name not in message.reactions:
        if not call.services.world.may(user, channel, Permission.ADD_REACTIONS):
            raise missing_permissions()
        if len(message.reactions) >= _MOST_KINDS:
            raise Refused(400, 30010, "Maximum number of reactions reached (20)")
    people = message.reactions.setdefault(name, [])
    if user.id not in people:
        people.append(user.id)
        about: Json = {"user_id": str(user.id), "emoji": emoji(name), "burst": False, "type": 0}
        about["message_author_id"] = str(message.author_id)
        if not channel.direct:
            about["member"] = call.services.payloads.member(user)
        _announce(call, channel, message, "MESSAGE_REACTION_ADD", about)
    return nothing()


def _take_away(call: Call, channel: Channel, message: Message, name: str, user_id: int) -> None:
    people = message.reactions.get(name, [])
    if user_id not in people:
        return
    people.remove(user_id)
    if not people:
        del message.reactions[name]
    about: Json = {"user_id": str(user_id), "emoji": emoji(name), "burst": False, "type": 0}
    _announce(call, channel, message, "MESSAGE_REACTION_REMOVE", about)


async def _remove_own(call: Call) -> web.Response:
    channel = call.channel()
    _take_away(call, channel, call.message(channel), _name(call), call.sender.id)
    return nothing()


async def _remove_other(call: Call) -> web.Response:
    channel = call.channel(Permission.VIEW_CHANNEL | Permission.MANAGE_MESSAGES)
    user_id = call.id("user_id")
    if user_id not in call.services.world.users:
        raise unknown_user()
    _take_away(call, channel, call.message(channel), _name(call), user_id)
    return nothing()


async def _people(call: Call) -> web.Response:
    channel = call.channel(Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY)
    people = call.message(channel).reactions.get(_name(call), [])
    limit, after = call.number("limit", 25, 1, 100), call.number("after", 0, 0, 1 << 63)
    later = sorted(user for user in people if user > after)[:limit]
    users = call.services.world.users
    return reply([call.services.payloads.user(users[user]) for user in later])


async def _clear(call: Call) -> web.Response:
    channel = call.channel(Permission.VIEW_CHANNEL | Permission.MANAGE_MESSAGES)
    message = call.message(channel)
    message.reactions.clear()
    _announce(call, channel, message, "MESSAGE_REACTION_REMOVE_ALL", {})
    return nothing()


async def _clear_one(call: Call) -> web.Response:
    channel = call.channel(Permission.VIEW_CHANNEL | Permission.MANAGE_MESSAGES)
    message, name = call.message(channel), _name(call)
    if message.reactions.pop(name, None) is not None:
        about: Json = {"emoji": emoji(name)}
        _announce(call, channel, message, "MESSAGE_REACTION_REMOVE_EMOJI", about)
    return nothing()


_ALL = "/channels/{channel_id}/messages/{message_id}/reactions"
_ONE = _ALL + "/{emoji}"

ROUTES = [
    Route("PUT", _ONE + "/@me", _add, REACTIONS, "channel_id"),
    Route("DELETE", _ONE + "/@me", _remove_own, REACTIONS, "channel_id"),
    Route("DELETE", _ONE + "/{user_id}", _remove_other, REACTIONS, "channel_id"),
    Route("GET", _ONE, _people, place="channel_id"),
    Route("DELETE", _ONE, _clear_one, REACTIONS, "channel_id"),
    Route("DELETE", _ALL, _clear, REACTIONS, "channel_id"),
]
