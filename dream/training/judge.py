"""Judges dreams by networks that the dreamer never learned from, and whose its filters are."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - what everybody calls it

from dream.dreaming import dreamt
from dream.networks.architecture import Architecture
from dream.networks.dreamnet import BLOCKS
from dream.networks.loading import load
from dream.networks.registry import network
from dream.networks.weights import find
from dream.objectives import energy
from dream.recipe import Recipe

PHOTOGRAPHS = ("cat.jpg", "lake.jpg")
SIDE = 512
QUALITY = 90
LAYER = "inception_4c/output"
JUDGES = {"googlenet": "inception_4a/output", "squeezenet": "fire8/concat"}
"""Networks, and the layers that they answer with."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How strongly the judges answer to one photograph in four versions.

    Attributes:
        photograph: Its file's name.
        change: Mean absolute change of a pixel in grey levels, by version.
        answers: Mean square activation, by judge and version, as multiples of the photograph's.
    """

    photograph: str
    change: dict[str, float]
    answers: dict[str, dict[str, float]]


def judge(photographs: Path) -> Iterator[Verdict]:
    """The verdicts on dreams of some photographs.

    The versions are `photograph`; `dreamnet` and `teacher`, dreams with the schedule of the
    notebook, ours faded where it would change the mean pixel by more than the teacher's; and
    `noise`, the photograph with noise of as much energy as dreamnet's dream has. All are judged as
    a JPEG of quality 90 shows them.

    Raises:
        NetworkUnavailable: A judge isn't on this machine.
    """
    names = {"dreamnet", *JUDGES}
    loaded = {name: load(network(name), find(network(name))) for name in sorted(names)}
    for name in PHOTOGRAPHS:
        photograph = _opened(photographs / name)
        lesson = _dream(loaded["googlenet"], photograph)
        dream = _no_further(_dream(loaded["dreamnet"], photograph), lesson, photograph)
        versions = {
            "photograph": photograph,
            "noise": _noisy(photograph, float((dream - photograph).square().mean().sqrt())),
            "dreamnet": dream,
            "teacher": lesson,
        }
        answers: dict[str, dict[str, float]] = {}
        for judging, layer in JUDGES.items():
            given = {
                version: _answer(loaded[judging], layer, _through_jpeg(picture))
                for version, picture in versions.items()
            }
            answers[judging] = {
                version: answer / given["photograph"] for version, answer in given.items()
            }
        change = {
            version: float((picture - photograph).abs().mean())
            for version, picture in versions.items()
        }
        yield Verdict(name, change, answers)


@torch.no_grad()
def likeness(ours: Architecture, theirs: Architecture, pictures: Tensor) -> dict[str, list[float]]:
    """How alike the filters of the blocks are to the teacher's: cosines of best matches.

    The two see different things: a filter of ours is a row of numbers for channels that the
    teacher hasn't got. So each is expressed in what the teacher's filters see: a linear map from
    the teacher's channels to ours is fitted to pictures, and our filter applied behind it.

    Args:
        ours: DreamNet.
        theirs: GoogLeNet.
        pictures: N x 3 x H x W, RGB, 0 to 255, to fit the maps to.

    Returns:
        Of each filter, by layer, the cosine with the nearest of the teacher's in that layer.
    """
    own_filters, their_filters = ours.weighted(), theirs.weighted()
    own_inputs, their_inputs = _inputs(ours, pictures), _inputs(theirs, pictures)
    found = {}
    for layer, seen in own_inputs.items():
        translation = _translation(their_inputs[layer], seen)
        own = torch.einsum("oikl,ij->ojkl", own_filters[layer][0], translation).flatten(1)
        cosines = F.normalize(own) @ F.normalize(their_filters[layer][0].flatten(1)).T
        found[layer] = cosines.amax(1).tolist()
    return found


def to_judge_by(photographs: Path) -> Tensor:
    """Parts of the photographs in a folder, N x 3 x 128 x 128, RGB, 0 to 255."""
    parts: list[Tensor] = []
    for file in sorted(photographs.glob("*.jpg")):
        photograph = _opened(file)
        for row in torch.split(photograph, 128, 2):
            parts += torch.split(row, 128, 3)
    return torch.cat([part for part in parts if part.shape[2:] == (128, 128)])


def _inputs(of: Architecture, pictures: Tensor) -> dict[str, Tensor]:
    """What each convolution of the blocks sees, places x channels."""
    seen: dict[str, list[Tensor]] = {}
    for some in torch.split(pictures, 16):
        maps = dict(of.layers(some - of.mean))
        names = list(maps)
        for block in BLOCKS:
            before = names[names.index(f"{block}/1x1") - 1]
            for layer, source in (
                ("1x1", before),
                ("3x3_reduce", before),
                ("3x3", f"{block}/relu_3x3_reduce"),
                ("5x5_reduce", before),
                ("5x5", f"{block}/relu_5x5_reduce"),
                ("pool_proj", before),
            ):
                places = maps[source].flatten(2).transpose(1, 2).flatten(0, 1)
                seen.setdefault(f"{block}/{layer}", []).append(places)
    return {layer: torch.cat(places) for layer, places in seen.items()}


def _translation(theirs: Tensor, ours: Tensor) -> Tensor:
    """The linear map that tells our channels from theirs, ours x theirs, by ridge regression."""
    theirs, ours = theirs - theirs.mean(0), ours - ours.mean(0)
    moments = theirs.T @ theirs
    moments.diagonal().add_(1e-3 * moments.diagonal().mean())
    translation: Tensor = torch.linalg.solve(moments, theirs.T @ ours)
    return translation.T


def _no_further(dream: Tensor, other: Tensor, photograph: Tensor) -> Tensor:
    """The dream, faded until it changes the photograph no more than the other one does."""
    changes = [float((each - photograph).abs().mean()) for each in (dream, other)]
    return photograph + min(1.0, changes[1] / changes[0]) * (dream - photograph)


def _dream(of: Architecture, photograph: Tensor) -> Tensor:
    return dreamt(of, energy(LAYER), photograph, Recipe(layer=LAYER))


def _noisy(photograph: Tensor, strength: float) -> Tensor:
    noise = torch.randn(photograph.shape, generator=torch.Generator().manual_seed(0))
    return (photograph + strength * noise).clamp(0, 255)


@torch.no_grad()
def _answer(judging: Architecture, layer: str, picture: Tensor) -> float:
    return float(judging.activations(picture, {layer})[layer].square().mean())


def _opened(file: Path) -> Tensor:
    with Image.open(file) as photograph:
        scale = SIDE / max(photograph.size)
        size = (round(photograph.width * scale), round(photograph.height * scale))
        return _tensor(photograph.convert("RGB").resize(size, Image.Resampling.LANCZOS))


def _through_jpeg(picture: Tensor) -> Tensor:
    pixels = picture[0].round().clamp(0, 255).byte().permute(1, 2, 0).numpy()
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, "JPEG", quality=QUALITY)
    with Image.open(file) as opened:
        return _tensor(opened)


def _tensor(picture: Image.Image) -> Tensor:
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].float()
