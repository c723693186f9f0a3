"""The engine against the plain translation of the notebook, and against what the machine can do.

    DREAM_WEIGHTS=… DREAM_PHOTOS=… python -m benchmarks.engine [--width 1024] [--pairs 5]

GoogLeNet to `inception_4c/output`, four octaves of ten iterations, one thread; the same picture,
schedule and shifts for both, in turn, each dream in a process of its own. Printed are CPU seconds,
peak memory, the objective reached, and which share of its best rate of convolutions the processor
kept up through the whole dream. `--write FILE` leaves the medians there as a table.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F  # noqa: N812

from dream.ascent import random_shifts
from dream.dreaming import dreamt
from dream.memory import keep_memory
from dream.networks.loading import load
from dream.networks.registry import network
from dream.objectives import energy
from dream.recipe import Recipe
from tests.dream import notebook

LAYER = "inception_4c/output"
WORK_1024 = 1323.0
"""GFLOP of the convolutions of such a dream of 1024x768 pixels, gradients included."""

SIDES = ("plain", "engine")


def main() -> None:
    """Print each pair, and the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--width", type=int, default=1024)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--seed", type=int, default=1, help=argparse.SUPPRESS)
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.side:
        print(json.dumps(_dreamt(arguments.side, arguments.width, arguments.seed)))
        return
    rate = best_convolution_rate()
    print(f"best convolution: {rate:.0f} GFLOP/s on one core")
    work = WORK_1024 * (arguments.width / 1024) ** 2
    pairs = []
    for number in range(arguments.pairs):
        plain, engine = (_measured(side, arguments.width, number) for side in SIDES)
        pairs.append((plain, engine))
        print(
            f"pair {number + 1}: plain {plain['seconds']:.2f} s, engine {engine['seconds']:.2f} s, "
            f"{plain['seconds'] / engine['seconds']:.2f} times fewer; "
            f"{100 * work / engine['seconds'] / rate:.0f} % of the best rate; "
            f"objective {100 * engine['objective'] / plain['objective']:.1f} %; "
            f"peak memory {plain['memory']:.0f} and {engine['memory']:.0f} MiB"
        )
    ratio = statistics.median(p["seconds"] / e["seconds"] for p, e in pairs)
    share = statistics.median(work / e["seconds"] / rate for _, e in pairs)
    print(f"median: {ratio:.2f} times fewer CPU seconds, {100 * share:.0f} % of the best rate")
    if arguments.write:
        arguments.write.write_text(_table(pairs, work, rate))


def best_convolution_rate() -> float:
    """GFLOP/s of the quickest of GoogLeNet's convolutions on one core, each at its best."""
    torch.set_num_threads(1)
    keep_memory()
    shapes = ((64, 192, 192, 256, 3), (96, 128, 96, 128, 3), (128, 192, 96, 128, 3))
    return max(_rate(shape, layout) for shape in shapes for layout in _LAYOUTS)


_LAYOUTS = (torch.channels_last, torch.contiguous_format)


@torch.no_grad()
def _rate(shape: tuple[int, int, int, int, int], layout: torch.memory_format) -> float:
    channels, answers, height, width, side = shape
    x = torch.randn(1, channels, height, width).contiguous(memory_format=layout)
    weight = torch.randn(answers, channels, side, side).contiguous(memory_format=layout)
    seconds = []
    for _ in range(7):
        began = time.process_time()
        F.conv2d(x, weight, padding=side // 2)
        seconds.append(time.process_time() - began)
    return 2e-9 * channels * answers * height * width * side**2 / min(seconds)


def _measured(side: str, width: int, seed: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.engine", "--side", side, "--width", str(width)]
    command += ["--seed", str(seed)]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    measured: dict[str, float] = json.loads(printed)
    return measured


def _dreamt(side: str, width: int, seed: int) -> dict[str, float]:
    torch.set_num_threads(1)
    weights = Path(os.environ["DREAM_WEIGHTS"])
    with Image.open(Path(os.environ["DREAM_PHOTOS"]) / "lake.jpg") as photo:
        size = (width, round(width * 3 / 4))
        pixels = np.asarray(photo.convert("RGB").resize(size, Image.Resampling.LANCZOS))
    plain = notebook.CaffeNet(
        weights / "bvlc_googlenet.prototxt", weights / "bvlc_googlenet.caffemodel"
    )
    dreaming = (
        _plainly(plain, pixels, seed) if side == "plain" else _by_engine(weights, pixels, seed)
    )
    began = time.process_time()
    dreamt = dreaming()
    seconds = time.process_time() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    return {
        "seconds": seconds,
        "memory": memory,
        "objective": notebook.objective(plain, dreamt, LAYER),
    }


def _plainly(
    plain: notebook.CaffeNet, pixels: notebook.Array, seed: int
) -> Callable[[], notebook.Array]:
    return lambda: notebook.deepdream(
        plain, notebook.preprocess(pixels), random_shifts(seed, 32), end=LAYER
    )


def _by_engine(weights: Path, pixels: notebook.Array, seed: int) -> Callable[[], notebook.Array]:
    keep_memory()
    engine = load(network("googlenet"), weights / "bvlc_googlenet.caffemodel")
    photograph = torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float()

    def dream() -> notebook.Array:
        found = dreamt(engine, energy(LAYER), photograph, Recipe(seed=seed))
        return notebook.preprocess(found[0].permute(1, 2, 0).numpy())

    return dream


def _table(pairs: list[tuple[dict[str, float], dict[str, float]]], work: float, rate: float) -> str:
    rows = [
        "| | CPU seconds | share of the best rate | objective | peak memory |",
        "|---|---|---|---|---|",
    ]
    for name, index in (("plain translation", 0), ("engine", 1)):
        seconds, objective, memory = (
            statistics.median(pair[index][what] for pair in pairs)
            for what in ("seconds", "objective", "memory")
        )
        rows.append(
            f"| {name} | {seconds:.1f} | {100 * work / seconds / rate:.0f} % | {objective:.1f} "
            f"| {memory:.0f} MiB |"
        )
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    main()
