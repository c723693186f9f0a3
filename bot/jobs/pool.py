"""What jobs need of a pool: a protocol that `dream.Pool` fulfils."""

from collections.abc import Callable
from typing import Protocol

from dream import (
    Dream,
    Format,
    Imagination,
    Imagined,
    Output,
    Progress,
    Recipe,
    Series,
    Sheet,
)


class Pool(Protocol):
    """What dreams: `dream.Pool`, or anything that behaves like it."""

    @property
    def slots(self) -> int:
        """How many dreams it dreams at once."""

    async def dream(
        self,
        picture: bytes | None,
        recipe: Recipe,
        output: Output,
        *,
        guide: bytes | None = None,
        mask: bytes | None = None,
        on_progress: Callable[[Progress], None],
        timeout: float,  # noqa: ASYNC109 - of work alone, which only the pool can tell
    ) -> Dream:
        """The dream of a picture, or of what the recipe starts from where there is none.

        Cancelling the call cancels the dream.

        `timeout` is in seconds of work; waiting for a worker doesn't count.

        Raises:
            DreamError: One of its tree.
        """

    async def imagine(
        self,
        imagination: Imagination,
        output: Output,
        *,
        on_progress: Callable[[Progress], None],
        timeout: float,  # noqa: ASYNC109 - likewise
    ) -> Imagined:
        """A picture from scratch; otherwise as `dream`."""

    async def sheet(
        self,
        picture: bytes | None,
        series: Series,
        output: Output,
        *,
        on_progress: Callable[[Progress], None],
        timeout: float,  # noqa: ASYNC109 - likewise
    ) -> Sheet:
        """The dreams of a series on one sheet; otherwise as `dream`."""

    async def reencode(self, picture: bytes, output: Output) -> tuple[bytes, Format]:
        """The picture as a file of that output, and the format it has then.

        Raises:
            DreamError: One of its tree.
        """
