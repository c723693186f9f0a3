"""What a worker that a picture has taken over can reach: tried from inside of real ones."""

import ast
import ctypes
import logging
import os
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from dream import DreamError, Limits, Pool
from dream.pool.crew import Crew
from dream.pool.messages import ProbeRequest
from dream.pool.plan import Plan
from tests.conftest import without

SECRET = "mfa.never-in-a-worker"
ROOT = Path(__file__).parents[3]


def landlock() -> int:
    """The version of it that this system has, 0 for none."""
    number, nothing, ask_version = (ctypes.c_long(each) for each in (444, 0, 1))
    version: int = ctypes.CDLL(None).syscall(number, nothing, nothing, ask_version)
    return max(0, version)


@pytest.fixture
def files_fenced() -> None:
    if sys.platform != "linux" or not landlock():
        without("isolation", "there is no Landlock on this system")


@pytest.fixture
def calls_fenced() -> None:
    if sys.platform != "linux" or os.uname().machine not in ("x86_64", "aarch64"):
        without("isolation", "calls are fenced on Linux alone, on x86-64 and ARM64")


@dataclass(frozen=True, slots=True)
class TakenOver(Plan):
    """A worker that starts as each does, and then does what somebody else wants.

    It is sent expressions in place of pictures, and tells what they come to as an error's sentence.
    """

    def command(self, descriptor: int) -> list[str]:
        mind = """
import ctypes, os, resource, socket, sqlite3, subprocess, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from dream.errors import DreamError
from dream.pool import messages, wire
from dream.pool.worker import isolate, options_of
options = options_of(sys.argv[1:])
lacking = isolate(options)
line = socket.socket(fileno=options.descriptor)
def say(work, message):
    wire.send(line, messages.pack(messages.Letter(work, message)))
def called(function, *arguments):
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, function)(*map(ctypes.c_long, arguments)) < 0:
        raise OSError(ctypes.get_errno(), function)
say(0, messages.Ready(lacking))
while (frame := wire.receive(line)) is not None:
    letter = messages.unpack(frame)
    say(letter.work, messages.Began())
    try:
        found = str(eval(letter.message.picture))
    except Exception as error:
        found = f"refused: {error!r}"
    say(letter.work, messages.Failure(DreamError(found)))
"""
        usual = Plan.command(self, descriptor)
        after = usual[usual.index("dream.pool.worker") + 1 :]
        return [sys.executable, "-c", mind, *after]


OPENER = TakenOver("opener", Limits())
DREAMER = TakenOver("dreamer", Limits())
OF_A_GPU = TakenOver("dreamer", Limits(), "cuda:0")

each = pytest.mark.parametrize(
    "worker", [OPENER, DREAMER, OF_A_GPU], ids=["opener", "dreamer", "of a GPU"]
)


async def found(worker: TakenOver, *expressions: str) -> list[str]:
    """What expressions come to inside of one worker, each as text, or `refused: …`."""
    crew = Crew([worker], grace=0)
    await crew.start()
    try:
        return [await told(crew, expression) for expression in expressions]
    finally:
        await crew.close(0)


async def told(crew: Crew, expression: str) -> str:
    with pytest.raises(DreamError) as error:
        await crew.run(ProbeRequest(expression.encode()))
    return str(error.value)


async def fenced_off(worker: TakenOver, *expressions: str) -> None:
    """See that all are refused in a worker, and none in one that isn't shut in.

    Raises:
        AssertionError: One isn't, or is refused there too, which proves nothing.
    """
    outside = await found(replace(worker, isolated=False), *expressions)
    inside = await found(worker, *expressions)
    for expression, without_fences, within in zip(expressions, outside, inside, strict=True):
        assert "refused" not in without_fences, expression
        assert within.startswith("refused: PermissionError"), (expression, within)


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    """A folder as a bot keeps it: a database, and pictures."""
    with closing(sqlite3.connect(tmp_path / "dreambot.sqlite")) as database:
        database.execute("CREATE TABLE job (requester)")
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "somebodys.jpg").write_bytes(b"a picture")
    return tmp_path


@each
@pytest.mark.usefixtures("files_fenced")
async def test_the_database_is_out_of_reach(bot: Path, worker: TakenOver) -> None:
    file = bot / "dreambot.sqlite"
    select = f"sqlite3.connect('{file}').execute('SELECT * FROM job').fetchall()"

    await fenced_off(worker, f"Path('{file}').read_bytes()")
    assert await found(replace(worker, isolated=False), select) == ["[]"]
    assert "unable to open" in (await found(worker, select))[0]


