"""Misbehaviour on purpose: which of the next requests fail, and how."""

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Fault:
    """How the next `times` requests that match fail.

    Attributes:
        method: An HTTP method, or `*`.
        path: Below `/api/v10`, with `*` for anything.
        sender: Id of whose requests these are; None for anybody's.
        status: What is answered: 429, 500 …; None is served as if nothing were wrong.
        seconds: Silence before that.
        retry_after: Said with a 429.
        everywhere: Whether a 429 counts for every route.
        broken: Whether the connection breaks off in place of an answer.
        done: Whether the request takes effect all the same, and only its answer is lost.
    """

    method: str
    path: str
    times: int
    status: int | None
    sender: int | None = None
    seconds: float = 0.0
    retry_after: float = 1.0
    everywhere: bool = False
    broken: bool = False
    done: bool = False


class Mischief:
    """Holds what is to go wrong."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def plan(self, fault: Fault) -> None:
        """Let the next requests fail like this."""
        self._faults.append(fault)

    def clear(self) -> None:
        """Behave again."""
        self._faults.clear()

    def take(self, method: str, path: str, sender: int | None) -> Fault | None:
        """The fault for this request, which is used up by it."""
        for index, fault in enumerate(self._faults):
            of = fault.method in ("*", method) and fault.sender in (None, sender)
            if of and fnmatchcase(path, fault.path):
                if fault.times > 1:
                    self._faults[index] = replace(fault, times=fault.times - 1)
                else:
                    del self._faults[index]
                return fault
        return None
