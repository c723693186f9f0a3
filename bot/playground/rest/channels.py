"""REST: channels themselves."""

from aiohttp import web

from bot.playground.announcements import Audience
from bot.playground.limits import MESSAGE_WRITES
from bot.playground.permissions import Permission
from bot.playground.routing import Call, Route, nothing, reply
from bot.playground.sessions import Intent
from bot.playground.wire import Json


async def _channel(call: Call) -> web.Response:
    return reply(call.services.payloads.channel(call.channel()))


async def _typing(call: Call) -> web.Response:
    channel = call.channel(Permission.SEND_MESSAGES)
    services = call.services
    data: Json = {
        "channel_id": str(channel.id),
        "user_id": str(call.sender.id),
        "timestamp": int(services.world.now()),
    }
    if not channel.direct:
        member = services.payloads.member(call.sender)
        data |= {"guild_id": str(services.world.guild_id), "member": member}
    audience = Audience(channel, Intent.GUILD_MESSAGE_TYPING)
    services.gateway.announce("TYPING_START", data, audience)
    return nothing()


ROUTES = [
    Route("GET", "/channels/{channel_id}", _channel, place="channel_id"),
    Route("POST", "/channels/{channel_id}/typing", _typing, MESSAGE_WRITES, "channel_id"),
]
