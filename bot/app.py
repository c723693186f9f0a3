"""The composition root: builds the parts, starts them in order, stops them in reverse."""

import asyncio
import contextlib
import logging
import os
import platform
import re
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import discord

import dream
from bot.acceptance import Acceptance
from bot.arrivals import Arrivals
from bot.client import DreamBot, Parts, use_addresses
from bot.database import BadAddress, CannotMigrate, Database, DatabaseAway, migrate
from bot.dreams import Dreams
from bot.gallery import Gallery
from bot.gate import BadGate, Gate, load
from bot.guilds import Guilds
from bot.history import History
from bot.intake import Intake
from bot.jobs.acts import Acts
from bot.jobs.cancelling import Cancelling
from bot.jobs.estimates import Machine
from bot.jobs.forget import Forgetting
from bot.jobs.runner import Runner
from bot.jobs.submit import Submission
from bot.jobs.sweep import Sweeper
from bot.jobs.turns import Bounds
from bot.networks import fetch_missing
from bot.news import News
from bot.outages import Outages
from bot.outside import Outside
from bot.preferences import Preferences
from bot.presets import Presets
from bot.seen import Seen
from bot.settings import Settings
from bot.storage import NoSuchStorage, Storage, StorageError
from bot.ui.messenger import DiscordMessenger
from bot.ui.postman import Postman

log = logging.getLogger(__name__)

OUT_OF_REACH = (aiohttp.ClientError, OSError, TimeoutError)

INTAKE_GRACE = 10.0
"""Seconds in which wishes under way may still become jobs when the bot stops."""

LOGIN_PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
"""Seconds between the attempts to log in while Discord answers that it is in trouble."""

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
    began = discord.utils.utcnow()
    check(settings)
    gate = load_gate(settings)
    use_addresses(settings)
    if not dream.conceal():
        log.warning("Other programs of this user can read my memory: only Linux hides it.")
    async with contextlib.AsyncExitStack() as stack:
        await asyncio.to_thread(make_folder, settings)
        storage = await _storage(settings)
        database = await stack.enter_async_context(_database(settings))
        seen = Seen(database, discord.utils.time_snowflake(began))
        await seen.load()
        stack.push_async_callback(seen.flush)
        connection = _Connection()
        stack.push_async_callback(connection.close)
        pool = await stack.enter_async_context(_pool(settings))
        limits, key = settings.limits, settings.hashing_key
        guilds = Guilds(database, limits)
        submission = Submission(database, storage, limits, key=key, guilds=guilds)
        messenger = DiscordMessenger(submission.waits)
        stack.push_async_callback(messenger.close)
        runner = _runner(settings, database, storage, pool, messenger)
        intake = open_intake(settings, storage)
        stack.push_async_callback(intake.close)
        acceptance = Acceptance(
            settings, intake, pool, submission, runner, gate=gate, guilds=guilds
        )
        news = News(database)
        parts = Parts(
            settings,
            acceptance,
            submission,
            messenger,
            acts=Acts(database, key),
            forgetting=Forgetting(database, storage, key),
            lineup=runner.lineup,
            cancelling=Cancelling(database, runner.tidy),
            history=History(database, storage, pool),
            dreams=Dreams(database, storage, intake, pool),
            gallery=Gallery(database),
            news=news,
            postman=Postman(news),
            preferences=Preferences(database),
            presets=Presets(database, settings.saved_presets),
            guilds=guilds,
            outages=Outages(database),
            seen=seen,
            arrivals=Arrivals(database),
        )

        if not await connection.open(parts, token.get_secret_value(), stop):
            return
        running = asyncio.create_task(runner.run(), name="runner")
        beside = [
            asyncio.create_task(seen.run(), name="seen"),
            asyncio.create_task(parts.outages.run(), name="postponed"),
            asyncio.create_task(parts.postman.run(), name="news"),
            asyncio.create_task(fetch_missing(), name="fetching"),
            asyncio.create_task(_sweeper(settings, database, storage).run(), name="sweeping"),
        ]
        log.info(
            "ready; dreams at a time: %d, each with at most %d MiB of memory",
            pool.slots,
            settings.worker_memory // 2**20,
        )
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
            for task in (running, *beside):
                await _cancelled(task)


