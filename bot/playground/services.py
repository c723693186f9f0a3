"""The parts of the playground that its routes work with."""

from dataclasses import dataclass

from aiohttp import web

from bot.playground.acts import Acts
from bot.playground.chronicle import Chronicle
from bot.playground.faults import Mischief
from bot.playground.gateway import Gateway
from bot.playground.interactions import Interactions
from bot.playground.limits import Limits
from bot.playground.messages import Messages
from bot.playground.payloads import Payloads
from bot.playground.record import Record
from bot.playground.registry import Registry
from bot.playground.state import World


@dataclass(frozen=True)
class Services:
    """One of each."""

    world: World
    payloads: Payloads
    gateway: Gateway
    messages: Messages
    interactions: Interactions
    registry: Registry
    acts: Acts
    limits: Limits
    record: Record
    chronicle: Chronicle
    mischief: Mischief


SERVICES = web.AppKey("services", Services)
