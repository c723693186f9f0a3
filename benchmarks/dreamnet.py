"""Dreamnet beside GoogLeNet: the first dream on a fresh machine, and the same dream of both.

    DREAM_WEIGHTS=… DREAM_PHOTOS=… python -m benchmarks.dreamnet [--runs 5]

The first dream is the whole command, start-up included, in seconds on the wall, on all cores; with
nothing installed, so with the preset that is the default then. The same dream is one layer, picture
and schedule for both networks, in CPU seconds on one thread.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from dream.dreaming import dreamt
from dream.memory import keep_memory
from dream.networks.architecture import Architecture
from dream.networks.loading import load
from dream.networks.registry import network
from dream.networks.weights import find
from dream.objectives import energy
from dream.recipe import Recipe

LAYER = "inception_4c/output"
PHOTOGRAPH = "lake.jpg"


def main() -> None:
    """Print both, run by run, and the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    photograph = Path(os.environ["DREAM_PHOTOS"]) / PHOTOGRAPH
    with tempfile.TemporaryDirectory() as folder:
        _first_dreams(photograph, Path(folder), runs)
    _same_dream(photograph, runs)


def _first_dreams(photograph: Path, folder: Path, runs: int) -> None:
    bare = {"DREAM_WEIGHTS": "", "DREAM_CACHE": str(folder / "cache")}
    ways = {
        "dreamnet": ([], bare),
        "googlenet": (["--network", "googlenet", "--layer", LAYER], {}),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for run in range(runs):
        for name, (choices, environment) in ways.items():
            command = [sys.executable, "-m", "dream.cli", "image", str(photograph), "--size", "768"]
            began = time.monotonic()
            subprocess.run(
                [*command, "--seed", "1", "-q", "-o", str(folder / f"{name}.png"), *choices],
                env={**os.environ, **environment},
                check=True,
            )
            seconds[name].append(time.monotonic() - began)
        told = ", ".join(f"{name} {found[-1]:.1f} s" for name, found in seconds.items())
        print(f"first dream {run + 1}: {told}")
    ours, theirs = (statistics.median(seconds[name]) for name in ways)
    print(f"first dream, median: dreamnet {ours:.1f} s, googlenet {theirs:.1f} s")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**10
    print(f"peak memory of the larger one: {peak:.0f} MiB")


def _same_dream(photograph: Path, runs: int) -> None:
    keep_memory()
    torch.set_num_threads(1)
    with Image.open(photograph) as opened:
        pixels = np.asarray(opened.convert("RGB").resize((512, 384), Image.Resampling.LANCZOS))
    picture = torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float()
    ours, theirs = (load(network(name), find(network(name))) for name in ("dreamnet", "googlenet"))
    ratios = []
    for run in range(runs):
        quick, slow = _timed(ours, picture), _timed(theirs, picture)
        ratios.append(slow / quick)
        print(f"same dream {run + 1}: dreamnet {quick:.2f} s, googlenet {slow:.2f} s")
    print(f"same dream, median: {statistics.median(ratios):.2f} times fewer CPU seconds")


def _timed(of: Architecture, picture: torch.Tensor) -> float:
    began = time.process_time()
    dreamt(of, energy(LAYER), picture, Recipe(seed=1))
    return time.process_time() - began


if __name__ == "__main__":
    main()
