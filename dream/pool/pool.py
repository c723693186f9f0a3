"""A pool of worker processes: dreams on every device, and opens pictures beside them."""

import asyncio
import logging
import sys
from collections.abc import Sequence
from typing import Self

from dream.errors import (
    BrokenPicture,
    PictureTooLarge,
    PoolClosed,
    PoolError,
    TookTooLong,
    WorkerDied,
)
from dream.imagination import Imagination
from dream.outcome import Dream, Format, Imagined, Output, Sheet
from dream.pictures import DEFAULT_LIMITS, Limits, Probe, check_bytes
from dream.pool.crew import Crew
from dream.pool.messages import (
    Answer,
    CompareRequest,
    DreamRequest,
    ImagineRequest,
    ProbeRequest,
    Reencoded,
    ReencodeRequest,
    SheetRequest,
)
from dream.pool.plan import MEMORY, Plan
from dream.pool.process import PATIENCE, TOO_SLOW, OnProgress
from dream.pool.wire import MOST_BODY
from dream.recipe import Recipe
from dream.series import Series
from dream.threads import default_threads, usable_cores

GRACE = 2.0
"""Seconds in which a dream that was called off must end before its worker is killed."""

OPENERS = 2
OPENER_SECONDS = 60.0
"""That an opener may take: to read a picture it has less, but to write one takes time as well."""

_log = logging.getLogger(__name__)

_ASK_TORCH = "from dream.devices import available; print(*available())"


