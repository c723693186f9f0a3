"""Shuts a worker in before it opens anything of a stranger's, by what Linux gives to any user.

Four fences, none of which comes off again:

*   **Landlock** (Linux 5.13 and later): files. Of all that lies on disks a worker may read Python,
    the system's libraries, this package and its networks; it may write nothing and start nothing.
    Nor may it look into processes outside of its fence. Later kernels add TCP (6.7), signals and
    abstract sockets (6.12).
*   **seccomp** (x86-64 and ARM64): calls of the kernel. No socket is made or connected, no other
    process is traced, read or sent a signal, no file gets another owner or other rights, which
    Landlock lets pass; and io_uring, by which the same could be had, is refused.
*   **Capabilities**: root's are laid down, for parents that run as root.
*   **Not dumpable**: no other process of the same user looks into this one's memory, which holds
    somebody's picture. `conceal` does this for the parent, whose memory and environment hold more.

Landlock binds a thread and those it starts later, no others. So a worker shuts itself in while it
has one thread alone, before torch is imported; whatever it imports and starts is inside.
"""

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).resolve().parents[1]

_SYSTEM = (
    *("/lib", "/lib64", "/usr", "/nix/store", "/etc/ld.so.cache", "/etc/localtime"),
    *("/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system", "/sys/fs/cgroup"),
    *("/dev/null", "/dev/random", "/dev/urandom", "/dev/zero"),
)
_SYSTEM_FOR_A_GPU = ("/proc", "/sys")
_GPUS = ("nvidia*", "dri")

# Landlock: linux/landlock.h. Its calls have the same numbers on every processor.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_WRITE, _READ_FILE, _READ_FOLDER, _COMMAND_DEVICE = 1 << 1, 1 << 2, 1 << 3, 1 << 15
_READ = _READ_FILE | _READ_FOLDER
_USE = _READ_FILE | _WRITE | _COMMAND_DEVICE
_RIGHTS_SINCE = ((1, 13), (2, 14), (3, 15), (5, 16))
"""From which version on it knows how many rights to files: it refuses to hear of others."""

# seccomp: linux/seccomp.h, linux/filter.h. Calls by their numbers on x86-64 and on ARM64.
_REFUSED = (
    *((42, 203), (101, 117)),  # connect, ptrace
    *((310, 270), (311, 271)),  # process_vm_readv, process_vm_writev
    *((424, 424), (434, 434), (438, 438)),  # pidfd_send_signal, pidfd_open, pidfd_getfd
    *((200, 130), (129, 138), (297, 240)),  # tkill, rt_sigqueueinfo, rt_tgsigqueueinfo
    *((425, 425), (426, 426), (427, 427)),  # io_uring_setup, io_uring_enter, io_uring_register
    *((90, 52), (91, 52), (268, 53), (452, 452)),  # chmod, fchmod, fchmodat, fchmodat2
    *((92, 55), (93, 55), (94, 55), (260, 54)),  # chown, fchown, lchown, fchownat
    *((321, 280), (298, 241), (323, 282)),  # bpf, perf_event_open, userfaultfd
    *((248, 217), (249, 218), (250, 219)),  # add_key, request_key, keyctl
)
_OF_ONESELF = ((62, 129), (234, 131), (302, 261))
"""kill, tgkill, prlimit64: allowed where their first argument is this process, or 0 for it."""

_SOCKET = (41, 198)
_AF_UNIX = 1
_PROCESSORS = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
"""The column above, and what a filter is told of the processor."""

_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER, _PROCESSOR, _FIRST_ARGUMENT = 0, 4, 16
_OTHER_NUMBERS = 0x40000000
"""From here on x86-64 knows the same calls by second numbers."""
_ALLOW, _REFUSE = (_RETURN, 0, 0, 0x7FFF0000), (_RETURN, 0, 0, 0x00050001)  # with EPERM

# prctl
_SET_DUMPABLE, _SET_SECCOMP, _FILTER, _NO_NEW_PRIVILEGES = 4, 22, 2, 38


def conceal() -> bool:
    """Hide this process's memory and environment from others of its user, its workers among them.

    For programs that hold secrets, before they start a pool. The process leaves no core dump any
    more, and of what `/proc` has of it, some files are root's from now on.

    Returns:
        Whether this system has the means.
    """
    return sys.platform == "linux" and _had(_hide)


def shut_in(reading: Iterable[Path], *, gpu: bool = False) -> tuple[str, ...]:
    """Shut this process in for good. It should have no other thread yet.

    Args:
        reading: Folders that it may read besides what every worker needs.
        gpu: It may use the GPUs there are, and read what their drivers ask the system.

    Returns:
        What can't be had here, a sentence each.
    """
    if sys.platform != "linux":
        return ("Workers aren't shut in: only Linux has the means for that.",)
    alone = len(list(Path("/proc/self/task").iterdir())) == 1
    fences: list[tuple[Callable[[], object], str]] = [
        (_hide, "Workers can look into each other's memory."),
        (_lay_down_capabilities, "Workers of root can do what root can."),
        (lambda: _control(_NO_NEW_PRIVILEGES, 1), "Workers can start programs with more rights."),
        (
            lambda: _fence_files([*_everybodys(gpu), *_and_what_links_lead_to(reading)], gpu),
            "Workers can reach every file that their user can: Landlock isn't to be had here.",
        ),
        (
            lambda: _fence_calls(gpu),
            "Workers can reach the network: seccomp isn't to be had here, or not for this "
            "processor.",
        ),
    ]
    lacking = [sentence for fence, sentence in fences if not _had(fence)]
    return (*lacking, *(() if alone else ("Workers had threads before they were shut in.",)))


