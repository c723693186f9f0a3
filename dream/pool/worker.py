"""What runs inside a worker process: `python -m dream.pool.worker DESCRIPTOR KIND`.

The main thread works, one piece at a time. A second one listens: to a call to give up, and to
the end of the stream, which means that the parent is gone and ends this process at once, even in
the middle of a dream. Before there is a second one, the process is shut in.
"""

import argparse
import faulthandler
import logging
import os
import queue
import resource
import secrets
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from socket import socket
from threading import Thread

import numpy as np

from dream import pictures
from dream.errors import DreamError, PoolError, RecipeError
from dream.imagination import Imagination, is_imagination
from dream.memory import die_first, release_memory
from dream.networks.weights import cache, folders
from dream.outcome import Progress
from dream.pool import wire
from dream.pool.isolation import shut_in
from dream.pool.messages import (
    Answer,
    Began,
    Cancel,
    CompareRequest,
    DreamRequest,
    Failure,
    ImagineRequest,
    Letter,
    Message,
    ProbeRequest,
    Ready,
    Reencoded,
    ReencodeRequest,
    Request,
    SheetRequest,
    pack,
    unpack,
)
from dream.recipe import Recipe
from dream.sheet import grid

OPENER_MEMORY = 2 * 2**30
"""Address space of an opener in bytes: what a bomb may take before it bursts."""

OPENING_MEMORY = 448 * 2**20
"""Bytes that opening a picture may take in any worker: with the file itself, twice, half a GiB."""

OPENING_SECONDS = 10.0
"""That reading a picture may take in any worker where no other number is chosen."""

OPENING_BYTES = 9
"""For each pixel where larger pictures are opened than usual."""

_NICENESS = 10

_log = logging.getLogger("dream.worker")

OnProgress = Callable[[Progress], None]
Handler = Callable[[Request, OnProgress, Callable[[], bool]], Answer]


class Line:
    """The worker's end of the line to its parent."""

    def __init__(self, connection: socket) -> None:
        self._connection = connection
        self._requests: queue.SimpleQueue[tuple[int, Request]] = queue.SimpleQueue()
        self._called_off = 0
        Thread(target=self._listen, name="line", daemon=True).start()

    def next(self) -> tuple[int, Request]:
        """The next piece of work and its number, waited for; numbers only grow."""
        return self._requests.get()

    def called_off(self, work: int) -> bool:
        """Whether that piece of work is to be given up."""
        return work <= self._called_off

    def say(self, work: int, message: Message) -> None:
        """Send a message about that piece of work."""
        wire.send(self._connection, pack(Letter(work, message)))

    def _listen(self) -> None:
        try:
            while (frame := wire.receive(self._connection)) is not None:
                letter = unpack(frame)
                match letter.message:
                    case Cancel():
                        self._called_off = letter.work
                    case request if isinstance(request, Request):
                        self._requests.put((letter.work, request))
                    case _:
                        raise wire.Corrupted("a message for a parent came to a worker")
        except (wire.Corrupted, OSError) as error:
            _log.error("the line to the parent broke: %s", error)
        finally:
            # Not sys.exit: the main thread may be deep in a convolution.
            os._exit(0)


def main() -> None:
    """Start, say so, and work until the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    faulthandler.enable()
    logging.basicConfig(stream=sys.stderr, format="%(name)s[%(process)d] %(message)s")
    options = options_of(sys.argv[1:])
    die_first()
    lacking = isolate(options)
    line = Line(socket(fileno=options.descriptor))
    try:
        handler = _dreamer(options) if options.kind == "dreamer" else _opener(options)
    except Exception as error:
        line.say(0, Failure(_expected(error)))
        sys.exit(1)
    line.say(0, Ready(lacking))
    while True:
        work, request = line.next()
        line.say(work, Began())
        outcome = _outcome(handler, line, work, request)
        del request
        line.say(work, outcome)
        del outcome
        release_memory(0)  # what a large picture took is no burden to the next one


def isolate(options: argparse.Namespace) -> tuple[str, ...]:
    """Shut this process in, as far as can be and is wanted; what can't be had, a sentence each."""
    if options.not_isolated:
        return ("Workers aren't shut in: that is switched off.",)
    return shut_in(_networks() if options.kind == "dreamer" else [], gpu=options.device != "cpu")


def _networks() -> list[Path]:
    """Where a dreamer finds networks; the folder for later ones is made, to be readable then."""
    with suppress(OSError):
        cache().mkdir(parents=True, exist_ok=True)
    return folders()


