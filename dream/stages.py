"""The parts of an ascent from scratch, and the work that is in them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of the ascent.

    Attributes:
        steps: How many.
        side: Of the views in pixels.
        views: How many are seen in one step.
    """

    steps: int
    side: int
    views: int

    @property
    def area(self) -> int:
        """Pixels that are seen in one step."""
        return self.views * self.side**2


def stages(steps: int, size: int) -> list[Stage]:
    """The ascent's parts for a picture of that size, together so many steps."""
    first = second = steps * 3 // 8
    last = steps - first - second
    plan = [Stage(first, 112, 4), Stage(second, 160, 3), Stage(last, 224, 2)]
    return [Stage(stage.steps, min(stage.side, size), stage.views) for stage in plan]
