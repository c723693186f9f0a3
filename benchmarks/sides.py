"""One dream in a process of its own: by a plain translation of the notebook, or by the engine.

GoogLeNet to `inception_4c/output`, one thread. `python -m benchmarks.sides SIDE …` is that process.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from dream.ascent import random_shifts
from dream.dreaming import dreamt
from dream.memory import keep_memory
from dream.networks.loading import load
from dream.networks.registry import network
from dream.objectives import energy
from dream.recipe import Recipe
from tests.dream import notebook

LAYER = "inception_4c/output"
SIDES = ("plain", "engine", "fast")
"""The notebook's schedule by either, and the fast one by the engine."""

Pixels = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Measured:
    """A dream and what it took.

    Attributes:
        pixels: H x W x 3, RGB, 0 to 255.
        seconds: Of the processor, loading the network not counted.
        memory: Most that the process held, in MiB.
    """

    pixels: Pixels
    seconds: float
    memory: float


def measured(side: str, photograph: Path, width: int, seed: int) -> Measured:
    """The dream of a photograph, 4 to 3, by one of the sides."""
    with tempfile.NamedTemporaryFile(suffix=".npy") as file:
        command = [sys.executable, "-m", "benchmarks.sides", side, str(photograph), file.name]
        command += ["--width", str(width), "--seed", str(seed)]
        printed = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
        return Measured(np.load(file.name), **json.loads(printed))


def weights() -> Path:
    """The folder with GoogLeNet's weights."""
    return Path(os.environ["DREAM_WEIGHTS"])


def plain_network() -> notebook.CaffeNet:
    """The network of the plain translation."""
    folder = weights()
    return notebook.CaffeNet(
        folder / "bvlc_googlenet.prototxt", folder / "bvlc_googlenet.caffemodel"
    )


def opened(photograph: Path, width: int) -> npt.NDArray[np.uint8]:
    """The photograph, 4 to 3 whatever it was."""
    with Image.open(photograph) as photo:
        size = (width, round(width * 3 / 4))
        return np.asarray(photo.convert("RGB").resize(size, Image.Resampling.LANCZOS))


def main() -> None:
    """Dream, write the dream into a file, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("side", choices=SIDES)
    parser.add_argument("photograph", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--width", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    pixels = opened(arguments.photograph, arguments.width)
    side = _plain if arguments.side == "plain" else _engine
    recipe = Recipe(seed=arguments.seed)
    dreaming = side(pixels, recipe.fast() if arguments.side == "fast" else recipe)
    began = time.process_time()
    found = dreaming()
    seconds = time.process_time() - began
    np.save(arguments.output, found)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    print(json.dumps({"seconds": seconds, "memory": memory}))


def _plain(pixels: npt.NDArray[np.uint8], recipe: Recipe) -> Callable[[], Pixels]:
    net = plain_network()

    def dream() -> Pixels:
        shifts = random_shifts(recipe.seed, recipe.jitter)
        found = notebook.deepdream(net, notebook.preprocess(pixels), shifts, end=LAYER)
        return notebook.deprocess(found)

    return dream


def _engine(pixels: npt.NDArray[np.uint8], recipe: Recipe) -> Callable[[], Pixels]:
    keep_memory()
    engine = load(network("googlenet"), weights() / "bvlc_googlenet.caffemodel")
    photograph = torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None]

    def dream() -> Pixels:
        found: Pixels = dreamt(engine, energy(LAYER), photograph, recipe)[0].numpy()
        return found.transpose(1, 2, 0)

    return dream


if __name__ == "__main__":
    main()
