"""Work that gets so many seconds: a process that takes more is ended, in the middle of anything."""

import subprocess
import sys

import pytest

from dream.deadline import SIGNAL

STUCK = "sum(range(10**12))  # one call, which looks at nothing but its numbers"


@pytest.mark.parametrize(
    "work",
    [
        f"with deadline(0.2): {STUCK}",
        f"with deadline(0.2), deadline(60): {STUCK}",
        f"with deadline(0.2):\n with deadline(60): pass\n {STUCK}",
    ],
)
def test_a_process_ends_that_overruns_its_deadline(work: str) -> None:
    assert ended(work) == -SIGNAL


@pytest.mark.parametrize(
    "work",
    [
        "with deadline(0.2): pass\ntime.sleep(0.5)",
        "with suppress(ValueError), deadline(0.2): raise ValueError\ntime.sleep(0.5)",
        "with deadline(None): time.sleep(0.5)",
    ],
)
def test_nothing_ends_a_process_that_keeps_to_it(work: str) -> None:
    assert ended(work) == 0


def ended(work: str) -> int:
    """How a process ended that does that; below 0, by which signal."""
    imports = "import time\nfrom contextlib import suppress\nfrom dream.deadline import deadline\n"
    process = subprocess.run([sys.executable, "-c", imports + work], timeout=60, check=False)
    return process.returncode
