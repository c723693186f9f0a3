"""Everything that can go wrong with a dream, as people can cause it.

DreamError
├── PictureError             the picture can't be used
│   ├── NotAPicture          these bytes are no picture
│   ├── UnreadFormat         a picture, of a kind that isn't read
│   ├── BrokenPicture        a picture that breaks off or contradicts itself
│   └── PictureTooLarge      more bytes or pixels than allowed
├── RecipeError              a choice that can't be dreamt
│   └── UnknownName          no preset, network or layer of that name; says the nearest
├── NetworkUnavailable       the network's weights can't be had; says how to get them
│   └── BadWeights           a weights file that isn't what it should be
├── Cancelled                somebody called the dream off
└── PoolError                the dream didn't come to its end, through no fault of the picture
    ├── WorkerDied           its worker process died
    ├── TookTooLong          its worker was stopped after its time
    ├── TooMuchMemory        its worker was stopped when it took more memory than allowed
    ├── NoWorkers            no worker lives, and none can be started for now
    └── PoolClosed           the pool is closing down

Each carries one sentence that the person who caused it can act on.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class DreamError(Exception):
    """Anything expected that stops a dream; `str(error)` is the sentence for the person."""


class PictureError(DreamError):
    """The picture can't be used."""


class NotAPicture(PictureError):
    """These bytes are no picture."""


class UnreadFormat(PictureError):
    """A picture, of a kind that isn't read."""


class BrokenPicture(PictureError):
    """A picture that breaks off or contradicts itself."""


class PictureTooLarge(PictureError):
    """More bytes or pixels than allowed."""


class RecipeError(DreamError):
    """A choice that can't be dreamt."""


class UnknownName(RecipeError):
    """No preset, network or layer of that name."""


class NetworkUnavailable(DreamError):
    """The network's weights can't be had."""


class BadWeights(NetworkUnavailable):
    """A weights file that isn't what it should be."""


class Cancelled(DreamError):
    """Somebody called the dream off."""


class PoolError(DreamError):
    """The dream didn't come to its end, through no fault of the picture."""


class WorkerDied(PoolError):
    """The worker process died in the middle of the work."""


class TookTooLong(PoolError):
    """The work was stopped after its time."""


class TooMuchMemory(PoolError):
    """The worker was stopped when it took more memory than allowed."""


class NoWorkers(PoolError):
    """No worker lives, and none can be started for now; the work was not begun."""


class PoolClosed(PoolError):
    """The pool is closing down."""


def unknown(kind: str, name: str, known: Iterable[str], listing: str) -> UnknownName:
    """The error for a misspelt name: the nearest names there are, and how to list them all."""
    near = get_close_matches(name.lower(), list(known), n=3, cutoff=0.4)
    nearest = f" Nearest: {', '.join(near)}." if near else ""
    return UnknownName(f"There is no {kind} called “{name[:60]}”.{nearest} {listing}")


def by_name(name: str, sentence: str) -> DreamError:
    """The error of that class name again, as it was raised in another process."""
    kinds = {kind.__name__: kind for kind in _tree(DreamError)}
    return kinds.get(name, DreamError)(sentence)


def _tree(root: type[DreamError]) -> list[type[DreamError]]:
    return [root, *(kind for child in root.__subclasses__() for kind in _tree(child))]
