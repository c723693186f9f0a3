"""The engine against the plain translation of the notebook: CPU seconds, objective, memory.

    DREAM_WEIGHTS=… DREAM_PHOTOS=… python -m benchmarks.engine [--width 512] [--pairs 5]

One thread, the same picture, layer, schedule and shifts for both, in turn.
"""

import argparse
import os
import resource
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from dream.ascent import ascend, random_shifts
from dream.gradient import gradient
from dream.networks.loading import load
from dream.networks.registry import network
from dream.objectives import LayerEnergy
from dream.recipe import Recipe
from tests.dream import notebook

LAYER = "inception_4c/output"


def main() -> None:
    """Print the ratio of each pair, and the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--pairs", type=int, default=5)
    arguments = parser.parse_args()
    torch.set_num_threads(1)

    weights = Path(os.environ["DREAM_WEIGHTS"])
    with Image.open(Path(os.environ["DREAM_PHOTOS"]) / "lake.jpg") as photo:
        size = (arguments.width, round(arguments.width * 3 / 4))
        pixels = np.asarray(photo.convert("RGB").resize(size, Image.Resampling.LANCZOS))
    plain = notebook.CaffeNet(
        weights / "bvlc_googlenet.prototxt", weights / "bvlc_googlenet.caffemodel"
    )
    engine = load(network("googlenet"), weights / "bvlc_googlenet.caffemodel")
    photograph = torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float()

    def plainly() -> notebook.Array:
        return notebook.deepdream(
            plain, notebook.preprocess(pixels), random_shifts(1, 32), end=LAYER
        )

    def ours() -> notebook.Array:
        dreamt = ascend(
            photograph,
            Recipe().octave_sizes(size),
            lambda picture: gradient(engine, LayerEnergy(LAYER), picture),
            iterations=10,
            step=1.5,
            shifts=random_shifts(1, 32),
        )
        return notebook.preprocess(dreamt[0].permute(1, 2, 0).numpy())

    ratios = []
    for pair in range(arguments.pairs):
        (theirs_s, theirs), (ours_s, mine) = _timed(plainly), _timed(ours)
        ratios.append(theirs_s / ours_s)
        reached = notebook.objective(plain, mine, LAYER) / notebook.objective(plain, theirs, LAYER)
        print(
            f"pair {pair + 1}: plain {theirs_s:.2f} s, engine {ours_s:.2f} s, "
            f"{ratios[-1]:.2f} times faster, {100 * reached:.1f} % of the plain one's objective"
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    print(f"{size[0]}×{size[1]}: median {statistics.median(ratios):.2f} times fewer CPU seconds")
    print(f"peak memory of both together: {peak:.0f} MiB")


def _timed(dreaming: Callable[[], notebook.Array]) -> tuple[float, notebook.Array]:
    started = time.process_time()
    dreamt = dreaming()
    return time.process_time() - started, dreamt


if __name__ == "__main__":
    main()
