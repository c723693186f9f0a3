"""Looks on while a picture is made: counts the work done, tells about it, and may stop it."""

import math
import time
from collections.abc import Callable, Sequence

from torch import Tensor

from dream.errors import Cancelled
from dream.outcome import Progress

PREVIEW_SECONDS = 0.8
"""Time between two previews, at least."""

OnProgress = Callable[[Progress], None]
Asked = Callable[[], bool]


class Watch:
    """One picture's.

    Args:
        parts: Of the work: the pixels of a step in each, and how many steps it has.
        preview: Of the picture as it is, as a small JPEG.
        on_progress: Told after each step, now and then with a preview.
        cancelled: Asked after each step.
        what: Is made, to say that it was called off.
    """

    def __init__(
        self,
        parts: Sequence[tuple[int, int]],
        preview: Callable[[Tensor], bytes],
        on_progress: OnProgress | None,
        cancelled: Asked,
        what: str,
    ) -> None:
        self._areas = [area for area, _ in parts]
        self._total = sum(map(math.prod, parts))
        self._preview, self._on_progress, self._cancelled = preview, on_progress, cancelled
        self._what = what
        self._done = 0
        self._previewed = 0.0

    def stepped(self, part: int, picture: Tensor) -> None:
        """One step more in that part, counted from 0.

        Raises:
            Cancelled: Somebody called it off.
        """
        if self._cancelled():
            raise Cancelled(f"The {self._what} was called off.")
        self._done += self._areas[part]
        if self._on_progress is None:
            return
        preview = None
        now = time.monotonic()
        if now - self._previewed >= PREVIEW_SECONDS:
            self._previewed = now
            preview = self._preview(picture)
        share = self._done / self._total
        self._on_progress(Progress(share, part + 1, len(self._areas), preview))
