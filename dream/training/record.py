"""What a training leaves behind as it runs: a log, curves, and a checkpoint to go on from."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim import Optimizer

LOG = "log.jsonl"
CURVES = "curves.png"
CHECKPOINT = "checkpoint.safetensors"


@dataclass(frozen=True, slots=True)
class Point:
    """How far the training has come.

    Attributes:
        stage: Its name.
        steps: Of this stage.
        seconds: Since the beginning of all stages, pauses not counted.
        since: Seconds at which this stage began.
    """

    stage: str
    steps: int
    seconds: float
    since: float


class Record:
    """A folder with all that a training leaves behind."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def note(self, point: Point, **measured: Any) -> None:
        """Add a line to the log."""
        line = json.dumps({**asdict(point), **measured})
        with (self.folder / LOG).open("a", encoding="utf-8") as log:
            log.write(line + "\n")

    def lines(self) -> list[dict[str, Any]]:
        """All lines of the log so far."""
        file = self.folder / LOG
        return [json.loads(line) for line in file.read_text("utf-8").splitlines()]

    def draw(self) -> None:
        """Draw the curves: loss and R² over minutes."""
        from matplotlib.figure import Figure

        figure = Figure((9, 4), layout="constrained")
        loss, explained = figure.subplots(1, 2)
        lines = self.lines()
        for stage in dict.fromkeys(line["stage"] for line in lines):
            of_it = [line for line in lines if line["stage"] == stage and "loss" in line]
            minutes = [line["seconds"] / 60 for line in of_it]
            loss.plot(minutes, [line["loss"] for line in of_it], label=stage)
            for name in sorted({name for line in of_it for name in line["explained"]}):
                measured = [line["explained"].get(name) for line in of_it]
                explained.plot(minutes, measured, label=name)
        for plot, title in ((loss, "loss"), (explained, "R² on pictures held out")):
            plot.set_title(title)
            plot.set_xlabel("minutes")
            plot.grid(alpha=0.3)
            plot.legend()
        explained.set_ylim(0, 1)
        figure.savefig(self.folder / CURVES, dpi=110)

    def save(self, point: Point, student: nn.Module, optimizer: Optimizer) -> None:
        """Write the checkpoint; the last one stays until the new one is whole."""
        tensors = {f"student.{name}": value for name, value in student.state_dict().items()}
        for index, state in optimizer.state_dict()["state"].items():
            for key, value in state.items():
                tensors[f"optimizer.{index}.{key}"] = torch.as_tensor(value)
        tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
        part = self.folder / f".{CHECKPOINT}"
        save_file(tensors, part, {"point": json.dumps(asdict(point))})
        part.replace(self.folder / CHECKPOINT)

    def point(self) -> Point | None:
        """How far the checkpoint has come, if there is one."""
        if not (self.folder / CHECKPOINT).is_file():
            return None
        with safe_open(self.folder / CHECKPOINT, "pt") as file:
            return Point(**json.loads(file.metadata()["point"]))

    def restore(self, student: nn.Module, optimizer: Optimizer | None = None) -> None:
        """Fill a student, and an optimizer of the same stage, from the checkpoint."""
        with safe_open(self.folder / CHECKPOINT, "pt") as file:
            tensors: dict[str, Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
        student.load_state_dict(_below("student.", tensors))
        if optimizer is None:
            return
        state: dict[int, dict[str, Tensor]] = {}
        for name, value in _below("optimizer.", tensors).items():
            index, _, key = name.partition(".")
            state.setdefault(int(index), {})[key] = value
        optimizer.load_state_dict({**optimizer.state_dict(), "state": state})


def _below(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }
