"""Large pictures: the memory that they are dreamt in, and whether tiles show.

    DREAM_WEIGHTS=… DREAM_PHOTOS=… python -m benchmarks.large [--megapixels 12 48] [--iterations 2]

GoogLeNet, one thread, each measurement in a process of its own. First the whole command
`dream image` of a photograph enlarged, to `inception_4c/output` in four octaves: CPU seconds and
peak memory. Then a picture of 1.9 megapixels in tiles and at once: how far the two differ within
8 pixels of where tiles meet and elsewhere, against the mean of the gradient or in grey levels.
Tiles lie on the shifted picture: with jitter they meet elsewhere in each step, and all places
where they met on the last octave are looked at.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from dream import gradient as tiles
from dream.ascent import random_shifts
from dream.dreaming import dreamt
from dream.memory import keep_memory
from dream.networks.architecture import Architecture
from dream.networks.loading import load
from dream.networks.registry import network
from dream.objectives import energy
from dream.recipe import Recipe

LAYER = "inception_4c/output"
LAYERS = ("inception_3b/output", LAYER, "inception_4e/output", "inception_5b/output")
LIMITS = {12: 2.5, 48: 4.0}
"""GiB that a picture of so many megapixels may take."""

SIZE = (1592, 1200)
NEAR = 8
"""Pixels from where tiles meet."""

STEPS = 3


def main() -> None:
    """Print what each picture takes, and how far tiles differ from the whole."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megapixels", type=int, nargs="*", default=[12, 48])
    parser.add_argument("--iterations", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--gradient", choices=LAYERS, help=argparse.SUPPRESS)
    parser.add_argument("--jitter", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.gradient:
        print(json.dumps(_gradients(arguments.gradient)))
        return
    if arguments.jitter is not None:
        print(json.dumps(_dreams(arguments.jitter)))
        return
    for megapixels in arguments.megapixels:
        seconds, memory = _command(megapixels, arguments.iterations, arguments.threads)
        limit = f" of {LIMITS[megapixels]:g}" if megapixels in LIMITS else ""
        print(f"{megapixels} megapixels: {seconds:.0f} CPU s, {memory:.2f}{limit} GiB", flush=True)
    for layer in LAYERS:
        print(f"one gradient, {layer}: {_told(_measured('--gradient', layer), '')}", flush=True)
    for jitter in (0, 32):
        seen = _measured("--jitter", str(jitter))
        print(
            f"a dream of 2 octaves, {STEPS} iterations, jitter {jitter}: "
            f"{_told(seen, ' grey levels')}; objective {100 * seen['objective']:.2f} %; "
            f"{100 * seen['same']:.1f} % of the bytes the same",
            flush=True,
        )


def _told(seen: dict[str, float], unit: str) -> str:
    return (
        f"{seen['near']:.1e}{unit} where tiles meet, {seen['elsewhere']:.1e} elsewhere, "
        f"{seen['near'] / seen['elsewhere']:.2f} times as much; "
        f"CPU s {seen['tiled']:.2f} in tiles, {seen['whole']:.2f} at once"
    )


def _command(megapixels: int, iterations: int, threads: int) -> tuple[float, float]:
    """CPU seconds and GiB of the whole command."""
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "large.jpg"
        side = round((megapixels * 1e6 / 12) ** 0.5)
        _photograph((4 * side, 3 * side)).save(picture, quality=92)
        recipe = ["--network", "googlenet", "--layer", LAYER, "--octaves", "4", "--seed", "1"]
        recipe += ["--iterations", str(iterations), "--threads", str(threads), "--device", "cpu"]
        command = [sys.executable, "-m", "dream.cli", "image", str(picture), "-q", *recipe]
        with subprocess.Popen([*command, "-o", str(Path(folder) / "dream.png")]) as process:
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(process.returncode)
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 2**20


def _measured(*arguments: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.large", *arguments]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    measured: dict[str, float] = json.loads(printed)
    return measured


def _gradients(layer: str) -> dict[str, float]:
    sight, picture = _prepared()
    objective = energy(layer)
    (parts, tiled), (whole, at_once) = _both(lambda: tiles.gradient(sight, objective, picture))
    difference = (parts - whole).abs() / whole.abs().mean()
    meeting = _meeting(sight, layer, picture, [(0, 0)])
    return {**_apart(difference, meeting), "tiled": tiled, "whole": at_once}


def _dreams(jitter: int) -> dict[str, float]:
    sight, picture = _prepared()
    objective = energy(LAYER)
    recipe = Recipe(octaves=2, iterations=STEPS, jitter=jitter, seed=1)
    (parts, tiled), (whole, at_once) = _both(lambda: dreamt(sight, objective, picture, recipe))
    drawn = random_shifts(recipe.seed, jitter)
    shifts = [next(drawn) for _ in range(2 * STEPS)][STEPS:]
    with torch.no_grad():
        reached = [objective.value(objective.activations(sight, each)) for each in (parts, whole)]
    return {
        **_apart((parts - whole).abs(), _meeting(sight, LAYER, picture, shifts)),
        "tiled": tiled,
        "whole": at_once,
        "objective": reached[0] / reached[1],
        "same": float((parts.round() == whole.round()).float().mean()),
    }


def _prepared() -> tuple[Architecture, Tensor]:
    torch.set_num_threads(1)
    keep_memory()
    weights = Path(os.environ["DREAM_WEIGHTS"]) / "bvlc_googlenet.caffemodel"
    pixels = torch.from_numpy(np.array(_photograph(SIZE))).permute(2, 0, 1)[None].float()
    sight = load(network("googlenet"), weights)
    tiles.gradient(sight, energy(LAYER), pixels)  # what only the first one takes
    return sight, pixels


def _photograph(size: tuple[int, int]) -> Image.Image:
    with Image.open(Path(os.environ["DREAM_PHOTOS"]) / "colosseum.jpg") as photo:
        return photo.convert("RGB").resize(size, Image.Resampling.LANCZOS)


def _both(found: Callable[[], Tensor]) -> tuple[tuple[Tensor, float], tuple[Tensor, float]]:
    """What is found in tiles and what at once, with the CPU seconds of each."""
    began = time.process_time()
    parts = found()
    between = time.process_time()
    usual, tiles.LARGEST_WHOLE = tiles.LARGEST_WHOLE, SIZE[0] * SIZE[1]
    whole = found()
    ended = time.process_time()
    tiles.LARGEST_WHOLE = usual
    return (parts, between - began), (whole, ended - between)


def _meeting(
    sight: Architecture, layer: str, picture: Tensor, shifts: Sequence[tuple[int, int]]
) -> Tensor:
    """Whether tiles meet near a pixel, H x W, at one of those shifts."""
    meeting = torch.zeros(picture.shape[2:], dtype=torch.bool)
    margin = tiles._margin(sight, energy(layer), picture)
    for dim, side in enumerate(meeting.shape):
        for shift in shifts:
            for span in tiles._spans(side, margin)[1:]:
                near = torch.arange(span.begin - NEAR, span.begin + NEAR) - shift[dim]
                meeting.index_fill_(dim, near % side, 1)
    return meeting


def _apart(difference: Tensor, meeting: Tensor) -> dict[str, float]:
    mean = difference.mean((0, 1))
    return {"near": float(mean[meeting].mean()), "elsewhere": float(mean[~meeting].mean())}


if __name__ == "__main__":
    main()
