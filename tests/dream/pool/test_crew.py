"""Crews of real, light processes: fair, and never short of a worker for long."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from io import BytesIO

import pytest
from PIL import Image

from dream import (
    BrokenPicture,
    Limits,
    NotAPicture,
    NoWorkers,
    Output,
    PoolClosed,
    PoolError,
    Probe,
    Recipe,
    TookTooLong,
    TooMuchMemory,
    WorkerDied,
)
from dream.pool import crew as module
from dream.pool import process
from dream.pool.crew import Crew
from dream.pool.messages import Answer, DreamRequest, ProbeRequest, Reencoded, ReencodeRequest
from dream.pool.plan import Plan
from dream.pool.process import WorkerProcess
from tests.dream.pool.processes import cpu_seconds, wait_until_dead, workers

LIMITS = Limits(bytes=200 * 2**20, pixels=2_000_000_000)


def picture(width: int = 3, height: int = 2) -> bytes:
    file = BytesIO()
    Image.new("1", (width, height)).save(file, "PNG")
    return file.getvalue()


# Pillow reads on until it finds a frame, and there is none: some seconds of work.
SLOW = b"GIF89a\1\0\1\0\x80\0\0" + bytes(6) + b"!\xfe" + b"\x01a" * 40_000_000


@pytest.fixture
async def crew() -> AsyncIterator[Crew]:
    """A crew of a single opener."""
    crew = Crew([Plan("opener", LIMITS)], grace=0.2)
    await crew.start()
    yield crew
    await crew.close(0)
    assert not workers()


async def probed(crew: Crew, width: int) -> int:
    answer = await crew.run(ProbeRequest(picture(width)))
    assert isinstance(answer, Probe)
    return answer.size[0]


async def began(crew: Crew) -> asyncio.Task[Answer]:
    """A task whose work the only worker is in the middle of."""
    before = cpu_seconds(crew.pids[0])
    task = asyncio.create_task(crew.run(ProbeRequest(SLOW)))
    async with asyncio.timeout(10):
        while cpu_seconds(crew.pids[0]) < before + 0.3:
            await asyncio.sleep(0.02)
    assert not task.done()
    return task


async def test_who_comes_first_is_served_first(crew: Crew) -> None:
    served: list[int] = []

    async def wait_for_turn(width: int) -> None:
        served.append(await probed(crew, width))

    async with asyncio.TaskGroup() as group:
        for width in range(1, 31):
            group.create_task(wait_for_turn(width))

    assert served == list(range(1, 31))


async def test_who_stops_waiting_takes_nobodys_turn(crew: Crew) -> None:
    turns = [asyncio.create_task(probed(crew, width)) for width in range(1, 9)]
    await asyncio.sleep(0)
    for turn in turns[1::2]:
        turn.cancel()

    done = await asyncio.gather(*turns, return_exceptions=True)

    assert [result for result in done if isinstance(result, int)] == [1, 3, 5, 7]
    assert await probed(crew, 99) == 99


async def test_an_error_costs_nothing_but_the_answer(crew: Crew) -> None:
    pids = crew.pids

    with pytest.raises(NotAPicture, match="no picture"):
        await crew.run(ProbeRequest(b"plain text"))

    assert await probed(crew, 5) == 5
    assert crew.pids == pids


async def test_an_error_nobody_expected_is_logged_once_under_the_id_that_people_see(
    capfd: pytest.CaptureFixture[str],
) -> None:
    crew = Crew([Plan("opener", LIMITS)], grace=0.2)  # its log is caught from the start
    await crew.start()

    with pytest.raises(PoolError, match=r"\(error [0-9a-f]{8}\)") as caught:
        await crew.run(DreamRequest(picture(), Recipe(), Output()))

    name = str(caught.value).partition("(error ")[2][:8]
    log = capfd.readouterr().err
    assert log.count(name) == log.count("Traceback") == 1
    assert "an opener doesn't dream" in log
    assert await probed(crew, 5) == 5
    await crew.close(0)


async def test_ctrl_c_is_none_of_a_workers_business(crew: Crew) -> None:
    before = crew.pids
    os.kill(before[0], signal.SIGINT)

    assert await probed(crew, 5) == 5
    assert crew.pids == before


async def test_a_worker_killed_in_its_work_fails_that_work_only(crew: Crew) -> None:
    task = await began(crew)
    waiting = asyncio.create_task(probed(crew, 7))
    os.kill(crew.pids[0], signal.SIGKILL)

    with pytest.raises(WorkerDied):
        await task
    assert await waiting == 7


async def test_a_worker_killed_while_idle_is_not_noticed_by_anybody(crew: Crew) -> None:
    before = crew.pids
    os.kill(before[0], signal.SIGKILL)

    assert await probed(crew, 7) == 7
    assert crew.pids != before


async def test_work_that_takes_too_long_is_stopped(crew: Crew) -> None:
    before = set(crew.pids)
    start = time.monotonic()

    with pytest.raises(TookTooLong, match=r"0\.3 seconds"):
        await crew.run(ProbeRequest(SLOW), seconds=0.3)

    assert time.monotonic() - start < 2
    assert await probed(crew, 7) == 7
    wait_until_dead(before)


async def test_a_worker_that_hangs_is_killed_after_the_grace(crew: Crew) -> None:
    before = set(crew.pids)
    os.kill(crew.pids[0], signal.SIGSTOP)
    task = asyncio.create_task(crew.run(ProbeRequest(picture())))
    await asyncio.sleep(0.1)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await probed(crew, 7) == 7
    wait_until_dead(before)


async def test_a_bomb_bursts_in_the_opener_and_not_around_it(crew: Crew) -> None:
    before = crew.pids
    bomb = picture(25_000, 25_000)
    assert len(bomb) < 200_000

    with pytest.raises(BrokenPicture):
        await crew.run(ReencodeRequest(bomb, Output()))

    assert await probed(crew, 7) == 7
    assert crew.pids == before


async def test_closing_ends_waiting_and_work_and_processes(crew: Crew) -> None:
    work = await began(crew)
    waiting = asyncio.create_task(probed(crew, 7))
    await asyncio.sleep(0)

    await crew.close(0)

    for task in (work, waiting):
        with pytest.raises(PoolClosed):
            await task
    with pytest.raises(PoolClosed):
        await probed(crew, 7)
    assert not workers()


async def test_closing_with_grace_lets_work_end(crew: Crew) -> None:
    work = asyncio.create_task(crew.run(ReencodeRequest(picture(3000, 2000), Output())))
    await asyncio.sleep(0)

    await crew.close(30)

    assert work.done()
    assert work.exception() is None


async def test_whoever_can_not_start_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    crew = Crew([Plan("opener", LIMITS)], grace=0)
    try:
        with pytest.raises(NoWorkers, match="No opener can be started"):
            await crew.start()
        with pytest.raises(NoWorkers, match="just now"):
            await probed(crew, 1)
    finally:
        await crew.close(0)


async def test_who_waits_is_told_when_no_worker_can_be_replaced_and_later_served_again(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", "/nowhere/python")
        os.kill(crew.pids[0], signal.SIGKILL)
        with pytest.raises(NoWorkers, match="just now") as caught:
            await probed(crew, 7)
    assert "/nowhere" not in str(caught.value), "the reason is not for whoever has a picture"

    async with asyncio.timeout(20):
        while True:
            try:
                assert await probed(crew, 7) == 7
                break
            except NoWorkers:
                await asyncio.sleep(0.1)


BEGINNING = """
import ctypes, socket, sys, time
from dream.pool import messages, wire
line = socket.socket(fileno=int(sys.argv[1]))
""".strip()
READY = f"{BEGINNING}; wire.send(line, messages.pack(messages.Letter(0, messages.Ready())))"
BEGIN = "wire.send(line, messages.pack(messages.Letter(1, messages.Began())))"
STUCK = "ctypes.PyDLL(None).sleep(60)"
"""Without letting go of the interpreter, so that no other thread can listen meanwhile."""


@dataclass(frozen=True, slots=True)
class Impostor(Plan):
    """Starts a process that says it is ready and then whatever it likes."""

    program: str = ""

    def command(self, descriptor: int) -> list[str]:
        return [
            sys.executable,
            "-c",
            f"{READY}; wire.receive(line); {self.program}",
            str(descriptor),
        ]


@pytest.mark.parametrize(
    "program",
    [
        "line.sendall(b'HTTP/1.1 200 OK\\r\\n\\r\\n'); time.sleep(60)",
        "wire.send(line, wire.Frame(b'null')); time.sleep(60)",
        "wire.send(line, messages.pack(messages.Letter(1, messages.Cancel()))); time.sleep(60)",
        "line.sendall(b'DRM1\\0\\0'); line.close()",
    ],
)
async def test_a_worker_that_talks_nonsense_is_put_down(program: str) -> None:
    crew = Crew([Impostor("opener", LIMITS, program=f"{BEGIN}; {program}")], grace=0)
    try:
        await crew.start()
        with pytest.raises(WorkerDied):
            await crew.run(ProbeRequest(picture()))
    finally:
        await crew.close(0)


async def test_a_worker_stuck_where_python_has_no_say_is_killed_after_the_time() -> None:
    crew = Crew([Impostor("opener", LIMITS, program=f"{BEGIN}; {STUCK}")], grace=0.2)
    await crew.start()
    before = set(crew.pids)

    with pytest.raises(TookTooLong):
        await crew.run(ProbeRequest(picture()), seconds=0.3)

    await asyncio.to_thread(wait_until_dead, before)
    await crew.close(0)


async def test_a_worker_that_hung_while_idle_costs_nobody_the_work(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "ATTENTION", 0.5)
    before = set(crew.pids)
    os.kill(crew.pids[0], signal.SIGSTOP)
    large = BytesIO()  # more than fits into the line at once
    Image.frombytes("L", (2000, 1500), os.urandom(3_000_000)).save(large, "PNG")

    answer = await crew.run(ProbeRequest(large.getvalue()), seconds=20)

    assert isinstance(answer, Probe)
    await asyncio.to_thread(wait_until_dead, before)


async def test_work_goes_to_the_first_worker_that_takes_it_however_many_hung_while_idle(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(process, "ATTENTION", 0.5)
    crew = Crew([Plan("opener", LIMITS)] * 3, grace=0.2)
    await crew.start()
    before = set(crew.pids)
    for pid in before:
        os.kill(pid, signal.SIGSTOP)

    assert await probed(crew, 7) == 7

    await asyncio.to_thread(wait_until_dead, before)
    await crew.close(0)


async def test_work_that_no_worker_ever_takes_up_comes_back_as_not_begun() -> None:
    crew = Crew([Impostor("opener", LIMITS, program="line.close()")], grace=0)
    await crew.start()

    with pytest.raises(NoWorkers):
        await probed(crew, 7)

    await crew.close(0)


@dataclass(frozen=True, slots=True)
class Program(Plan):
    """Starts any program of Python in place of a worker."""

    program: str = ""

    def command(self, descriptor: int) -> list[str]:
        return [sys.executable, "-c", self.program, str(descriptor), "dream.pool.worker"]


async def test_a_worker_that_stops_while_it_starts_is_not_left_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(process, "PATIENCE", 0.5)
    stopped = "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)"
    crew = Crew([Program("opener", LIMITS, program=stopped)], grace=0)

    with pytest.raises(PoolError, match="wasn't ready"):
        await crew.start()

    await crew.close(0)
    assert not workers()


async def test_a_worker_that_takes_too_much_memory_fails_its_own_work_only() -> None:
    most = 500 * 2**20
    crew = Crew([Plan("opener", LIMITS, memory=most)] * 2, grace=0.2)
    await crew.start()
    before = set(crew.pids)
    other = asyncio.create_task(crew.run(ReencodeRequest(picture(4000, 4000), Output())))

    with pytest.raises(TooMuchMemory, match=r"0\.488 GB of memory"):
        await crew.run(ReencodeRequest(picture(16_000, 16_000), Output()))

    await other
    assert await asyncio.gather(*(probed(crew, 7) for _ in range(4))) == [7] * 4
    assert len(before & set(crew.pids)) == 1
    await crew.close(0)


async def test_what_can_not_be_started_is_logged_once_and_so_is_that_it_can_be_again(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LONG_LIFE", 0.1)
    crew = Crew([Plan("opener", LIMITS)] * 2, grace=0)
    await crew.start()
    with monkeypatch.context() as patch, caplog.at_level("WARNING"):
        patch.setattr(sys, "executable", "/nowhere/python")
        patch.setattr(module, "LONGEST_PAUSE", 0.1)
        for pid in crew.pids:
            os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(2)
        with pytest.raises(NoWorkers):
            await probed(crew, 7)

    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "No opener can be started" in caplog.text
    async with asyncio.timeout(20):
        while "all is well" not in caplog.text:
            await asyncio.sleep(0.05)
    assert await probed(crew, 7) == 7
    await crew.close(0)
    assert len(caplog.records) == 2


async def test_workers_that_end_as_soon_as_they_are_ready_are_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    crew = Crew([Program("opener", LIMITS, program=READY)], grace=0)
    await crew.start()
    async with asyncio.timeout(20):
        while "No opener can be started" not in caplog.text:
            await asyncio.sleep(0.05)

    await asyncio.sleep(1)

    assert len(caplog.records) == 1
    await crew.close(0)


async def test_many_deaths_in_a_row_in_work_are_logged_once_and_the_next_worker_is_there_at_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    crew = Crew([Impostor("opener", LIMITS, program=BEGIN)], grace=0)
    await crew.start()

    for _ in range(6):
        with pytest.raises(WorkerDied):
            await crew.run(ProbeRequest(picture()))

    assert [record.message for record in caplog.records] == [
        "3 openers in a row died in their work."
    ]
    await crew.close(0)


async def test_a_worker_that_talks_without_end_does_not_fill_our_memory(
    caplog: pytest.LogCaptureFixture,
) -> None:
    flood = "while True: wire.send(line, messages.pack(messages.Letter(0, messages.Began())))"
    crew = Crew([Program("opener", LIMITS, program=f"{READY}\n{flood}")], grace=0)
    await crew.start()

    await asyncio.to_thread(wait_until_dead, set(crew.pids))

    assert "more than anybody listens to" in caplog.text
    await crew.close(0)


@pytest.mark.parametrize(
    ("message", "number"),
    [
        ("outcome.Progress(0.5, 1, 4, bytes(2**20))", 50),
        ("outcome.Progress(0.5, 1, 4, bytes(2**20 + 1))", 1),
        ("messages.Reencoded(bytes(2**16), 'PNG')", 1),
    ],
)
async def test_pictures_that_nobody_asked_for_do_not_fill_our_memory(
    message: str, number: int, caplog: pytest.LogCaptureFixture
) -> None:
    flood = (
        f"frame = messages.pack(messages.Letter(0, {message}))\n"
        f"for _ in range({number}): wire.send(line, frame)\n"
        "line.recv(1)"
    )
    program = f"{READY}\nfrom dream import outcome\n{flood}"
    crew = Crew([Program("opener", LIMITS, program=program)], grace=0)
    await crew.start()

    await asyncio.to_thread(wait_until_dead, set(crew.pids))

    assert "more than belongs into such a frame" in caplog.text
    await crew.close(0)


async def test_an_answer_is_no_larger_than_it_was_asked_to_be(
    caplog: pytest.LogCaptureFixture,
) -> None:
    answer = (
        "wire.send(line, messages.pack(messages.Letter(1, messages.Reencoded(bytes(999), 'PNG'))))"
    )
    plan = Impostor("opener", LIMITS, program=f"{BEGIN}; {answer}; line.recv(1)")
    for budget in (None, 999):
        crew = Crew([plan], grace=0)
        await crew.start()
        assert isinstance(await crew.run(ReencodeRequest(b"", Output("PNG", budget))), Reencoded)
        await crew.close(0)
    crew = Crew([plan], grace=0)
    await crew.start()

    with pytest.raises(WorkerDied):
        await crew.run(ReencodeRequest(b"", Output("PNG", 998)))

    assert "more than belongs into such a frame" in caplog.text
    await crew.close(0)


async def test_a_worker_that_is_never_ready_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(process, "PATIENCE", 0.01)
    crew = Crew([Plan("opener", LIMITS)], grace=0)
    try:
        with pytest.raises(PoolError, match="wasn't ready"):
            await crew.start()
    finally:
        await crew.close(0)


async def test_killing_again_takes_no_end_away(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(60):
        ours, theirs = socket.socketpair()
        process = await asyncio.create_subprocess_exec("sleep", "30")
        plan = Plan("opener", LIMITS)
        worker = WorkerProcess(plan, process, *await asyncio.open_connection(sock=ours))
        first = asyncio.create_task(worker.kill())
        await asyncio.sleep(0)
        dead = time.perf_counter() + 0.0008
        while time.perf_counter() < dead:
            pass  # a loop that is busy at the moment of the death hasn't heard of it
        second = asyncio.create_task(worker.kill())
        await asyncio.sleep(0)
        theirs.close()
        await asyncio.gather(first, second)
    assert "Unknown child" not in caplog.text
