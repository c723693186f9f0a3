"""How a worker process is started: its command line and an environment without secrets."""

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from dream.errors import RecipeError
from dream.pictures import Limits
from dream.threads import share_cores

MEMORY = 6 * 2**30
"""Bytes that a worker may have in memory where nobody chose: a picture of 48 megapixels takes 4
GiB, and networks stay loaded beside it."""

WorkerKind = Literal["dreamer", "opener"]

_NAMES = {
    "PATH",
    "HOME",
    "LANG",
    "LANGUAGE",
    "TMPDIR",
    "TZ",
    "XDG_CACHE_HOME",
    "VIRTUAL_ENV",
    "PYTHONPATH",
    "PYTHONHOME",
    "LD_LIBRARY_PATH",
}
_DEVICE = re.compile(r"cpu|mps|cuda(:\d{1,4})?")
_PREFIXES = ("LC_",)
_PREFIXES_FOR_DREAMERS = ("DREAM_", "CUDA_", "CUBLAS_", "NVIDIA_", "PYTORCH_")
_DECIDE_BYTES = ("ATEN_", "DNNL_", "MKL_", "ONEDNN_", "OMP_THREAD_LIMIT")
"""Choose among a processor's instructions, in whose sums the last bits differ."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How one worker is started, every time anew.

    Attributes:
        kind: A `dreamer` dreams, an `opener` opens pictures without dreaming them.
        limits: What pictures are opened.
        device: A dreamer's: `cpu`, `cuda:N` or `mps`.
        threads: A dreamer's on the CPU; `default_threads()` if None.
        memory: Bytes that it may have in memory before it is stopped.
        isolated: It shuts itself in before it opens anything.

    Raises:
        RecipeError: That is no device's name.
    """

    kind: WorkerKind
    limits: Limits
    device: str = "cpu"
    threads: int | None = None
    memory: int = MEMORY
    isolated: bool = True

    def __post_init__(self) -> None:
        if not _DEVICE.fullmatch(self.device):
            raise RecipeError(
                f"There is no device called “{self.device[:40]}”: there are cpu, cuda:N and mps."
            )

    def command(self, descriptor: int) -> list[str]:
        """The command line of a worker that talks over that file descriptor."""
        line = [sys.executable, "-m", "dream.pool.worker", str(descriptor), self.kind]
        line += ["--bytes", str(self.limits.bytes), "--pixels", str(self.limits.pixels)]
        if self.limits.seconds is not None:
            line += ["--seconds", str(self.limits.seconds)]
        if self.kind == "dreamer":
            # CUDA_VISIBLE_DEVICES shows a worker its own device only.
            line += ["--device", "cuda:0" if self.device.startswith("cuda") else self.device]
            line += [] if self.threads is None else ["--threads", str(self.threads)]
        return line if self.isolated else [*line, "--not-isolated"]

    def environment(self, ours: Mapping[str, str] = os.environ) -> dict[str, str]:
        """The worker's environment: what it needs of ours, and never a token or an address."""
        theirs = scrubbed(ours, dreams=self.kind == "dreamer")
        share_cores(theirs)
        # Asked of the system only where it isn't set, by a file that a worker can't read.
        theirs.setdefault("HOME", os.path.expanduser("~"))  # noqa: PTH111 - never fails
        # numpy would start threads when it is imported, which is before a worker is shut in.
        theirs["OPENBLAS_NUM_THREADS"] = "1"
        # torch makes this folder when it is imported, and a worker can make none.
        theirs["TORCHINDUCTOR_CACHE_DIR"] = "/"
        if self.kind == "opener":
            # Threads reserve address space, of which an opener has little.
            theirs |= {"MALLOC_ARENA_MAX": "2", "OMP_NUM_THREADS": "1"}
            # What a large picture took goes back to the system as soon as that is closed.
            theirs |= {"MALLOC_MMAP_THRESHOLD_": str(2**20)}
        elif self.device.startswith("cuda"):
            index = int(self.device.partition(":")[2] or 0)
            visible = ours.get("CUDA_VISIBLE_DEVICES", "").split(",")
            shown = visible[index].strip() if index < len(visible) else ""
            theirs["CUDA_VISIBLE_DEVICES"] = shown or str(index)
        return theirs


def scrubbed(ours: Mapping[str, str], *, dreams: bool) -> dict[str, str]:
    """What of our environment a worker needs; one that dreams finds its networks and its GPU."""
    prefixes = _PREFIXES + (_PREFIXES_FOR_DREAMERS + _DECIDE_BYTES if dreams else ())
    return {
        name: value for name, value in ours.items() if name in _NAMES or name.startswith(prefixes)
    }
