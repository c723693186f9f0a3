"""The playground's server as the storm and the audit see it: orders to its control."""

import asyncio
from typing import Any

import aiohttp

from bot.playground import DiscordBox
from bot.playground.chronicle import Writing

Json = dict[str, Any]

READY_LIMIT = 120.0


class Server:
    """Gives orders to a box that has a control.

    Attributes:
        writings: Its chronicle, as far as it was read.
    """

    def __init__(self, box: DiscordBox, session: aiohttp.ClientSession) -> None:
        self._address = f"{box.page}playground/control"
        self._session = session
        self.bot = box.bot_id
        self.writings: list[Writing] = []

    async def order(self, do: str, **what: Any) -> Json:
        """Give an order; what it answers."""
        async with self._session.post(self._address, json={"do": do, **what}) as answer:
            told: Json = await answer.json()
            assert answer.status == 200, told
            return told

    async def people(self, number: int) -> list[tuple[int, str]]:
        """So many new persons: the id and the token of each."""
        admitted = [await self.order("admit", name=f"Person {n}") for n in range(number)]
        return [(int(each["id"]), each["token"]) for each in admitted]

    async def channels(self, number: int) -> list[int]:
        """Ids of so many new channels."""
        names = [f"dreams-{n}" for n in range(number)]
        return [int((await self.order("open_channel", name=name))["id"]) for name in names]

    async def bots(self) -> int:
        """How many bots are connected."""
        return int((await self.order("connected"))["bots"])

    async def until_connected(self, bots: int) -> None:
        """Wait until so many are, or raise TimeoutError."""
        async with asyncio.timeout(READY_LIMIT):
            while await self.bots() < bots:
                await asyncio.sleep(0.2)

    async def read(self) -> list[Writing]:
        """Read on in the chronicle; what is new there."""
        told = await self.order("chronicle", after=len(self.writings))
        new = [Writing(**{**each, "files": tuple(each["files"])}) for each in told["writings"]]
        self.writings += new
        return new
