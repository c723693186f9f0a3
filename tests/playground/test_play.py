"""The playground as a command: the real bot as a child of its own, kept alive, ended with it."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import textwrap
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.playground import DiscordBox
from bot.playground.supervisor import BotWontStart, Supervisor
from tests.playground.conftest import Hand, until


@asynccontextmanager
async def playing(*options: str, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`dreambot playground`, ended with SIGTERM if it still runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "playground",
        *options,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.communicate(), 30)


def children(pid: int) -> list[int]:
    """The processes that a process started and that still run."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):  # a thread that ended between two looks
            found += [int(child) for child in (task / "children").read_text().split()]
    return [child for child in found if alive(child)]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.long
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
async def test_it_prints_one_line_brings_a_killed_bot_back_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    async with playing("--port", "0", "--json", TMPDIR=str(tmp_path)) as process:
        assert process.stdout is not None
        ready = json.loads(await asyncio.wait_for(process.stdout.readline(), 60))
        assert set(ready) == {"page", "api", "gateway", "channel", "persons"}
        assert ready["api"].endswith("/api/v10")
        assert [person["name"] for person in ready["persons"]] == [
            *("Ada", "Grace", "Linus", "Barbara", "Edsger")
        ]
        assert isinstance(ready["persons"][0]["id"], str)
        hand = Hand(ready["api"], ready["channel"], ready["persons"][0]["token"])
        await hand.post("stays said")
        (bot,) = children(process.pid)
        (folder,) = tmp_path.glob("dreambot-playground-*")
        os.kill(bot, signal.SIGKILL)

        async def another() -> list[int]:
            return [pid for pid in children(process.pid) if pid != bot]

        (second,) = await until(another, 15)
        assert [message["content"] for message in await hand.messages()] == ["stays said"]
        await hand.client.aclose()
        process.terminate()
        rest, said = await asyncio.wait_for(process.communicate(), 30)
        assert process.returncode == 0
        assert rest == b""
        assert b"The bot was ended by SIGKILL; starting it again" in said
        assert not alive(second)
        assert not folder.exists()


async def test_a_busy_port_ends_it_with_one_sentence(box: DiscordBox) -> None:
    port = box.page.rstrip("/").rsplit(":", 1)[1]
    async with playing("--port", port) as process:
        _, said = await asyncio.wait_for(process.communicate(), 30)
        assert process.returncode == 1
    assert f"can't listen on 127.0.0.1:{port}" in said.decode()
    assert "Traceback" not in said.decode()


async def test_a_command_that_dies_is_started_again(tmp_path: Path) -> None:
    log = tmp_path / "starts"
    supervisor = Supervisor(["sh", "-c", f"echo x >> {log}; exit 3"], os.environ)
    supervisor.settled.set()
    running = asyncio.create_task(supervisor.run())

    async def twice() -> bool:
        return log.exists() and log.read_text() == "x\nx\n"

    await until(twice)
    await supervisor.stop(1)
    await asyncio.wait_for(running, 2)


async def test_a_command_that_never_settles_is_given_up(tmp_path: Path) -> None:
    supervisor = Supervisor(["sh", "-c", "exit 1"], os.environ)
    with pytest.raises(BotWontStart):
        await asyncio.wait_for(supervisor.run(), 10)


async def test_a_command_that_ignores_the_request_is_ended_after_its_grace(
    tmp_path: Path,
) -> None:
    mark = tmp_path / "pid"
    script = f"trap '' TERM; echo $$ > {mark}; while true; do sleep 0.1; done"
    supervisor = Supervisor(["sh", "-c", script], os.environ)
    running = asyncio.create_task(supervisor.run())

    async def started() -> bool:
        return mark.exists() and bool(mark.read_text().strip())

    await until(started)
    await supervisor.stop(0.2)
    await asyncio.wait_for(running, 2)
    assert not alive(int(mark.read_text()))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells children")
async def test_a_killed_parent_takes_its_child_along() -> None:
    program = """
        import asyncio, os
        from bot.playground.supervisor import Supervisor
        asyncio.run(Supervisor(["sh", "-c", "echo $$ >&2; exec sleep 60"], os.environ).run())
    """
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", textwrap.dedent(program), stderr=asyncio.subprocess.PIPE
    )
    assert parent.stderr is not None
    child = int(await asyncio.wait_for(parent.stderr.readline(), 10))
    assert alive(child)
    parent.kill()
    await parent.communicate()

    async def gone() -> bool:
        return not alive(child)

    await until(gone)
