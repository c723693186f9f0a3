"""The fast schedule beside the notebook's: what it takes, what it reaches, and how it looks.

    DREAM_WEIGHTS=… DREAM_PHOTOS=… python -m benchmarks.fast [--width 512] [--sheet FILE]

Ten photographs, dreamt by the plain translation of the notebook and by the engine's fast schedule,
one thread each. Printed are CPU seconds, the translation's objective, and what two others answer
who weren't asked: a deeper layer, and another network, on the dream as a JPEG of quality 90.
"""

import argparse
import io
import os
import statistics
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from benchmarks.sides import LAYER, Pixels, measured, opened, weights
from dream.networks.architecture import Architecture
from dream.networks.loading import load
from dream.networks.registry import network
from dream.sheet import lay_out

PHOTOGRAPHS = (
    *("cat", "lake", "coffee", "colosseum", "flower-ccby"),
    *("hills", "osprey", "otters", "rocket", "galaxies"),
)
JUDGES = {"googlenet": "inception_4d/output", "squeezenet": "fire8/concat"}


def main() -> None:
    """Print each photograph's line, and the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--sheet", type=Path, help="Where a sheet of all of them goes.")
    arguments = parser.parse_args()
    networks = {
        name: load(network(name), weights() / network(name).weights.file) for name in JUDGES
    }
    rows, lines = [], []
    for name in PHOTOGRAPHS:
        photograph = Path(os.environ["DREAM_PHOTOS"]) / f"{name}.jpg"
        plain, fast = (
            measured(side, photograph, arguments.width, seed=1) for side in ("plain", "fast")
        )
        answers = [_answers(networks, each.pixels) for each in (fast, plain)]
        line = [fast.seconds / plain.seconds, *(a / b for a, b in zip(*answers, strict=True))]
        lines.append(line)
        print(f"{name}: {plain.seconds:.1f} s, {fast.seconds:.1f} s, {_told(line)}", flush=True)
        rows.append(
            [opened(photograph, arguments.width), *map(_bytes, (plain.pixels, fast.pixels))]
        )
    print(f"median: {_told([statistics.median(each) for each in zip(*lines, strict=True)])}")
    print(f"mean: {_told([statistics.mean(each) for each in zip(*lines, strict=True)])}")
    if arguments.sheet:
        # Two photographs side by side.
        pairs = [left + right for left, right in zip(rows[::2], rows[1::2], strict=True)]
        columns = ["photograph", "the notebook's schedule", "fast"] * 2
        lay_out(pairs, columns, 300).save(arguments.sheet, quality=82)


def _told(line: list[float]) -> str:
    time, objective, deeper, other = (f"{100 * each:.0f} %" for each in line)
    return f"time {time}, objective {objective}, inception_4d {deeper}, fire8 {other}"


@torch.no_grad()
def _answers(networks: dict[str, Architecture], pixels: Pixels) -> list[float]:
    """Mean squares: of the objective's layer, and of the judges' on the JPEG."""
    asked = networks["googlenet"].activation(_tensor(pixels), LAYER)
    seen = _tensor(_through_jpeg(_bytes(pixels)))
    judged = [networks[name].activation(seen, layer) for name, layer in JUDGES.items()]
    return [float(each.square().mean()) for each in (asked, *judged)]


def _bytes(pixels: Pixels) -> npt.NDArray[np.uint8]:
    return np.rint(pixels).clip(0, 255).astype(np.uint8)


def _tensor(pixels: npt.NDArray[np.uint8 | np.float32]) -> torch.Tensor:
    return torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float()


def _through_jpeg(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=90)
    with Image.open(file) as jpeg:
        return np.asarray(jpeg)


if __name__ == "__main__":
    main()
