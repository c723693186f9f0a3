"""Work that gets so much memory: more is refused, and only in its course.

Each in a new process: this one has got memory that it isn't using, and more of that isn't more.
"""

import resource
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import pytest

from dream.confined import confined
from dream.memory import keep_memory

T = TypeVar("T")

MEGABYTE = 2**20

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="only Linux limits what a process comes to have"
)


def anew(act: Callable[..., T], *arguments: object) -> T:
    """What that gives in a new process."""
    with ProcessPoolExecutor(1, get_context("spawn")) as processes:
        return processes.submit(act, *arguments).result()


def refused(megabytes: int, *limits: int | None) -> bool:
    """Whether so much is refused within those limits, one in the other."""
    with ExitStack() as within:
        for limit in limits:
            within.enter_context(confined(limit and limit * MEGABYTE))
        try:
            return len(bytearray(megabytes * MEGABYTE)) != megabytes * MEGABYTE
        except MemoryError:
            return True


def data_kept_of(megabytes: int) -> int:
    """Bytes of data that this process still has of so much, taken within a limit and freed."""
    keep_memory()
    before = data()
    with confined(2 * megabytes * MEGABYTE):
        large = [bytearray(4 * MEGABYTE) for _ in range(megabytes // 4)]
        small = [bytearray(1000) for _ in range(10_000)]
        del large
    del small[::2]
    return data() - before


def data() -> int:
    return int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()


def limits_before_and_after() -> tuple[object, object]:
    before = resource.getrlimit(resource.RLIMIT_DATA)
    assert refused(120, 1)
    return before, resource.getrlimit(resource.RLIMIT_DATA)


def refused_within_and_afterwards() -> tuple[bool, bool]:
    return refused(120, 1), refused(120)


def test_more_than_allowed_is_refused_and_less_is_given() -> None:
    assert anew(refused, 120, 100)
    assert not anew(refused, 60, 100)


def test_afterwards_everything_is_as_before() -> None:
    before, after = anew(limits_before_and_after)
    assert before == after
    assert anew(refused_within_and_afterwards) == (True, False)


def test_within_another_the_smaller_limit_holds() -> None:
    assert anew(refused, 120, 100, 1000)
    assert not anew(refused, 120, 1000, 500)


def test_no_limit_is_none() -> None:
    assert not anew(refused, 120, None)


def test_what_was_freed_is_no_longer_the_processs_even_where_it_keeps_memory() -> None:
    assert anew(data_kept_of, 400) < 60 * MEGABYTE
