"""Simulated persons: what they will ask for, by a seed, and what they did ask for."""

import asyncio
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Any

import aiohttp
from PIL import Image

Json = dict[str, Any]

PRESETS = ("", "", "", "engraving", "wicker", "stones", "scales", "dreamy")
"""Of our own network; most people name none."""


class Kind(StrEnum):
    """What somebody does."""

    DREAM = "a picture with !dream"
    REPLY = "!dream in reply to a picture"
    NO_PICTURE = "!dream without a picture"
    NO_PRESET = "!dream with a preset that isn't there"
    BROKEN = "!dream with a file that is no picture"
    CHATTER = "talk"


SHARES = {
    Kind.DREAM: 78,
    Kind.REPLY: 8,
    Kind.NO_PICTURE: 3,
    Kind.NO_PRESET: 3,
    Kind.BROKEN: 5,
    Kind.CHATTER: 3,
}
"""In a hundred."""

_DIRECT = 0.1
"""Share of what is asked in direct messages."""


@dataclass(frozen=True)
class Wish:
    """What will be asked for.

    Attributes:
        at: Seconds from the beginning.
        person: Whose, as a number from 0.
        channel: Where, as a number from 0; None in direct messages.
        seed: Of the picture.
    """

    at: float
    person: int
    channel: int | None
    kind: Kind
    preset: str
    seed: int


@dataclass(frozen=True)
class Asked:
    """What was asked for, as the person noted it.

    Attributes:
        message: Id of the message that asks.
    """

    kind: Kind
    person: int
    channel: int
    message: int

    @property
    def key(self) -> str:
        """Of the request, as the bot calls it."""
        return f"message:{self.message}:0"


def plan(seed: int, *, requests: int, persons: int, channels: int, seconds: float) -> list[Wish]:
    """So many wishes within so many seconds, in order."""
    luck = Random(f"wishes {seed}")
    kinds, shares = list(SHARES), list(SHARES.values())
    wishes = [
        Wish(
            at=luck.uniform(0, seconds),
            person=luck.randrange(persons),
            channel=None if luck.random() < _DIRECT else luck.randrange(channels),
            kind=luck.choices(kinds, shares)[0],
            preset=luck.choice(PRESETS),
            seed=luck.randrange(1 << 30),
        )
        for _ in range(requests)
    ]
    return sorted(wishes, key=lambda wish: wish.at)


class Persons:
    """People in a playground, who act over HTTP.

    Args:
        session: For their requests.
        api: Address of the server's REST interface.
        people: The id and the token of each.
        channels: Ids of the channels they are in.
        bot: Id of whom they write to in direct messages.

    Attributes:
        asked: What they have asked for by now.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        api: str,
        people: Sequence[tuple[int, str]],
        channels: Sequence[int],
        bot: int,
    ) -> None:
        self._session = session
        self._api = api
        self._people = people
        self._channels = channels
        self._bot = bot
        self.asked: list[Asked] = []

    async def act(self, wishes: Sequence[Wish]) -> None:
        """Ask for all of that, each at its time."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with asyncio.TaskGroup() as group:
            for wish in wishes:
                await asyncio.sleep(began + wish.at - loop.time())
                group.create_task(self._ask(wish))

    async def greet(self) -> None:
        """Each writes to the bot for the first time.

        Discord lists no direct messages to a bot: those of somebody it has never heard of can't be
        found, had they come while it was down.
        """
        for _, token in self._people:
            await self.say(token, await self._direct(token), "hello")

    async def _ask(self, wish: Wish) -> None:
        person, token = self._people[wish.person]
        channel = await self._place(wish, token)
        text, extra = f"!dream {wish.preset}".strip(), dict[str, Any]()
        file: bytes | None = picture(wish.seed)
        match wish.kind:
            case Kind.REPLY:
                shown = await self.say(token, channel, "look at this", file)
                extra, file = {"message_reference": {"message_id": str(shown)}}, None
            case Kind.NO_PICTURE:
                file = None
            case Kind.NO_PRESET:
                text = "!dream of electric sheep"
            case Kind.BROKEN:
                file = broken(wish.seed)
            case Kind.CHATTER:
                text = Random(wish.seed).choice(["I dreamt of you", "!drema", "nice!", "? dream"])
        message = await self.say(token, channel, text, file, **extra)
        self.asked.append(Asked(wish.kind, person, channel, message))

    async def _place(self, wish: Wish, token: str) -> int:
        return await self._direct(token) if wish.channel is None else self._channels[wish.channel]

    async def _direct(self, token: str) -> int:
        return await self._post(token, "/users/@me/channels", {"recipient_id": str(self._bot)})

    async def say(
        self, token: str, channel: int, text: str, file: bytes | None = None, **fields: Any
    ) -> int:
        """Post a message; its id."""
        body = {"content": text, **fields}
        return await self._post(token, f"/channels/{channel}/messages", body, file)

    async def _post(self, token: str, path: str, body: Json, file: bytes | None = None) -> int:
        """The id of what was made; whoever comes too soon waits as long as they are told."""
        while True:
            # A form is made anew for each try: sending reads it to its end.
            what: Json = {"json": body} if file is None else {"data": _form(body, file)}
            headers = {"Authorization": token}
            async with self._session.post(self._api + path, headers=headers, **what) as answer:
                told: Json = await answer.json()
                if answer.status == 200:
                    return int(told["id"])
                assert answer.status == 429, f"{answer.status}: {told}"
            await asyncio.sleep(told["retry_after"])


def picture(seed: int) -> bytes:
    """A small picture that no other seed makes, as a file."""
    luck = Random(seed)
    image = Image.new("RGB", (64, 48), tuple(luck.randrange(256) for _ in range(3)))
    for _ in range(12):
        box = (luck.randrange(48), luck.randrange(32))
        image.paste(tuple(luck.randrange(256) for _ in range(3)), (*box, box[0] + 16, box[1] + 16))
    file = io.BytesIO()
    image.save(file, luck.choice(["PNG", "JPEG", "WEBP"]))
    return file.getvalue()


def broken(seed: int) -> bytes:
    """A file that claims to be a picture and isn't, or is cut off, or too large to be opened."""
    luck = Random(seed)
    whole = picture(seed)
    huge = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (2**31 - 1).to_bytes(4) * 2 + b"\x08\x02\0\0\0"
    return luck.choice([whole[:40], whole[: len(whole) // 2], luck.randbytes(500), b"hello", huge])


def _form(body: Json, file: bytes) -> aiohttp.FormData:
    form = aiohttp.FormData()
    form.add_field("payload_json", json.dumps(body))
    form.add_field("files[0]", file, filename="picture.png", content_type="image/png")
    return form
