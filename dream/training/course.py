"""The course of a training: its stages in order, in one process on a GPU or one on each core."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, distributed, nn
from torch.multiprocessing.spawn import spawn
from torch.nn.parallel import DistributedDataParallel

from dream.networks.tensors import write
from dream.threads import usable_cores
from dream.training import stem
from dream.training.descent import Clock, Stage, descend
from dream.training.dreams import Dreams
from dream.training.fit import fit
from dream.training.measure import explained, stem_explained
from dream.training.pictures import Pictures, varied
from dream.training.record import Point, Record
from dream.training.sheet import draw
from dream.training.student import Student
from dream.training.teacher import MATCHED, Teacher, error

NETWORK = "dreamnet.safetensors"

STEM_SHARE = 0.2
"""Of the time, for the first stage."""

BATCH = 24
"""Crops in a step, all processes together; on a GPU ten times as many."""

SIDES = (96, 128)
"""Pixels of a crop in the last stage: quick first, then with more around each place."""

DREAM_SHARE = 0.25
"""So much of a batch of the last stage is what the student dreams just now."""

RATE_STEM, RATE_ALL = 8e-3, 1e-3
"""Highest learning rates: from nothing, and after the fit."""


@dataclass(frozen=True, slots=True)
class Course:
    """What a training is told.

    Attributes:
        data: Folder with packs of pictures.
        teacher: File with the teacher's weights.
        out: Folder for all that it leaves behind.
        minutes: How long it may take from its very beginning, pauses not counted.
        share: Part of the pictures that is used, above 0 to 1.
        seed: Of everything random.
        sheet_minutes: From one contact sheet to the next.
        device: `cuda`, or `cpu` for one process on each core.
    """

    data: Path
    teacher: Path
    out: Path
    minutes: float
    share: float = 1.0
    seed: int = 1
    sheet_minutes: float = 10.0
    device: str = "cpu"


def train(course: Course) -> None:
    """Train from nothing, or from the checkpoint in the folder, until the time is over."""
    processes = 1 if course.device == "cuda" else usable_cores()
    with tempfile.TemporaryDirectory() as meeting:
        told = (processes, course, f"file://{meeting}/processes")
        spawn(_take_part, args=told, nprocs=processes)  # type: ignore[no-untyped-call]


def _take_part(index: int, processes: int, course: Course, address: str) -> None:
    torch.set_num_threads(1)  # a core to each process is quicker than threads within one
    distributed.init_process_group("gloo", address, rank=index, world_size=processes)
    try:
        _Participant(index, processes, course).train()
    finally:
        distributed.destroy_process_group()


class _Participant:
    """One process of a training. The first one leads: it measures, writes and draws."""

    def __init__(self, index: int, processes: int, course: Course) -> None:
        self._course = course
        self._leads = index == 0
        self._device = torch.device(course.device)
        self._record = Record(course.out)
        self._point = self._record.point() or Point("stem", 0, 0.0, 0.0)
        self._clock = Clock(self._point.seconds)
        # Fresh draws after a pause: not again the pictures of the beginning.
        seed = (course.seed * 1000 + self._point.steps) * 100 + index
        self._draw = torch.Generator().manual_seed(seed)
        self._pictures = Pictures(course.data, part=(index, processes), share=course.share)
        held_out = Pictures(course.data, held_out=True)
        measuring = torch.Generator().manual_seed(0)
        self._held_out = held_out.crops(96, 128, measuring).to(self._device)
        self._shown = held_out.crops(3, 160, measuring)
        self._teacher = Teacher(course.teacher, held_out.crops(150, 128, measuring), self._device)
        student = Student(self._teacher.channels())
        self._student = student.to(self._device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._batch = BATCH // processes if course.device == "cpu" else 10 * BATCH
        self._next_sheet = course.sheet_minutes * 60

    def train(self) -> None:
        """All stages that are left; then the network is written."""
        point = self._point
        if point.stage == "stem":
            self._train_stem(point)
            self._fit()
            point = Point("all", 0, self._clock.seconds(), self._clock.seconds())
        self._train_all(point)
        if self._leads:
            self._show(Point("end", 0, self._clock.seconds(), point.since))

    def _train_stem(self, begin: Point) -> None:
        stem.prepare(self._student.network, self._crops(300, 64), self._draw)
        together = _together(_Stem(self._student))

        def loss(_: float) -> Tensor:
            crops = self._crops(self._batch * 4 // 3, 64)
            said: Tensor = together(crops)
            return (said - self._teacher.stem(crops)).square().mean()

        def measured() -> dict[str, float]:
            return {"stem": stem_explained(self._student, self._teacher, self._held_out)}

        until = STEM_SHARE * self._course.minutes * 60
        parameters = list(together.parameters())
        stage = Stage("stem", RATE_STEM, until, parameters, loss, measured, lambda point: None)
        descend(stage, begin, self._student, self._clock, self._record, leads=self._leads)
        stem.fold(self._student.network)

    def _fit(self) -> None:
        """In the leading process alone; the others get what it found."""
        if self._leads:
            count = round(100 + 300 * self._course.share)
            crops = self._pictures.crops(count, 128, self._draw)
            fit(self._student, self._teacher, crops.to(self._device))
            point = Point("fit", 1, self._clock.seconds(), self._clock.seconds())
            self._record.note(point, explained=self._explained())
        for value in self._student.state_dict().values():
            distributed.broadcast(value, 0)

    def _train_all(self, begin: Point) -> None:
        together = _together(_Blocks(self._student))
        dreams = {side: Dreams(4 * self._batch, side, self._pictures, self._draw) for side in SIDES}

        def loss(gone: float) -> Tensor:
            side = SIDES[int(gone * len(SIDES))]
            count = round(self._batch * (SIDES[0] / side) ** 2)
            dreamt = dreams[side].further(self._student, round(DREAM_SHARE * count))
            crops = torch.cat([self._crops(count - len(dreamt), side), dreamt])
            wanted = self._teacher.blocks(crops)
            said: dict[str, Tensor] = together(crops)
            weighted = [
                weight * error(said[name], wanted[name]) for name, weight in MATCHED.items()
            ]
            return torch.stack(weighted).sum()

        until = self._course.minutes * 60
        parameters = list(together.parameters())
        stage = Stage("all", RATE_ALL, until, parameters, loss, self._explained, self._show_in_turn)
        descend(stage, begin, self._student, self._clock, self._record, leads=self._leads)

    def _crops(self, count: int, side: int) -> Tensor:
        crops = self._pictures.crops(count, side, self._draw)
        return varied(crops, self._draw).to(self._device)

    def _explained(self) -> dict[str, float]:
        return explained(self._student, self._teacher, self._held_out)

    def _show_in_turn(self, point: Point) -> None:
        if point.seconds >= self._next_sheet:
            self._next_sheet = point.seconds + self._course.sheet_minutes * 60
            self._show(point)

    def _show(self, point: Point) -> None:
        write(self._student.network, self._course.out / NETWORK)
        sheet = draw(self._student.network, self._shown)
        sheet.save(self._course.out / f"sheet-{point.seconds / 60:03.0f}.png")


class _Stem(nn.Module):
    """The student as far as its stem, as one module with no parameter that isn't learnt."""

    def __init__(self, student: Student) -> None:
        super().__init__()
        self.conv1, self.conv2 = student.network.stem.conv1, student.network.stem.conv2
        self.readout = student.readouts["stem"]
        self._say = [student.stem]  # in a list: its parameters aren't this module's

    def forward(self, pictures: Tensor) -> Tensor:
        return self._say[0](pictures)


class _Blocks(nn.Module):
    """The student without the readout of its stem, likewise."""

    def __init__(self, student: Student) -> None:
        super().__init__()
        self.network = student.network
        self.readouts = nn.ModuleDict({name: student.readouts[name] for name in MATCHED})
        self._say = [student.forward]

    def forward(self, pictures: Tensor) -> dict[str, Tensor]:
        return self._say[0](pictures)


def _together(module: nn.Module) -> DistributedDataParallel:
    """The module with the gradients of all processes averaged."""
    return DistributedDataParallel(module, forward_sync_buffers=False)