@each
@pytest.mark.usefixtures("files_fenced")
async def test_other_peoples_pictures_are_out_of_reach(bot: Path, worker: TakenOver) -> None:
    other = Crew([Plan("opener", Limits())], grace=0)
    await other.start()

    await fenced_off(
        worker,
        f"os.listdir('{bot}/pictures')",
        f"Path('{bot}/pictures/somebodys.jpg').read_bytes()",
        f"open('/proc/{other.pids[0]}/mem', 'rb').close()",
    )
    await other.close(0)


@each
@pytest.mark.usefixtures("files_fenced")
async def test_nothing_is_written_anywhere_or_taken_away(bot: Path, worker: TakenOver) -> None:
    marks = [folder / f".mark-{os.getpid()}" for folder in (bot, Path.home(), ROOT / "dream")]

    await fenced_off(
        worker,
        *(f"Path('{mark}').touch() or Path('{mark}').unlink()" for mark in marks),
        f"os.truncate('{bot}/pictures/somebodys.jpg', 4)",
        f"Path('{bot}/pictures').rename('{bot}/mine').rename('{bot}/pictures')",
    )


@pytest.mark.usefixtures("calls_fenced")
async def test_no_file_gets_other_rights(bot: Path) -> None:
    file = bot / "dreambot.sqlite"

    await fenced_off(OPENER, f"os.chmod('{file}', 0o600)", f"os.chown('{file}', {os.getuid()}, -1)")


@each
@pytest.mark.usefixtures("files_fenced")
async def test_the_parents_memory_and_environment_are_out_of_reach(worker: TakenOver) -> None:
    await fenced_off(
        worker,
        "Path(f'/proc/{os.getppid()}/environ').read_bytes()",
        "open(f'/proc/{os.getppid()}/mem', 'rb').close()",
        "os.readlink(f'/proc/{os.getppid()}/fd/0')",
    )


@each
@pytest.mark.usefixtures("calls_fenced")
async def test_other_processes_are_out_of_reach(worker: TakenOver) -> None:
    await fenced_off(
        worker,
        "called('process_vm_readv', os.getppid(), 0, 0, 0, 0, 0)",
        "os.kill(os.getppid(), 0)",
        "os.pidfd_open(os.getppid())",
        "resource.prlimit(os.getppid(), resource.RLIMIT_CPU)",
    )
    attach = 16
    attached, itself, limit = await found(
        worker,
        f"called('ptrace', {attach}, os.getppid(), 0, 0)",
        "os.kill(os.getpid(), 0)",
        "resource.getrlimit(resource.RLIMIT_CPU)",
    )
    assert "PermissionError" in attached
    assert "refused" not in itself + limit


@each
@pytest.mark.usefixtures("calls_fenced")
async def test_no_network_is_in_reach(tmp_path: Path, worker: TakenOver) -> None:
    path = tmp_path / ".s.PGSQL.5432"
    with socket.create_server(("127.0.0.1", 0)) as by_tcp, socket.socket(socket.AF_UNIX) as by_file:
        by_file.bind(str(path))
        by_file.listen()

        await fenced_off(
            worker,
            f"socket.create_connection({by_tcp.getsockname()})",
            "socket.create_server(('127.0.0.1', 0))",
            "socket.socket(type=socket.SOCK_DGRAM)",
            f"socket.socket(socket.AF_UNIX).connect('{path}')",
        )


@each
async def test_it_holds_no_socket_and_no_file_but_its_own(
    tmp_path: Path, worker: TakenOver
) -> None:
    with socket.create_server(("127.0.0.1", 0)), (tmp_path / "open").open("w"):
        (listing,) = await found(
            worker,
            "[os.readlink(f'/proc/self/fd/{each}') for each in os.listdir('/proc/self/fd') "
            "if os.path.exists(f'/proc/self/fd/{each}')]",
        )

    standard, *_, line = held = ast.literal_eval(listing)
    assert standard == os.devnull
    assert line.startswith("socket:")
    assert len(held) == 4


@each
@pytest.mark.usefixtures("files_fenced")
async def test_no_program_is_started(worker: TakenOver) -> None:
    await fenced_off(worker, "subprocess.run(['/bin/true'])")


