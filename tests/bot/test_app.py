"""The bot as a process: what stops its start, and how it comes and goes."""

import asyncio
import base64
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.playground.box import DiscordBox

NOWHERE = "127.0.0.1:9"
"""Nobody listens there."""


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """A bot's environment, without anybody's settings."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DREAMBOT_", "DISCORD_"))}
    kept.pop("DATABASE_URL", None)
    kept |= {"AWS_ACCESS_KEY_ID": "somebody", "AWS_SECRET_ACCESS_KEY": "secret"}
    kept |= {"DISCORD_TOKEN": "MTIz.a.b", "DREAMBOT_DATA": str(folder), "DREAMBOT_DEVICES": "cpu"}
    kept |= {"DREAMBOT_DISCORD_API": f"http://{NOWHERE}/api/v10", "DREAMBOT_THREADS": "2"}
    return kept | settings


def failed_start(environment: dict[str, str]) -> str:
    """The one sentence with which a bot gives up."""
    run = subprocess.run(
        [sys.executable, "-m", "bot", "run"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 1, run.stderr
    assert "Traceback" not in run.stderr
    return run.stderr.strip().splitlines()[-1]


class Bot:
    """A bot process, connected to a box.

    Attributes:
        process: The process.
        log: What it has logged.
    """

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.log: list[str] = []
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.log.append(line.decode())

    async def has_logged(self, pattern: str) -> None:
        async with asyncio.timeout(60):
            while not re.search(pattern, "".join(self.log)):
                assert self.process.returncode is None, "".join(self.log)
                await asyncio.sleep(0.02)

    async def ended(self) -> int:
        code = await asyncio.wait_for(self.process.wait(), 30)
        await self._reading
        return code


class Town:
    """A box with somebody who writes in it."""

    def __init__(self, box: DiscordBox, session: aiohttp.ClientSession) -> None:
        self.box = box
        self._session = session

    async def control(self, do: str, **order: Any) -> None:
        body = {"do": do, **order}
        async with self._session.post(f"{self.box.page}playground/control", json=body) as answer:
            assert answer.status == 200, await answer.text()

    async def post(self, text: str) -> None:
        headers = {"Authorization": self.box.persons[0].token}
        path = f"{self.box.api}/channels/{self.box.channel}/messages"
        async with self._session.post(path, json={"content": text}, headers=headers) as answer:
            assert answer.status == 200, await answer.text()

    async def answer(self, true: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """The first message of the bot that is so."""
        headers = {"Authorization": self.box.persons[0].token}
        path = f"{self.box.api}/channels/{self.box.channel}/messages"
        async with asyncio.timeout(30):
            while True:
                async with self._session.get(path, headers=headers) as answer:
                    messages = await answer.json()
                for message in messages:
                    if message["author"].get("bot") and true(message):
                        found: dict[str, Any] = message
                        return found
                await asyncio.sleep(0.05)


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    box = DiscordBox(control=True)
    await box.start()
    async with aiohttp.ClientSession() as session:
        yield Town(box, session)
    await box.close()


@asynccontextmanager
async def running_bot(town: Town, folder: Path, **settings: str) -> AsyncIterator[Bot]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run"),
        env=environment(
            folder,
            DISCORD_TOKEN=town.box.bot_token,
            DREAMBOT_DISCORD_API=town.box.api,
            DREAMBOT_DISCORD_GATEWAY=town.box.gateway,
            **settings,
        ),
        stderr=asyncio.subprocess.PIPE,
    )
    bot = Bot(process)
    try:
        await bot.has_logged("ready; dreams at a time")
        yield bot
    finally:
        if process.returncode is None:
            process.kill()
        await bot.ended()


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"DATABASE_URL": f"postgresql://me:secret@{NOWHERE}/x"}, "database can't be reached"),
        ({"DATABASE_URL": "mysql://somewhere/x"}, "DATABASE_URL"),
        ({"DREAMBOT_DATA": "/dev/null/data"}, "DREAMBOT_DATA"),
        ({"DREAMBOT_STORAGE": "/dev/null/pictures"}, "DREAMBOT_STORAGE"),
        ({"DREAMBOT_STORAGE": "nosuch://me:secret@x/y"}, "DREAMBOT_STORAGE"),
        (
            {"DREAMBOT_STORAGE": "s3://bucket/x", "AWS_ENDPOINT_URL": f"http://{NOWHERE}"},
            "Pictures can't be kept in s3://bucket/x",
        ),
        ({"DREAMBOT_PRESET": "strikes"}, "DREAMBOT_PRESET"),
        ({"DREAMBOT_DEVICES": "cpu,cuda:x"}, "no device called “cuda:x”"),
        ({"DATABASE_URL": "postgresql://me:secret@host:port/x"}, "DATABASE_URL"),
        ({"DISCORD_TOKEN": "MTIz.secret\nMTIz"}, "DISCORD_TOKEN"),
        ({"DISCORD_TOKEN": "MTÌz.secret"}, "DISCORD_TOKEN"),
    ],
    ids=[
        "no database",
        "no such database",
        "no data folder",
        "no storage",
        "no such storage",
        "no server for storage",
        "no such preset",
        "no such device",
        "no port",
        "two tokens",
        "no token",
    ],
)
def test_what_is_missing_is_said_in_a_sentence(
    tmp_path: Path, settings: dict[str, str], says: str
) -> None:
    sentence = failed_start(environment(tmp_path, **settings))
    assert says in sentence
    assert "secret" not in sentence


def test_a_discord_out_of_reach_is_said_in_a_sentence(tmp_path: Path) -> None:
    sentence = failed_start(environment(tmp_path))
    assert f"Discord can't be reached at http://{NOWHERE}/api/v10" in sentence


async def test_a_refused_token_is_said_in_a_sentence(tmp_path: Path, town: Town) -> None:
    refused = environment(tmp_path, DREAMBOT_DISCORD_API=town.box.api)
    sentence = await asyncio.to_thread(failed_start, refused)
    assert "Discord refuses the token" in sentence
    assert "DISCORD_TOKEN" in sentence


@pytest.mark.long
async def test_a_discord_in_trouble_is_asked_again(tmp_path: Path, town: Town) -> None:
    await town.control("fail", method="GET", path="/users/@me", times=2, status=503)
    async with running_bot(town, tmp_path) as bot:
        assert sum("Discord is in trouble" in line for line in bot.log) == 2
        await town.post("!help")
        assert await town.answer(lambda message: message["embeds"])


async def test_a_bot_comes_and_goes(tmp_path: Path, town: Town) -> None:
    async with running_bot(town, tmp_path) as bot:
        await town.post("!help")
        card = await town.answer(lambda message: message["embeds"])
        assert "!dream" in card["embeds"][0]["description"]
        # A lost connection is its own business, and what was said meanwhile is heard.
        await town.control("disconnect")
        await town.post("!quota")
        await town.answer(lambda message: "credits left" in str(message["embeds"]))
        bot.process.send_signal(signal.SIGTERM)
        assert await bot.ended() == 0
    text = "".join(bot.log)
    assert "Traceback" not in text
    assert text.index("asked to stop") < text.index("stopping")
    # What was left behind is no hindrance.
    async with running_bot(town, tmp_path) as again:
        assert "slash commands registered" in text
        assert "slash commands registered" not in "".join(again.log)


@pytest.mark.long
@pytest.mark.parametrize(
    ("isolation", "says"),
    [("true", r"workers are shut in|Workers "), ("false", r"WARNING .*that is switched off")],
)
async def test_a_bot_says_how_far_its_workers_are_shut_in_and_what_memory_they_have(
    tmp_path: Path, town: Town, isolation: str, says: str
) -> None:
    settings = {"DREAMBOT_ISOLATION": isolation, "DREAMBOT_WORKER_MEMORY": str(2 * 2**30)}
    async with running_bot(town, tmp_path, **settings) as bot:
        await bot.has_logged(says)
        await bot.has_logged("each with at most 2048 MiB")


@pytest.mark.long
async def test_a_refused_intent_is_done_without(tmp_path: Path, town: Town) -> None:
    await town.control("intent", message_content=False)
    async with running_bot(town, tmp_path) as bot:
        assert "Message Content Intent" in "".join(bot.log)
        await town.post("!help")
        await town.post(f"<@{_bot_id(town)}> help")
        card = await town.answer(lambda message: message["embeds"])
        assert "works only in direct messages" in card["embeds"][0]["description"]


def test_a_second_signal_stops_at_once(tmp_path: Path) -> None:
    code = (
        "import asyncio, bot.app\n"
        "async def main():\n"
        "    with bot.app.stopped_by_signals(lambda: print('stopping', flush=True)):\n"
        "        print('ready', flush=True)\n"
        "        await asyncio.sleep(30)\n"
        "asyncio.run(main())"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "ready\n"
        run.send_signal(signal.SIGTERM)
        assert run.stdout.readline() == "stopping\n"
        began = time.monotonic()
        run.send_signal(signal.SIGINT)
        assert run.wait(10) == 128 + signal.SIGINT
        assert time.monotonic() - began < 5


def _bot_id(town: Town) -> int:
    first = town.box.bot_token.split(".")[0]
    return int(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
