"""REST: an interaction's further answers, through its token."""

from aiohttp import web

from bot.playground.interactions import Interaction
from bot.playground.limits import WEBHOOK_WRITES
from bot.playground.routing import Call, Route, nothing, reply
from bot.playground.state import Message


def _interaction(call: Call) -> Interaction:
    return call.services.interactions.by_token(call.id("application_id"), call.text("token"))


def _message(call: Call) -> Message:
    own = call.text("message_id") == "@original"
    interaction = _interaction(call)
    return call.services.interactions.written(
        interaction, "@original" if own else call.id("message_id")
    )


async def _get(call: Call) -> web.Response:
    return reply(call.services.payloads.message(_message(call)))


async def _edit(call: Call) -> web.Response:
    body = await call.body()
    message = call.services.messages.edit(_message(call), body)
    return reply(call.services.payloads.message(message))


async def _delete(call: Call) -> web.Response:
    call.services.messages.delete(_message(call))
    return nothing()


async def _follow_up(call: Call) -> web.Response:
    body = await call.body()
    message = call.services.interactions.follow_up(_interaction(call), body)
    return reply(call.services.payloads.message(message))


_BASE = "/webhooks/{application_id}/{token}"
_ONE = _BASE + "/messages/{message_id}"

ROUTES = [
    Route("POST", _BASE, _follow_up, WEBHOOK_WRITES, "token", open=True),
    Route("GET", _ONE, _get, WEBHOOK_WRITES, "token", open=True),
    Route("PATCH", _ONE, _edit, WEBHOOK_WRITES, "token", open=True),
    Route("DELETE", _ONE, _delete, WEBHOOK_WRITES, "token", open=True),
]
