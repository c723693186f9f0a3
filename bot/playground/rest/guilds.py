"""REST: the guild, its members and its roles."""

from aiohttp import web

from bot.playground.announcements import Audience
from bot.playground.permissions import Permission
from bot.playground.refusals import invalid, missing_permissions, unknown_guild, unknown_member
from bot.playground.routing import Call, Route, reply
from bot.playground.sessions import Intent
from bot.playground.wire import Json

_NICK = 32


def _check(call: Call) -> None:
    if call.id("guild_id") != call.services.world.guild_id:
        raise unknown_guild()


async def _guild(call: Call) -> web.Response:
    _check(call)
    data = call.services.payloads.guild()
    if call.request.query.get("with_counts") in ("1", "true", "True"):
        count = len(call.services.world.users)
        data |= {"approximate_member_count": count, "approximate_presence_count": count}
    return reply(data)


async def _channels(call: Call) -> web.Response:
    _check(call)
    world, payloads = call.services.world, call.services.payloads
    return reply(
        [
            payloads.channel(channel)
            for channel in world.guild_channels()
            if world.may(call.sender, channel, Permission.VIEW_CHANNEL)
        ]
    )


async def _roles(call: Call) -> web.Response:
    _check(call)
    return reply([call.services.payloads.role(r) for r in call.services.world.roles.values()])


async def _members(call: Call) -> web.Response:
    _check(call)
    limit, after = call.number("limit", 1, 1, 1000), call.number("after", 0, 0, 1 << 63)
    users = sorted(call.services.world.users.values(), key=lambda user: user.id)
    later = [user for user in users if user.id > after][:limit]
    return reply([call.services.payloads.member(user) for user in later])


async def _search(call: Call) -> web.Response:
    _check(call)
    query, limit = call.request.query.get("query", "").lower(), call.number("limit", 1, 1, 1000)
    found = [
        user
        for user in call.services.world.users.values()
        if user.name.lower().startswith(query) or user.display_name.lower().startswith(query)
    ]
    return reply([call.services.payloads.member(user) for user in found[:limit]])


async def _member(call: Call) -> web.Response:
    _check(call)
    user = call.services.world.users.get(call.id("user_id"))
    if user is None:
        raise unknown_member()
    return reply(call.services.payloads.member(user))


async def _rename_oneself(call: Call) -> web.Response:
    _check(call)
    nick = (await call.body()).fields.get("nick")
    if nick is not None and (not isinstance(nick, str) or len(nick) > _NICK):
        raise invalid("nick", "BASE_TYPE_BAD_LENGTH", f"Must be {_NICK} or fewer in length.")
    if not call.services.world.permissions(call.sender) & Permission.CHANGE_NICKNAME:
        raise missing_permissions()
    call.sender.nick = nick or None
    member = call.services.payloads.member(call.sender)
    data = {"guild_id": str(call.services.world.guild_id), **member}
    call.services.gateway.announce(
        "GUILD_MEMBER_UPDATE", data, Audience(intent=Intent.GUILD_MEMBERS)
    )
    return reply(member)


async def _commands(call: Call) -> web.Response:
    _check(call)
    return reply(_index(call, direct=False))


async def _commands_of_channel(call: Call) -> web.Response:
    return reply(_index(call, direct=call.channel().direct))


def _index(call: Call, *, direct: bool) -> Json:
    services = call.services
    commands = services.registry.usable(direct=direct)
    return {
        "applications": [services.payloads.application()],
        "application_commands": [services.payloads.command(command) for command in commands],
    }


ROUTES = [
    Route("GET", "/guilds/{guild_id}", _guild),
    Route("GET", "/guilds/{guild_id}/channels", _channels),
    Route("GET", "/guilds/{guild_id}/roles", _roles),
    Route("GET", "/guilds/{guild_id}/members", _members),
    Route("GET", "/guilds/{guild_id}/members/search", _search),
    Route("GET", "/guilds/{guild_id}/members/{user_id}", _member),
    Route("PATCH", "/guilds/{guild_id}/members/@me", _rename_oneself),
    Route("GET", "/guilds/{guild_id}/application-command-index", _commands),
    Route("GET", "/channels/{channel_id}/application-command-index", _commands_of_channel),
]
