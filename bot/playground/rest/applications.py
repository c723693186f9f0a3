"""REST: the bot's application and its commands."""

from aiohttp import web

from bot.playground.refusals import missing_access, unknown_guild
from bot.playground.requests import read_list
from bot.playground.routing import Call, Route, nothing, reply


async def _application(call: Call) -> web.Response:
    return reply(call.services.payloads.application())


def _scope(call: Call) -> int | None:
    """The guild of the path, None for global commands; the application has to be the bot's."""
    world = call.services.world
    if call.id("application_id") != world.bot.id or not call.sender.bot:
        raise missing_access()
    if "guild_id" not in call.request.match_info:
        return None
    if call.id("guild_id") != world.guild_id:
        raise unknown_guild()
    return world.guild_id


async def _list(call: Call) -> web.Response:
    commands = call.services.registry.all(_scope(call))
    return reply([call.services.payloads.command(command) for command in commands])


async def _replace(call: Call) -> web.Response:
    scope = _scope(call)
    commands = call.services.registry.replace_all(await read_list(call.request), scope)
    return reply([call.services.payloads.command(command) for command in commands])


async def _create(call: Call) -> web.Response:
    scope = _scope(call)
    command = call.services.registry.upsert((await call.body()).fields, scope)
    return reply(call.services.payloads.command(command), 201)


async def _get(call: Call) -> web.Response:
    command = call.services.registry.one(call.id("command_id"), _scope(call))
    return reply(call.services.payloads.command(command))


async def _edit(call: Call) -> web.Response:
    command = call.services.registry.one(call.id("command_id"), _scope(call))
    edited = call.services.registry.edit(command, (await call.body()).fields)
    return reply(call.services.payloads.command(edited))


async def _delete(call: Call) -> web.Response:
    call.services.registry.remove(call.services.registry.one(call.id("command_id"), _scope(call)))
    return nothing()


_GLOBAL = "/applications/{application_id}/commands"
_GUILD = "/applications/{application_id}/guilds/{guild_id}/commands"

ROUTES = [
    Route("GET", "/oauth2/applications/@me", _application),
    Route("GET", "/applications/@me", _application),
    *(
        route
        for base in (_GLOBAL, _GUILD)
        for route in (
            Route("GET", base, _list),
            Route("PUT", base, _replace),
            Route("POST", base, _create),
            Route("GET", base + "/{command_id}", _get),
            Route("PATCH", base + "/{command_id}", _edit),
            Route("DELETE", base + "/{command_id}", _delete),
        )
    ),
]