@pytest.mark.usefixtures("files_fenced", "calls_fenced")
async def test_threads_are_inside_as_well(bot: Path) -> None:
    await fenced_off(
        DREAMER,
        f"ThreadPoolExecutor().submit(Path('{bot}/dreambot.sqlite').read_bytes).result()",
        "ThreadPoolExecutor().submit(socket.socket).result().close()",
    )


@each
async def test_its_environment_holds_no_secret(
    monkeypatch: pytest.MonkeyPatch, worker: TakenOver
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", SECRET)
    monkeypatch.setenv("DATABASE_URL", f"postgresql://bot:{SECRET}@db/bot")

    names, holds = await found(worker, "sorted(os.environ)", f"'{SECRET}' in str(os.environ)")

    assert "PATH" in names
    assert not {"DISCORD_TOKEN", "DATABASE_URL"} & set(ast.literal_eval(names))
    assert holds == "False"


@pytest.mark.usefixtures("files_fenced")
async def test_where_it_was_started_is_out_of_reach_and_so_is_the_rest_of_a_checkout(
    bot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(bot)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))

    await fenced_off(
        DREAMER, "Path('dreambot.sqlite').read_bytes()", f"Path('{ROOT}/README.md').read_bytes()"
    )
    (package,) = await found(DREAMER, "__import__('dream.ascent').__file__")
    assert package == str(ROOT / "dream" / "__init__.py")


@pytest.mark.usefixtures("files_fenced")
async def test_networks_are_in_reach_of_dreamers_alone_whenever_they_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, elsewhere, cache = (tmp_path / name for name in ("own", "elsewhere", "cache"))
    for folder in (own, elsewhere):
        folder.mkdir()
        (folder / "a.pth").write_bytes(b"weights")
    (own / "b.pth").symlink_to(elsewhere / "a.pth")
    monkeypatch.setenv("DREAM_WEIGHTS", str(own))
    monkeypatch.setenv("DREAM_CACHE", str(cache))
    reading = [f"Path('{file}').read_bytes()" for file in (own / "a.pth", own / "b.pth")]
    crew = Crew([DREAMER], grace=0)
    await crew.start()
    (cache / "c.pth").write_bytes(b"fetched")

    assert await told(crew, f"Path('{cache}/c.pth').read_bytes()") == "b'fetched'"
    assert [await told(crew, expression) for expression in reading] == ["b'weights'"] * 2
    await crew.close(0)
    await fenced_off(DREAMER, f"os.listdir('{elsewhere}')")
    await fenced_off(OPENER, *reading)


@pytest.mark.usefixtures("files_fenced", "calls_fenced")
async def test_what_stays_in_reach_is_what_the_page_says(bot: Path) -> None:
    size, time, users, system, written = await found(
        DREAMER,
        f"os.stat('{bot}/pictures/somebodys.jpg').st_size",
        f"os.utime('{bot}/pictures/somebodys.jpg')",
        "Path('/etc/passwd').read_text()",
        "os.listdir('/usr')",
        "os.write(2, b'')",
    )

    assert (size, time) == ("9", "None")
    assert users.startswith("refused")
    assert "refused" not in system + written


async def test_a_pool_says_once_what_can_not_be_had(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        async with Pool(["cpu"], threads=1, isolated=False):
            pass

    assert caplog.text.count("Workers aren't shut in: that is switched off.") == 1


@pytest.mark.usefixtures("files_fenced", "calls_fenced")
async def test_a_pool_says_that_its_workers_are_shut_in(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        async with Pool(["cpu"], threads=1):
            pass

    assert "workers are shut in" in caplog.text
    assert "WARNING" not in caplog.text


CONCEALED = """
import ctypes, os, sys
from dream import conceal

def read_by_another():
    if os.fork() == 0:
        try:
            os._exit(0 if open(f"/proc/{os.getppid()}/environ").read() else 2)
        except PermissionError:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.wait()[1])

if os.getuid() == 0:
    os.setuid(65534)
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
print(read_by_another(), conceal(), read_by_another())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux hides a process's memory")
def test_a_concealed_process_is_not_read_by_others_of_its_user() -> None:
    told = subprocess.run(
        [sys.executable, "-c", CONCEALED], capture_output=True, text=True, check=True, cwd=ROOT
    )

    assert told.stdout.split() == ["0", "True", "1"]