def _had(fence: Callable[[], object]) -> bool:
    try:
        fence()
    except (OSError, LookupError, AttributeError):
        return False
    return True


def _hide() -> None:
    _control(_SET_DUMPABLE, 0)


def _lay_down_capabilities() -> None:
    version, all_of_none = 0x20080522, 24
    header = struct.pack("=Ii", version, 0)
    if _libc().capset(header, bytes(all_of_none)):
        raise OSError(ctypes.get_errno(), "capset")


def _everybodys(gpu: bool) -> Iterator[Path]:
    """What a worker reads whoever runs it: the system's libraries, Python's, this package."""
    yield from map(Path, _SYSTEM + (_SYSTEM_FOR_A_GPU if gpu else ()))
    yield _PACKAGE
    for prefix in (sys.prefix, sys.base_prefix):
        yield Path(prefix, "lib")
    for entry in [*sys.path, *os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)]:
        # Where somebody stands or develops, there lies more than code.
        folder = Path(entry)
        if entry and folder != Path.cwd() and not (folder / "pyproject.toml").exists():
            yield folder
        elif (folder / _PACKAGE.name).is_dir():
            yield folder / _PACKAGE.name


def _and_what_links_lead_to(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        yield folder
        with suppress(OSError):
            yield from (entry.resolve() for entry in folder.iterdir() if entry.is_symlink())


def _fence_files(readable: Iterable[Path], gpu: bool) -> None:
    """Nothing but those is read from now on, nothing written, and no TCP spoken.

    Raises:
        OSError: There is no Landlock.
    """
    version = _call(_CREATE_RULESET, None, 0, 1)
    rights = (1 << max(count for since, count in _RIGHTS_SINCE if since <= version)) - 1
    tcp, signals_and_sockets = 3 * (version >= 4), 3 * (version >= 6)
    ruleset = _call(_CREATE_RULESET, struct.pack("=QQQ", rights, tcp, signals_and_sockets), 24, 0)
    try:
        for path in readable:
            _allow(ruleset, path, _READ & rights)
        _allow(ruleset, Path(os.devnull), _USE & rights)
        for pattern in _GPUS if gpu else ():
            for path in Path("/dev").glob(pattern):
                _allow(ruleset, path, (_USE | _READ) & rights)
        _call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what isn't there need not be allowed
    try:
        if not path.is_dir():
            rights &= ~_READ_FOLDER
        _call(_ADD_RULE, ruleset, 1, struct.pack("=Qi", rights, place), 0)
    finally:
        os.close(place)


def _fence_calls(gpu: bool) -> None:
    """The calls above fail from now on, as if somebody lacked the right.

    Raises:
        LookupError: Not on this processor.
        OSError: There is no seccomp.
    """
    column, processor = _PROCESSORS[platform.machine()]
    program = [(_LOAD, 0, 0, _PROCESSOR), (_EQUAL, 1, 0, processor), _REFUSE]
    program += [(_LOAD, 0, 0, _NUMBER), (_AT_LEAST, 0, 1, _OTHER_NUMBERS), _REFUSE]
    for numbers in _REFUSED:
        program += [(_EQUAL, 0, 1, numbers[column]), _REFUSE]
    for numbers in _OF_ONESELF:
        program += _refused_unless(numbers[column], (0, os.getpid()))
    # A GPU's driver talks to itself over sockets within this machine.
    program += _refused_unless(_SOCKET[column], (_AF_UNIX,) if gpu else ())
    program.append(_ALLOW)
    code = b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    _control(_SET_SECCOMP, _FILTER, struct.pack("@HP", len(program), ctypes.addressof(buffer)))


def _refused_unless(number: int, firsts: tuple[int, ...]) -> list[tuple[int, int, int, int]]:
    """Refuses a call unless its first argument is one of those."""
    body = [(_LOAD, 0, 0, _FIRST_ARGUMENT)]
    for remaining, first in zip(range(len(firsts), 0, -1), firsts, strict=True):
        body.append((_EQUAL, remaining, 0, first))
    body += [_REFUSE, _ALLOW]
    return [(_EQUAL, 0, len(body), number), *body]


def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def _control(option: int, *arguments: bytes | int) -> None:
    _checked("prctl", option, *arguments, *([0] * (4 - len(arguments))))


def _call(number: int, *arguments: bytes | int | None) -> int:
    return _checked("syscall", number, *arguments)


def _checked(function: str, *arguments: bytes | int | None) -> int:
    # Variadic functions take what they are given as it is: ints have to be as wide as pointers.
    wide = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    result: int = getattr(_libc(), function)(*wide)
    if result < 0:
        raise OSError(ctypes.get_errno(), function)
    return result
