"""REST: users, oneself, direct messages, and where the gateway is."""

import re

from aiohttp import web

from bot.playground.refusals import cannot_message_user, invalid, unknown_user
from bot.playground.routing import Call, Route, nothing, reply, wants
from bot.playground.wire import Json, whole

_LOCALE = re.compile(r"^[a-z]{2}(-[A-Z]{2}|-[0-9]{3})?$")


async def _gateway(call: Call) -> web.Response:
    return reply({"url": call.services.gateway.address})


async def _gateway_for_bots(call: Call) -> web.Response:
    limits: Json = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
    return reply({"url": call.services.gateway.address, "shards": 1, "session_start_limit": limits})


async def _me(call: Call) -> web.Response:
    return reply(call.services.payloads.me(call.sender))


async def _choose_settings(call: Call) -> web.Response:
    """What a client is set to; here no more than its language."""
    locale = wants((await call.body()).fields, "locale")
    if not isinstance(locale, str) or not _LOCALE.match(locale):
        raise invalid("locale", "BASE_TYPE_CHOICES", "A language, such as en-US or de.")
    call.sender.locale = locale
    return reply({"locale": locale})


async def _user(call: Call) -> web.Response:
    user = call.services.world.users.get(call.id("user_id"))
    if user is None:
        raise unknown_user()
    return reply(call.services.payloads.user(user))


async def _guilds(call: Call) -> web.Response:
    world = call.services.world
    guild: Json = {
        "id": str(world.guild_id),
        "name": world.guild_name,
        "icon": None,
        "owner": call.sender.id == world.owner_id,
        "permissions": str(int(world.permissions(call.sender))),
        "features": [],
    }
    return reply([guild])


async def _direct(call: Call) -> web.Response:
    fields = (await call.body()).fields
    world = call.services.world
    other = world.users.get(whole(wants(fields, "recipient_id")) or 0)
    if other is None:
        raise unknown_user()
    if other.id == call.sender.id:
        raise cannot_message_user()
    known = len(world.channels)
    channel = world.direct(call.sender, other)
    if len(world.channels) > known:
        call.services.gateway.announce_channel("CHANNEL_CREATE", channel)
    return reply(call.services.payloads.channel(channel))


async def _direct_channels(call: Call) -> web.Response:
    channels = call.services.world.channels.values()
    own = [c for c in channels if c.direct and call.sender.id in c.recipients]
    return reply([call.services.payloads.channel(channel) for channel in own])


async def _log_out(call: Call) -> web.Response:
    return nothing()


ROUTES = [
    Route("GET", "/gateway", _gateway, open=True),
    Route("GET", "/gateway/bot", _gateway_for_bots),
    Route("GET", "/users/@me", _me),
    Route("PATCH", "/users/@me/settings", _choose_settings),
    Route("GET", "/users/@me/guilds", _guilds),
    Route("POST", "/users/@me/channels", _direct),
    Route("GET", "/users/@me/channels", _direct_channels),
    Route("GET", "/users/{user_id}", _user),
    Route("POST", "/auth/logout", _log_out),
]
