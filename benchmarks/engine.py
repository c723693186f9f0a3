"""The engine against the plain translation of the notebook, and against what the machine can do.

    DREAM_WEIGHTS=… DREAM_PHOTOS=… python -m benchmarks.engine [--width 1024] [--pairs 5]

GoogLeNet to `inception_4c/output`, four octaves of ten iterations, one thread; the same picture,
schedule and shifts for both, in turn. Printed are CPU seconds, peak memory, the objective reached,
and which share of its best rate of convolutions the processor kept up through the whole dream.
`--write FILE` puts the medians into that page, between `<!-- speed -->` and `<!-- /speed -->`.
"""

import argparse
import os
import statistics
import time
from pathlib import Path

import torch
from torch.nn import functional as F  # noqa: N812

from benchmarks.sides import LAYER, Measured, measured, plain_network
from dream.memory import keep_memory
from tests.dream import notebook

PHOTOGRAPH = "lake.jpg"
WORK_1024 = 1323.0
"""GFLOP of the convolutions of such a dream of 1024x768 pixels, gradients included."""

_BEGIN, _END = "<!-- speed -->\n", "<!-- /speed -->\n"

SHAPES = ((64, 192, 192, 256, 3), (96, 128, 96, 128, 3), (128, 192, 96, 128, 3))
"""Of GoogLeNet's convolutions: channels, answers, height, width, side of the kernel."""


def main() -> None:
    """Print each pair, and the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--width", type=int, default=1024)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--write", type=Path)
    arguments = parser.parse_args()
    photograph = Path(os.environ["DREAM_PHOTOS"]) / PHOTOGRAPH
    rate = best_convolution_rate()
    print(f"best convolution: {rate:.0f} GFLOP/s on one core")
    work = WORK_1024 * (arguments.width / 1024) ** 2
    net = plain_network()
    pairs = []
    for seed in range(1, arguments.pairs + 1):
        # Each pair with other shifts: two dreams of the same are as far apart as this one's
        # objectives are, so that only their mean says which is the better climber.
        plain, engine = (
            measured(side, photograph, arguments.width, seed) for side in ("plain", "engine")
        )
        reached = _objective(net, engine) / _objective(net, plain)
        pairs.append((plain, engine, reached))
        print(
            f"pair {seed}: plain {plain.seconds:.2f} s, engine {engine.seconds:.2f} s, "
            f"{plain.seconds / engine.seconds:.2f} times fewer; "
            f"{100 * work / engine.seconds / rate:.0f} % of the best rate; "
            f"objective {100 * reached:.1f} %; "
            f"peak memory {plain.memory:.0f} and {engine.memory:.0f} MiB"
        )
    rate = (rate + best_convolution_rate()) / 2
    table = _table(pairs, work, rate)
    print(table)
    if arguments.write:
        before, rest = arguments.write.read_text().split(_BEGIN)
        _, after = rest.split(_END)
        arguments.write.write_text(f"{before}{_BEGIN}{table}{_END}{after}")


@torch.no_grad()
def best_convolution_rate() -> float:
    """GFLOP/s of the quickest of GoogLeNet's convolutions on one core, each at its best."""
    torch.set_num_threads(1)
    keep_memory()
    layouts = (torch.channels_last, torch.contiguous_format)
    return max(_rate(shape, layout) for shape in SHAPES for layout in layouts)


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


def _objective(net: notebook.CaffeNet, of: Measured) -> float:
    return notebook.objective(net, notebook.preprocess(of.pixels), LAYER)


def _table(pairs: list[tuple[Measured, Measured, float]], work: float, rate: float) -> str:
    ratio = statistics.median(plain.seconds / engine.seconds for plain, engine, _ in pairs)
    reached = statistics.mean(reached for _, _, reached in pairs)
    rows = [
        _row("plain translation", [plain for plain, _, _ in pairs], work / rate, 1, 1),
        _row("engine", [engine for _, engine, _ in pairs], work / rate, ratio, reached),
    ]
    head = "| | CPU seconds | times fewer | share of the best rate | objective | peak memory |"
    return "\n".join([head, "|---|---|---|---|---|---|", *rows]) + "\n"


def _row(name: str, dreams: list[Measured], least: float, ratio: float, reached: float) -> str:
    seconds = statistics.median(dream.seconds for dream in dreams)
    memory = statistics.median(dream.memory for dream in dreams)
    return (
        f"| {name} | {seconds:.1f} | {ratio:.2f} | {100 * least / seconds:.0f} % "
        f"| {100 * reached:.1f} % | {memory:.0f} MiB |"
    )


if __name__ == "__main__":
    main()
