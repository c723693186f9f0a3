"""The composition root: builds the parts, starts them in order, stops them in reverse."""

import asyncio
import contextlib
import logging
import os
import re
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import discord

import dream
from bot.acceptance import Acceptance
from bot.client import DreamBot, Parts, use_addresses
from bot.database import BadAddress, CannotMigrate, Database, DatabaseAway, migrate
from bot.intake import Intake
from bot.jobs.runner import Runner
from bot.jobs.submit import Submission
from bot.networks import fetch_missing
from bot.settings import Settings
from bot.storage import Storage
from bot.ui.messenger import DiscordMessenger

log = logging.getLogger(__name__)

OUT_OF_REACH = (aiohttp.ClientError, OSError, TimeoutError)

INTAKE_GRACE = 10.0
"""Seconds in which wishes under way may still become jobs when the bot stops."""

POOL_GRACE = 2.0
"""Seconds for the workers to end by themselves, once nothing is asked of them any more."""


class StartFailure(Exception):
    """The bot can't start, or can't go on; one sentence that says what to do."""


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    """Run the bot until `stop` is set: dreams under way are finished or put back for later.

    Raises:
        StartFailure: Something it needs isn't there, or Discord won't have it any more.
    """
    token = settings.discord_token
    if token is None:
        raise StartFailure("DISCORD_TOKEN is missing.")
    check(settings)
    use_addresses(settings)
    async with contextlib.AsyncExitStack() as stack:
        await asyncio.to_thread(make_folders, settings)
        database = await stack.enter_async_context(_database(settings))
        connection = _Connection()
        stack.push_async_callback(connection.close)
        pool = await stack.enter_async_context(_pool(settings))
        storage = Storage(settings.pictures)
        submission = Submission(database, storage, daily_credits=settings.daily_credits)
        messenger = DiscordMessenger(submission.waits)
        stack.push_async_callback(messenger.close)
        runner = Runner(database, storage, pool, messenger, lease_seconds=settings.lease_seconds)
        intake = Intake(most=settings.picture_bytes)
        stack.push_async_callback(intake.close)
        acceptance = Acceptance(settings, intake, pool, submission, runner)
        parts = Parts(settings, acceptance, submission, messenger)

        if not await connection.open(parts, token.get_secret_value(), stop):
            return
        running = asyncio.create_task(runner.run(), name="runner")
        fetching = asyncio.create_task(fetch_missing(), name="fetching")
        log.info("ready; dreams at a time: %d", pool.slots)
        try:
            await _first_to_end(stop, connection.task, running)
            if connection.task.done():
                raise StartFailure("Discord ended the connection. Start me again.")
        except (discord.DiscordException, *OUT_OF_REACH) as error:
            raise StartFailure(f"Discord ended the connection ({_reason(error)}).") from error
        finally:
            log.info("stopping")
            await acceptance.stop(INTAKE_GRACE)
            await runner.stop(settings.drain_seconds)
            await _cancelled(running)
            await _cancelled(fetching)


def run(settings: Settings) -> None:
    """Run the bot until SIGTERM or SIGINT; a second signal stops it at once.

    Raises:
        StartFailure: As `serve`.
    """
    asyncio.run(_run(settings))


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    with stopped_by_signals(stop.set):
        await serve(settings, stop)


