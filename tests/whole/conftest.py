"""A playground as `make run` starts it, and a person in it."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

Message = dict[str, Any]


@dataclass
class Playground:
    """A running playground, seen by one of its persons.

    Attributes:
        process: The command `dreambot playground`.
        page: Address of the chat page.
        person: Speaks to the REST interface with that person's token.
        channel: Path of the channel there.
        said: What the processes wrote to stderr.
    """

    process: asyncio.subprocess.Process
    page: str
    person: httpx.AsyncClient
    channel: str
    said: list[str] = field(default_factory=list)

    async def post(self, content: str, file: Path | None = None) -> Message:
        """Post a message, with a picture or without."""
        form = {"payload_json": json.dumps({"content": content})}
        files = {"files[0]": (file.name, file.read_bytes())} if file else None
        answer = await self.person.post(
            f"{self.channel}/messages",
            data=form if files else None,
            files=files,
            json=None if files else {"content": content},
        )
        assert answer.status_code == 200, answer.text
        message: Message = answer.json()
        return message

    async def messages(self) -> list[Message]:
        """What stands in the channel, newest first."""
        answer = await self.person.get(f"{self.channel}/messages", params={"limit": 100})
        assert answer.status_code == 200, answer.text
        found: list[Message] = answer.json()
        return found

    async def answers(self, to: Message) -> list[Message]:
        """The bot's replies to a message."""
        return [
            message
            for message in await self.messages()
            if (message.get("message_reference") or {}).get("message_id") == to["id"]
        ]

    async def answer(self, to: Message, *, seconds: float = 90, dream: bool = True) -> Message:
        """The reply to a message, waited for until it holds a dream, or is there at all."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for message in await self.answers(to):
                if not dream or results(message):
                    return message
            await asyncio.sleep(0.1)
        raise AssertionError(f"no answer: {await self.messages()}\n{''.join(self.said)}")

    async def download(self, attachment: dict[str, Any]) -> bytes:
        """The bytes of an attachment."""
        answer = await self.person.get(attachment["url"])
        assert answer.status_code == 200
        return answer.content

    def bot(self) -> int:
        """The process id of the bot."""
        return next(pid for pid in children(self.process.pid) if "bot" in command(pid))

    def dreamer(self) -> int:
        """The process id of its worker that dreams."""
        return next(pid for pid in children(self.bot()) if "dreamer" in command(pid))


def results(message: Message) -> list[dict[str, Any]]:
    """The dreams that a message holds: its attachments that aren't previews."""
    return [
        attachment
        for attachment in message["attachments"]
        if not attachment["filename"].startswith("preview.")
    ]


def children(pid: int) -> list[int]:
    """Ids of the processes that a process started and that still are."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def command(pid: int) -> list[str]:
    """The command line of a process."""
    return Path(f"/proc/{pid}/cmdline").read_text().split("\0")


async def started(**environment: str) -> Playground:
    """A new playground, ready."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "bot",
        "playground",
        "--port",
        "0",
        "--json",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
    )
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), 60)
    ready = json.loads(line)
    person = ready["persons"][0]
    client = httpx.AsyncClient(
        base_url=ready["api"], headers={"Authorization": person["token"]}, timeout=30
    )
    return Playground(process, ready["page"], client, f"/channels/{ready['channel']}")


async def stopped(playground: Playground) -> None:
    """End it as Ctrl-C does, with all its processes."""
    await playground.person.aclose()
    if playground.process.returncode is None:
        playground.process.send_signal(signal.SIGTERM)
    await asyncio.wait_for(playground.process.wait(), 60)


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    """A playground with nothing but what is in the package."""
    async with _running(DREAM_WEIGHTS="") as made:
        yield made


@pytest.fixture
async def classic_playground(weights: Path) -> AsyncIterator[Playground]:
    """A playground with the classic's weights."""
    async with _running(DREAM_WEIGHTS=str(weights)) as made:
        yield made


@pytest.fixture(scope="session")
def photograph(rocket: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photograph of 1080×720: its dream takes long enough to be watched, or cut short."""
    file = tmp_path_factory.mktemp("photograph") / "rocket.jpg"
    with Image.open(rocket) as small:
        small.resize((1080, 720)).save(file)
    return file


@asynccontextmanager
async def _running(**environment: str) -> AsyncIterator[Playground]:
    made = await started(**environment)
    assert made.process.stderr is not None
    listening = asyncio.create_task(_listen(made.process.stderr, made.said))
    try:
        yield made
    finally:
        await stopped(made)
        await listening


async def _listen(stream: asyncio.StreamReader, said: list[str]) -> None:
    while line := await stream.readline():
        said.append(line.decode())
