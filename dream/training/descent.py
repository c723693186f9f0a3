"""Gradient descent against the clock: until its time is over, told about and kept as it goes on."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, distributed, nn

from dream.training.record import Point, Record

WARM_UP = 100
"""Steps in which the learning rate rises."""

CLIP = 4.0
"""Largest norm of a gradient."""

MEASURED = 60.0
"""Seconds from one measuring to the next."""


class Clock:
    """Seconds of training, pauses not counted.

    Args:
        before: Those of earlier runs.
    """

    def __init__(self, before: float = 0.0) -> None:
        self._began = time.monotonic() - before

    def seconds(self) -> float:
        """Since the beginning of all stages."""
        return time.monotonic() - self._began


@dataclass(frozen=True, slots=True)
class Stage:
    """What a stage of the training is made of.

    Attributes:
        name: As the log calls it.
        rate: Highest learning rate.
        until: Seconds of the clock at which it ends.
        parameters: What is learnt.
        loss: Of fresh pictures, each time; told how much of the stage is over, 0 to 1.
        measured: R² by name, on pictures held out.
        shown: Draws a contact sheet; called at every so-manyth measuring.
    """

    name: str
    rate: float
    until: float
    parameters: list[nn.Parameter]
    loss: Callable[[float], Tensor]
    measured: Callable[[], dict[str, float]]
    shown: Callable[[Point], None]


def descend(
    stage: Stage, begin: Point, student: nn.Module, clock: Clock, record: Record, *, leads: bool
) -> None:
    """Go through a stage, from its beginning or from a checkpoint in the middle of it.

    Args:
        stage: What to do.
        begin: Where it begins; with steps behind it, the record has a checkpoint of it.
        student: What a checkpoint keeps.
        clock: Tells the time; only the leading process's counts.
        record: Where the leading process writes.
        leads: Whether this process is it.
    """
    optimizer = torch.optim.AdamW(
        stage.parameters, stage.rate, betas=(0.9, 0.98), weight_decay=1e-4
    )
    if begin.steps:
        record.restore(student, optimizer)
    steps, told, smooth = begin.steps, clock.seconds(), 0.0
    # Earlier stages may have taken more than all of the time: then there is nothing left to do.
    length = max(stage.until - begin.since, 1e-6)
    while (gone := _agreed((clock.seconds() - begin.since) / length)) < 1:
        falling = 0.5 + 0.5 * math.cos(math.pi * gone)
        for group in optimizer.param_groups:
            group["lr"] = stage.rate * falling * min(1, (steps + 1) / WARM_UP)
        optimizer.zero_grad()
        loss = stage.loss(gone)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(stage.parameters, CLIP)
        optimizer.step()
        steps += 1
        smooth = loss.item() if steps == begin.steps + 1 else 0.98 * smooth + 0.02 * loss.item()
        if leads and clock.seconds() - told > MEASURED:
            told = clock.seconds()
            point = Point(stage.name, steps, told, begin.since)
            record.note(point, loss=round(smooth, 4), explained=stage.measured())
            record.draw()
            record.save(point, student, optimizer)
            stage.shown(point)


def _agreed(value: float) -> float:
    """The leading process's value, in all of them."""
    shared = torch.tensor([value])
    distributed.broadcast(shared, 0)
    return float(shared)
