"""REST: interactions, a person's side and the bot's first answer."""

from aiohttp import web

from bot.playground.refusals import Refused
from bot.playground.requests import Body
from bot.playground.routing import Call, Route, nothing, reply, wants


async def _act(call: Call) -> web.Response:
    if call.sender.bot:
        raise Refused(403, 20001, "Bots cannot use this endpoint")
    call.services.acts.act(call.sender, await call.body())
    return nothing()


async def _answer(call: Call) -> web.Response:
    body = await call.body()
    wants(body.fields, "type")
    answered = call.services.interactions.answer(
        call.id("interaction_id"), call.text("token"), Body(body.fields, body.uploads)
    )
    if call.request.query.get("with_response", "0").lower() in ("1", "true"):
        return reply(answered)
    return nothing()


ROUTES = [
    Route("POST", "/interactions", _act),
    Route(
        "POST",
        "/interactions/{interaction_id}/{token}/callback",
        _answer,
        place="token",
        open=True,
    ),
]