@contextlib.contextmanager
def stopped_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Within this, the first SIGTERM or SIGINT asks to stop, a second one ends the process."""
    loop = asyncio.get_running_loop()
    seen = False

    def heard(number: int) -> None:
        nonlocal seen
        if seen:
            log.warning("stopping at once")
            os._exit(128 + number)
        seen = True
        log.info("asked to stop; once more stops at once")
        stop()

    numbers = (signal.SIGTERM, signal.SIGINT)
    for number in numbers:
        loop.add_signal_handler(number, heard, number)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


def check(settings: Settings) -> None:
    """Raises StartFailure for settings that contradict what there is."""
    try:
        settings.default_preset()
    except dream.UnknownName as unknown:
        raise StartFailure(f"DREAMBOT_PRESET: {unknown}") from None
    token = settings.discord_token
    # Nothing else goes into a request's header; whoever copies one may take more along.
    if token is not None and not re.fullmatch(r"[!-~]+", token.get_secret_value().strip()):
        raise StartFailure(
            "DISCORD_TOKEN isn't a token: it has blanks or letters that none has. Copy it anew "
            "from https://discord.com/developers/applications → Bot."
        )


def make_folders(settings: Settings) -> None:
    """Make the folders that things are kept in, and see that they can be written.

    Raises:
        StartFailure: One can't.
    """
    for folder, setting in (
        (settings.data, "DREAMBOT_DATA"),
        (settings.pictures, "DREAMBOT_STORAGE"),
    ):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _try_to_write(folder)
        except OSError as error:
            raise StartFailure(
                f"The folder {folder} can't be written ({_reason(error)}). "
                f"Set {setting} to one that can."
            ) from error


def _try_to_write(folder: Path) -> None:
    trial = folder / f".trial-{os.getpid()}"
    trial.write_bytes(b"dream")
    trial.unlink()


@contextlib.asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[Database]:
    try:
        await migrate(settings.database)
        database = Database(settings.database)
    except (BadAddress, CannotMigrate) as error:
        raise StartFailure(str(error)) from error
    except DatabaseAway as error:
        raise StartFailure(
            f"The database can't be reached ({error}). Is it running, and is DATABASE_URL right?"
        ) from error
    try:
        yield database
    finally:
        await database.close()


@contextlib.asynccontextmanager
async def _pool(settings: Settings) -> AsyncIterator[dream.Pool]:
    limits = dream.Limits(bytes=settings.picture_bytes, pixels=settings.picture_pixels)
    devices = [name.strip() for name in settings.devices.split(",")] if settings.devices else None
    try:
        pool = dream.Pool(devices, threads=settings.threads, limits=limits)
        await pool.start()
    except dream.DreamError as error:
        raise StartFailure(str(error)) from error
    except OSError as error:
        raise StartFailure(f"The workers can't be started ({_reason(error)}).") from error
    try:
        yield pool
    finally:
        await pool.close(POOL_GRACE)


class _Connection:
    """The client in use, and its life on the gateway."""

    def __init__(self) -> None:
        self._client: DreamBot | None = None
        self.task: asyncio.Task[None] = asyncio.create_task(asyncio.sleep(0))

    async def open(self, parts: Parts, token: str, stop: asyncio.Event) -> bool:
        """Connect, without the privileged intent if it is refused. False if stopped before.

        Raises:
            StartFailure: Discord can't be reached, or refuses the token.
        """
        try:
            await self._open(DreamBot(parts), token, stop)
        except discord.PrivilegedIntentsRequired:
            log.warning(
                "The bot may not read messages: switch on the Message Content Intent at "
                "https://discord.com/developers/applications → Bot. It goes on without."
            )
            await self._open(DreamBot(parts, message_content=False), token, stop)
        return not stop.is_set()

    async def close(self) -> None:
        """Leave Discord."""
        if self._client is not None:
            await self._client.close()
        await _cancelled(self.task)

    async def _open(self, client: DreamBot, token: str, stop: asyncio.Event) -> None:
        await self.close()
        self._client = client
        self.task = asyncio.create_task(client.start(token), name="client")
        ready = asyncio.create_task(client.up.wait())
        try:
            await _first_to_end(stop, self.task, ready)
        except discord.LoginFailure as error:
            raise StartFailure(
                "Discord refuses the token. Copy it anew from "
                "https://discord.com/developers/applications → Bot, and set DISCORD_TOKEN to it."
            ) from error
        except discord.PrivilegedIntentsRequired:
            raise
        except (discord.DiscordException, *OUT_OF_REACH) as error:
            api = client.parts.settings.discord_api
            raise StartFailure(f"Discord can't be reached at {api} ({_reason(error)}).") from error
        finally:
            await _cancelled(ready)


async def _first_to_end(stop: asyncio.Event, *tasks: asyncio.Task[Any]) -> None:
    """Wait for `stop` or the first task to end; one that failed raises its error here."""
    stopping = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
    finally:
        await _cancelled(stopping)
    for task in done - {stopping}:
        task.result()


async def _cancelled(task: asyncio.Task[Any]) -> None:
    """Cancel a task and wait for its end; what it ended with has been seen elsewhere."""
    task.cancel()
    await asyncio.wait([task])


def _reason(error: BaseException) -> str:
    """An error in few words, its class where it has none."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