class Pool:
    """Dreams in processes of their own, so that nothing a picture does can hurt this one.

    Every device has its process, which keeps its networks loaded; further ones, light, open
    pictures without dreaming them and never wait behind a dream.

    Args:
        devices: What to dream on (`cpu`, `cuda:N`, `mps`), one process for each name; a lone
            `cpu` stands for as many as the cores suffice for. Whatever there is if None.
        threads: Of one process on the CPU; `default_threads()` if None, as of `Dreamer` and of
            the command `dream`: so many make the same bytes everywhere.
        limits: What pictures are opened.
        memory: Bytes that one process may have in memory; one with more is ended and replaced,
            and its dream fails. Watched on Linux only.
        isolated: The processes shut themselves in before they open anything: see
            docs/isolation.md.
    """

    def __init__(
        self,
        devices: Sequence[str] | None = None,
        *,
        threads: int | None = None,
        limits: Limits = DEFAULT_LIMITS,
        memory: int = MEMORY,
        isolated: bool = True,
    ) -> None:
        self._devices = None if devices is None else list(devices)
        self._threads = threads or default_threads()
        self._limits = limits
        self._memory = memory
        self._isolated = isolated
        opener = Plan("opener", limits, isolated=isolated)
        self._openers = Crew([opener] * OPENERS, grace=0)
        self._dreamers: Crew | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()

    @property
    def slots(self) -> int:
        """How many dreams are dreamt at once; 0 before the start."""
        return self._dreamers.seats if self._dreamers else 0

    @property
    def makeup(self) -> str:
        """What it dreams on, its quickest kind: `cuda`, `mps`, or `cpu x4` with four threads each.

        Nothing before the start.
        """
        plans = self._dreamers.plans if self._dreamers else []
        kinds = {plan.device.partition(":")[0] for plan in plans}
        quickest = max(kinds, key=("cpu", "mps", "cuda").index, default="")
        return f"cpu x{self._threads}" if quickest == "cpu" else quickest

    async def start(self) -> None:
        """Start the processes and wait until they can work.

        Raises:
            NoWorkers: No process can be started; says why.
            PoolError: What devices there are can't be found out.
            RecipeError: One of the devices is called as no device is.
        """
        devices = self._devices or await _devices_there_are()
        if devices == ["cpu"]:
            devices = devices * max(1, usable_cores() // self._threads)
        self._dreamers = Crew(
            [
                Plan("dreamer", self._limits, device, self._threads, self._memory, self._isolated)
                for device in devices
            ],
            grace=GRACE,
        )
        try:
            await asyncio.gather(self._openers.start(), self._dreamers.start())
        except BaseException:
            await self.close()
            raise
        lacking = sorted(self._openers.lacking | self._dreamers.lacking)
        for sentence in lacking:
            _log.warning("%s", sentence)
        if not lacking:
            _log.info("workers are shut in: no files, network or processes but their own")

    async def close(self, grace: float = 0) -> None:
        """Take no more work, let dreams go on for `grace` seconds, then end all processes.

        Whoever waits for a turn, or for a dream that isn't done then, gets `PoolClosed`.
        """
        crews = [self._openers, *([self._dreamers] if self._dreamers else [])]
        await asyncio.gather(*(crew.close(grace) for crew in crews))

    async def dream(
        self,
        picture: bytes | None,
        recipe: Recipe,
        output: Output | None = None,
        *,
        guide: bytes | None = None,
        mask: bytes | None = None,
        on_progress: OnProgress | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - of the work, not of the waiting
    ) -> Dream:
        """The dream of a picture; who comes first is served first.

        Cancelling this calls the dream off.

        Args:
            picture: A file of any format that is read; None where the recipe's start isn't one.
            recipe: How to dream it.
            output: How the dream is wanted; PNG of any size if None.
            guide: A file with the recipe's guide; its digest goes into a recipe that has none.
            mask: A file with the recipe's mask, likewise.
            on_progress: Told after each step, now and then with a preview.
            timeout: Seconds that dreaming may take, waiting for a turn not counted.

        Raises:
            WorkerDied: Its process died; others aren't touched, and trying again may help.
            TookTooLong: It took longer than allowed.
            TooMuchMemory: It took more memory than allowed.
            NoWorkers: No process can be started for now; trying again later may help.
            PoolClosed: The pool isn't open, or was closed meanwhile.
            DreamError: The files, the recipe or the network can't be used.
        """
        self._check(picture, guide, mask)
        recipe = recipe.with_files(guide=guide, mask=mask)
        request = DreamRequest(picture, recipe, output or Output(), guide, mask)
        answer = await self._dream(request, on_progress, timeout)
        assert isinstance(answer, Dream)
        return answer

    async def imagine(
        self,
        imagination: Imagination,
        output: Output | None = None,
        *,
        on_progress: OnProgress | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - of the work, not of the waiting
    ) -> Imagined:
        """A picture from scratch, made by the same processes in the same turns as dreams.

        Cancelling this calls the picture off.

        Args:
            imagination: What to make a picture of, and how.
            output: How the picture is wanted; PNG of any size if None.
            on_progress: Told after each step, now and then with a preview.
            timeout: Seconds that making it may take, waiting for a turn not counted.

        Raises:
            DreamError: The choices or the network can't be used; or as `dream`.
        """
        request = ImagineRequest(imagination, output or Output())
        answer = await self._dream(request, on_progress, timeout)
        assert isinstance(answer, Imagined)
        return answer

    async def sheet(
        self,
        picture: bytes | None,
        series: Series,
        output: Output | None = None,
        *,
        on_progress: OnProgress | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - of the work, not of the waiting
    ) -> Sheet:
        """The dreams of a series on one sheet, one after the other in one process.

        Cancelling this calls the series off.

        Args:
            picture: A file of any format that is read; None where the recipes start without one.
            series: What to dream, and how it lies on the sheet.
            output: How the sheet is wanted; PNG of any size if None.
            on_progress: Told after each step, a dream of the series as an octave.
            timeout: Seconds that all of it may take, waiting for a turn not counted.

        Raises:
            DreamError: The picture, a recipe or a network can't be used; or as `dream`.
        """
        self._check(picture)
        request = SheetRequest(picture, series, output or Output())
        answer = await self._dream(request, on_progress, timeout)
        assert isinstance(answer, Sheet)
        return answer

    async def probe(self, picture: bytes) -> Probe:
        """What a picture is, found whole by decoding it once; never waits behind a dream.

        Raises:
            PictureError: It can't be read, breaks off, is too large, or takes too long or too
                much to open.
            NoWorkers: No process can be started for now.
            PoolClosed: The pool isn't open.
        """
        self._check(picture)
        answer = await self._open(ProbeRequest(picture))
        assert isinstance(answer, Probe)
        return answer

    async def reencode(self, picture: bytes, output: Output) -> tuple[bytes, Format]:
        """A picture written anew, the recipe inside it kept and everything else left out.

        Raises:
            PictureError: As above; or not even a single pixel fits into the budget.
            NoWorkers: No process can be started for now.
            PoolClosed: The pool isn't open.
        """
        self._check(picture)
        answer = await self._open(ReencodeRequest(picture, output))
        assert isinstance(answer, Reencoded)
        return answer.data, answer.format

    async def compare(
        self, shown: Sequence[tuple[str, bytes]], width: int, output: Output
    ) -> tuple[bytes, Format]:
        """Pictures side by side on one sheet, each of that width, under their labels.

        Raises:
            PictureError: As above.
            PoolClosed: The pool isn't open.
        """
        labels, files = zip(*shown, strict=True)
        self._check(*files)
        answer = await self._open(CompareRequest(files, labels, width, output))
        assert isinstance(answer, Reencoded)
        return answer.data, answer.format

    def _check(self, *files: bytes | None) -> None:
        """Refuse files that are too large before they are sent anywhere."""
        given = [file for file in files if file is not None]
        for file in given:
            check_bytes(file, self._limits)
        if sum(map(len, given)) > MOST_BODY:
            raise PictureTooLarge(
                f"At most {MOST_BODY // 2**20} MB are sent at once, picture, guide and mask "
                "together. Send smaller ones."
            )

    async def _dream(
        self,
        request: DreamRequest | ImagineRequest | SheetRequest,
        on_progress: OnProgress | None,
        seconds: float | None,
    ) -> Answer:
        if self._dreamers is None:
            raise PoolClosed("The pool hasn't been started.")
        return await self._dreamers.run(request, on_progress, seconds)

    async def _open(self, request: ProbeRequest | ReencodeRequest | CompareRequest) -> Answer:
        """Whatever becomes of an opener, the picture it had opened is to blame."""
        try:
            return await self._openers.run(request, seconds=OPENER_SECONDS)
        except TookTooLong:
            raise BrokenPicture(TOO_SLOW) from None
        except WorkerDied:
            raise BrokenPicture(
                "This picture can't be opened: it is broken, or asks for far too much memory. "
                "Save it anew and try again."
            ) from None


async def _devices_there_are() -> list[str]:
    """The devices of this machine, asked of torch in a process that ends with the answer."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _ASK_TORCH,
        env=Plan("dreamer", DEFAULT_LIMITS).environment(),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(PATIENCE):
            answer, _ = await process.communicate()
    except TimeoutError:
        raise PoolError("torch didn't say in time what devices there are.") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode or not answer.split():
        raise PoolError("torch can't be asked what devices there are; the log says why.")
    return answer.decode().split()