def _outcome(handler: Handler, line: Line, work: int, request: Request) -> Message:
    try:
        return handler(
            request,
            lambda progress: line.say(work, progress),
            lambda: line.called_off(work),
        )
    except Exception as error:
        return Failure(_expected(error))


def _expected(error: Exception) -> DreamError:
    """The error for the caller; one that nobody expected is written down here under an id."""
    if isinstance(error, DreamError):
        return error
    name = secrets.token_hex(4)
    _log.error("unexpected error %s", name, exc_info=error)
    return PoolError(
        f"Something went wrong that nobody expected (error {name}). Try again; if it happens "
        "again, tell whoever runs this."
    )


def _dreamer(options: argparse.Namespace) -> Handler:
    """Dreams and makes pictures from scratch, its networks kept loaded, each once."""
    if options.device == "cpu":
        os.nice(_NICENESS)  # whoever shares these cores answers people meanwhile
    from dream.dreamer import Dreamer
    from dream.imaginer import Imaginer
    from dream.journey import sheet

    limits = _limits(options)
    dreamer = Dreamer(options.device, threads=options.threads, limits=limits)
    imaginer = Imaginer(options.device, threads=options.threads, load=dreamer.warm)

    def handle(request: Request, progress: OnProgress, called_off: Callable[[], bool]) -> Answer:
        match request:
            case DreamRequest(picture, recipe, output, guide, mask):
                return dreamer.dream(
                    picture,
                    recipe,
                    output,
                    guide=guide,
                    mask=mask,
                    on_progress=progress,
                    cancelled=called_off,
                )
            case ImagineRequest(imagination, output):
                return imaginer.imagine(
                    imagination, output, on_progress=progress, cancelled=called_off
                )
            case SheetRequest(picture, series, output):
                return sheet(
                    dreamer,
                    picture,
                    series,
                    output,
                    limits,
                    on_progress=progress,
                    cancelled=called_off,
                )
        raise AssertionError("a dreamer doesn't open pictures for others")

    return handle


def _opener(options: argparse.Namespace) -> Handler:
    """Opens pictures without dreaming them, in little memory."""
    with suppress(OSError, ValueError):  # not every system limits address space
        resource.setrlimit(resource.RLIMIT_AS, (OPENER_MEMORY, OPENER_MEMORY))
    limits = _limits(options)

    def handle(request: Request, _progress: OnProgress, _called_off: Callable[[], bool]) -> Answer:
        match request:
            case ProbeRequest(picture):
                # The header may be all that came. Whoever asks wants to dream it next, and a
                # file that breaks off should not wait for its turn first.
                return pictures.probe(picture, limits, whole=True)
            case ReencodeRequest():
                with pictures.within(limits):
                    return _reencoded(request, limits)
            case CompareRequest():
                with pictures.within(limits):
                    return _compared(request, limits)
        raise AssertionError("an opener doesn't dream")

    return handle


def _reencoded(request: ReencodeRequest, limits: pictures.Limits) -> Reencoded:
    with pictures.reading(limits):
        choices = _choices(request.picture, limits)
        picture = pictures.decode(request.picture, limits)
    return Reencoded(*pictures.encode(picture.rgb, picture.alpha, request.output, choices))


def _compared(request: CompareRequest, limits: pictures.Limits) -> Reencoded:
    opened = [pictures.eight_bits(pictures.decode(each, limits).rgb) for each in request.pictures]
    cells = list(zip(request.labels, opened, strict=True))
    drawn = np.asarray(grid(cells, len(cells), request.width))
    return Reencoded(*pictures.encode(drawn, None, request.output))


def _choices(picture: bytes, limits: pictures.Limits) -> Recipe | Imagination | None:
    """What made a picture, if it is a dream or one from scratch."""
    try:
        text = pictures.read_choices(picture, limits)
        return (Imagination if is_imagination(text) else Recipe).from_json(text)
    except RecipeError:
        return None


def _limits(options: argparse.Namespace) -> pictures.Limits:
    memory = max(OPENING_MEMORY, OPENING_BYTES * options.pixels)
    return pictures.Limits(options.bytes, options.pixels, memory, options.seconds)


def options_of(arguments: list[str]) -> argparse.Namespace:
    """What a command line says."""
    parser = argparse.ArgumentParser(prog="dream.pool.worker")
    parser.add_argument("descriptor", type=int)
    parser.add_argument("kind", choices=["dreamer", "opener"])
    parser.add_argument("--bytes", type=int, required=True)
    parser.add_argument("--pixels", type=int, required=True)
    parser.add_argument("--seconds", type=float, default=OPENING_SECONDS)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--not-isolated", action="store_true")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