def _runner(
    settings: Settings,
    database: Database,
    storage: Storage,
    pool: dream.Pool,
    messenger: DiscordMessenger,
) -> Runner:
    return Runner(
        database,
        storage,
        pool,
        messenger,
        lease_seconds=settings.lease_seconds,
        bounds=Bounds(person=settings.at_once, guild=settings.server_at_once),
        machine=Machine(platform.node(), pool.makeup),
    )


def open_intake(settings: Settings, storage: Storage) -> Intake:
    """What fetches pictures, by those settings."""
    most = settings.picture_bytes
    hosts = [host.strip() for host in settings.picture_hosts.split(",") if host.strip()]
    outside = Outside(hosts=hosts, own=[settings.discord_cdn], most=most)
    return Intake(most=most, outside=outside, storage=storage)


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


def load_gate(settings: Settings) -> Gate | None:
    """The function of the settings that judges pictures; None without one.

    Raises:
        StartFailure: It can't be had, so no picture could be judged.
    """
    try:
        return load(settings.gate) if settings.gate else None
    except BadGate as bad:
        raise StartFailure(f"DREAMBOT_GATE: {bad}") from bad


def make_folder(settings: Settings) -> None:
    """Make the data folder, and see that it can be written.

    Raises:
        StartFailure: It can't.
    """
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        _try_to_write(settings.data)
    except OSError as error:
        raise StartFailure(
            f"The folder {settings.data} can't be written ({_reason(error)}). "
            "Set DREAMBOT_DATA to one that can."
        ) from error


def _try_to_write(folder: Path) -> None:
    trial = folder / f".trial-{os.getpid()}"
    trial.write_bytes(b"dream")
    trial.unlink()


async def _storage(settings: Settings) -> Storage:
    try:
        storage = Storage(settings.pictures)
    except NoSuchStorage as error:
        raise StartFailure(f"DREAMBOT_STORAGE: {error}") from error
    try:
        await storage.try_out()
    except StorageError as error:
        raise StartFailure(
            f"Pictures can't be kept in {storage} ({_reason(error.__cause__ or error)}). "
            "Set DREAMBOT_STORAGE to where they can."
        ) from error
    return storage


def _sweeper(settings: Settings, database: Database, storage: Storage) -> Sweeper:
    keep, record = timedelta(hours=settings.keep_hours), timedelta(days=settings.record_days)
    return Sweeper(database, storage, keep=keep, record=record)


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
        pool = dream.Pool(
            devices,
            threads=settings.threads,
            limits=limits,
            memory=settings.worker_memory,
            isolated=settings.isolation,
        )
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
        content, pauses = True, iter(LOGIN_PAUSES)
        while not stop.is_set():
            try:
                await self._open(DreamBot(parts, message_content=content), token, stop)
                break
            except discord.PrivilegedIntentsRequired:
                log.warning(
                    "The bot may not read messages: switch on the Message Content Intent at "
                    "https://discord.com/developers/applications → Bot. It goes on without."
                )
                content = False
            except discord.DiscordServerError as error:
                pause = next(pauses, None)
                if pause is None:
                    raise _unreachable(parts.settings, error) from error
                log.warning("Discord is in trouble (%s), trying again in %g s", error, pause)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), pause)
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
        except (discord.PrivilegedIntentsRequired, discord.DiscordServerError):
            raise
        except (discord.DiscordException, *OUT_OF_REACH) as error:
            raise _unreachable(client.parts.settings, error) from error
        finally:
            await _cancelled(ready)


def _unreachable(settings: Settings, error: Exception) -> StartFailure:
    return StartFailure(f"Discord can't be reached at {settings.discord_api} ({_reason(error)}).")


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
