"""Plays: the box, the unmodified bot connected to it, and a word to whoever started it."""

import asyncio
import json
import os
import signal
import sys
import tempfile
from contextlib import suppress

from bot.playground.box import DiscordBox, PortTaken
from bot.playground.supervisor import BotWontStart, Supervisor
from bot.settings import Settings

_GRACE_SECONDS = 10.0
_COMMAND = [sys.executable, "-m", "bot", "run"]
_WELCOME = """
Dreambot is awake:  {page}

Open it in a browser, drop in a picture, type !dream and press Enter.
No DISCORD_TOKEN is set, so this is a local stand-in for Discord;
what is said in it is forgotten when it stops (Ctrl+C).

"""


async def play(settings: Settings, *, port: int, as_json: bool, control: bool = False) -> None:
    """Run the playground until SIGTERM or SIGINT.

    Args:
        settings: Says where to listen; the bot reads its own from the environment.
        port: 0 for any free one.
        as_json: Print one line of JSON when the bot is ready, and nothing else, for a script.
        control: Serve the control that makes the box misbehave.

    Raises:
        SystemExit: With a sentence, where it can't listen or the bot won't start.
    """
    box = DiscordBox(host=settings.playground_host, port=port, control=control)
    try:
        await box.start()
        with tempfile.TemporaryDirectory(
            prefix="dreambot-playground-", ignore_cleanup_errors=True
        ) as folder:
            await _play(box, folder, as_json=as_json)
    except (PortTaken, BotWontStart) as error:
        sys.exit(str(error))
    finally:
        await box.close()


async def _play(box: DiscordBox, folder: str, *, as_json: bool) -> None:
    supervisor = Supervisor(_COMMAND, environment(box, folder))
    stopping: set[asyncio.Task[None]] = set()

    def stop() -> None:
        stopping.add(asyncio.create_task(supervisor.stop(_GRACE_SECONDS)))

    loop = asyncio.get_running_loop()
    # Windows has no such handlers; there Ctrl+C interrupts the loop itself.
    with suppress(NotImplementedError):
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop)
    greeting = asyncio.create_task(_greet(box, supervisor, as_json=as_json))
    try:
        await supervisor.run()
    finally:
        greeting.cancel()
        await supervisor.stop(_GRACE_SECONDS)
        await asyncio.gather(greeting, *stopping, return_exceptions=True)


def environment(box: DiscordBox, folder: str) -> dict[str, str]:
    """What the bot's environment adds to ours, so that it takes the box for Discord."""
    return {
        **os.environ,
        "DISCORD_TOKEN": box.bot_token,
        "DREAMBOT_DISCORD_API": box.api,
        "DREAMBOT_DISCORD_GATEWAY": box.gateway,
        "DREAMBOT_DISCORD_CDN": box.cdn,
        "DREAMBOT_DATA": folder,
    }


async def _greet(box: DiscordBox, supervisor: Supervisor, *, as_json: bool) -> None:
    await box.bot_ready()
    supervisor.settled.set()
    text = json.dumps(_addresses(box)) + "\n" if as_json else _WELCOME.format(page=box.page)
    sys.stdout.write(text)
    sys.stdout.flush()


def _addresses(box: DiscordBox) -> dict[str, object]:
    persons = [{"name": p.name, "id": str(p.id), "token": p.token} for p in box.persons]
    return {
        "page": box.page,
        "api": box.api,
        "gateway": box.gateway,
        "channel": str(box.channel),
        "persons": persons,
    }
