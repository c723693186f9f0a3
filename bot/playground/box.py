"""Discord in a box: builds the parts, listens on a socket, closes them."""

import asyncio
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from types import TracebackType
from typing import Self

from aiohttp import web

from bot.playground import avatars, chat, control
from bot.playground.acts import Acts
from bot.playground.chronicle import Chronicle
from bot.playground.faults import Mischief
from bot.playground.gateway import Gateway
from bot.playground.guard import add_headers, guard
from bot.playground.interactions import Interactions
from bot.playground.limits import Limits
from bot.playground.messages import Messages
from bot.playground.payloads import Payloads
from bot.playground.record import Record
from bot.playground.registry import Registry
from bot.playground.rest import ROUTES
from bot.playground.routing import install
from bot.playground.services import SERVICES, Services
from bot.playground.state import World
from bot.playground.wire import API

# A bot that has identified and asked for nothing of its commands for so long has none to put.
_NO_COMMANDS_SECONDS = 3.0


class PortTaken(Exception):
    """Somebody else listens there; says so in a sentence."""


@dataclass(frozen=True)
class Person:
    """Somebody in the playground, and the token that acts for them."""

    name: str
    id: int
    token: str


class DiscordBox:
    """A local server that speaks the part of Discord that this bot uses.

    Attributes:
        persons: Those who live in it; the second is a moderator.
        bot_token: What the bot logs in with.
        bot_id: Its id.
        channel: Id of the channel to begin in.
    """

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0, control: bool = False) -> None:
        self._host = host
        self._port = port
        self._control = control
        self._runner: web.AppRunner | None = None
        self._services: Services | None = None
        self._world = World()
        self.bot_token = self._world.bot.token
        self.bot_id = self._world.bot.id
        self.channel = self._world.dreams.id
        self.persons = [Person(p.display_name, p.id, p.token) for p in self._world.people]

    @property
    def _address(self) -> str:
        address = _number(self._host)
        if address is not None and address.is_unspecified:
            address = ip_address("127.0.0.1" if address.version == 4 else "::1")
        host = self._host if address is None else str(address)
        return f"[{host}]:{self._port}" if ":" in host else f"{host}:{self._port}"

    @property
    def page(self) -> str:
        """Address of the chat page."""
        return f"http://{self._address}/"

    @property
    def api(self) -> str:
        """Address of the REST interface; ends in `/api/v10`."""
        return f"http://{self._address}{API}"

    @property
    def gateway(self) -> str:
        """Address of the gateway."""
        return f"ws://{self._address}/gateway/"

    @property
    def cdn(self) -> str:
        """Address that files are served from."""
        return f"http://{self._address}"

    async def start(self) -> None:
        """Listen.

        Raises:
            PortTaken: The port is in use.
        """
        listener = self._listen()
        self._port = listener.getsockname()[1]
        self._services = self._build()
        app = web.Application(middlewares=[guard(self._host)])
        app[SERVICES] = self._services
        app.on_response_prepare.append(add_headers)
        app.router.add_get("/attachments/{channel_id}/{file_id}/{name}", self._world.files.serve)
        app.router.add_get(r"/embed/avatars/{number:\d}.png", avatars.serve)
        for path in ("/gateway", "/gateway/"):
            app.router.add_get(path, self._services.gateway.serve)
        chat.install(app)
        if self._control:
            control.install(app)
        install(app, ROUTES)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.SockSite(self._runner, listener).start()

    async def close(self) -> None:
        """End every connection and stop listening."""
        if self._services is not None:
            self._services.interactions.close()
            await self._services.gateway.close()
            self._services = None
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def bot_ready(self) -> None:
        """Return once the bot has identified, received its guild and put its commands.

        A bot that has none to put shows that by asking for nothing of the kind for a while.
        """
        assert self._services is not None, "start() comes first"
        registry = self._services.registry
        await self._services.gateway.bot_arrived.wait()
        loop = asyncio.get_running_loop()
        quiet_since = loop.time()
        looked_at = registry.looked_at
        while not registry.put and loop.time() - quiet_since < _NO_COMMANDS_SECONDS:
            await asyncio.sleep(0.02)
            if registry.looked_at != looked_at:
                quiet_since, looked_at = loop.time(), registry.looked_at

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    def _listen(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((self._host, self._port))
        except OSError as error:
            listener.close()
            raise PortTaken(
                f"The playground can't listen on {self._host}:{self._port} "
                f"({error.strerror}); choose another port, or any free one: "
                "DREAMBOT_PLAYGROUND_PORT=0 make run"
            ) from error
        listener.setblocking(False)
        return listener

    def _build(self) -> Services:
        world = self._world
        payloads = Payloads(world, self.cdn)
        gateway = Gateway(world, payloads, self.gateway)
        chronicle = Chronicle(on=self._control)
        messages = Messages(world, payloads, gateway, chronicle)
        registry = Registry(world)
        interactions = Interactions(world, payloads, gateway, messages)
        return Services(
            world=world,
            payloads=payloads,
            gateway=gateway,
            messages=messages,
            interactions=interactions,
            registry=registry,
            acts=Acts(world, payloads, registry, interactions),
            limits=Limits(),
            record=Record(),
            chronicle=chronicle,
            mischief=Mischief(),
        )


def _number(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
