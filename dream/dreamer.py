"""Dreams a picture file by a recipe: from bytes to bytes, with a device and its networks kept."""

import math
import time
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - what everybody calls it

from dream import pictures
from dream.ascent import ascend, random_shifts
from dream.devices import device as device_named
from dream.errors import Cancelled
from dream.gradient import gradient
from dream.memory import keep_memory
from dream.networks.architecture import Architecture
from dream.networks.loading import check_layer, load
from dream.networks.registry import network
from dream.networks.weights import find
from dream.objectives import LayerEnergy
from dream.outcome import Dream, Output, Progress
from dream.pictures import Limits, Picture
from dream.recipe import SMALLEST_SIDE, Recipe, Size
from dream.smoothing import smoothed
from dream.threads import default_threads

PREVIEW_SECONDS = 0.8
"""Time between two previews, at least."""

OnProgress = Callable[[Progress], None]


class Dreamer:
    """Dreams on one device, one picture at a time, and keeps the networks it has loaded.

    Sets the number of torch's threads for the whole process: the same picture, recipe, machine,
    device and number of threads give the same bytes.

    Args:
        device: See `dream.devices.device`.
        threads: On a CPU; `default_threads()` if None.
        limits: What pictures are opened.
    """

    def __init__(
        self, device: str = "auto", *, threads: int | None = None, limits: Limits | None = None
    ) -> None:
        self._device = device_named(device)
        self._limits = limits or Limits()
        self._networks: dict[str, Architecture] = {}
        keep_memory()
        torch.set_num_threads(threads or default_threads())
        torch.use_deterministic_algorithms(True, warn_only=True)

    def warm(self, name: str) -> Architecture:
        """The network of that name, loaded if it wasn't.

        Raises:
            UnknownName: There is no such network.
            NetworkUnavailable: Its weights aren't here, or aren't what they should be.
        """
        if name not in self._networks:
            of = network(name)
            self._networks[name] = load(of, find(of), self._device)
        return self._networks[name]

    def dream(
        self,
        picture: bytes,
        recipe: Recipe,
        output: Output | None = None,
        *,
        on_progress: OnProgress | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Dream:
        """The dream of a picture, its recipe inside the file.

        Args:
            picture: A file of any format that is read.
            recipe: How to dream it.
            output: How the dream is wanted; PNG of any size if None.
            on_progress: Told after each step, now and then with a preview.
            cancelled: Asked before each step.

        Raises:
            DreamError: The picture, the recipe or the network can't be used; or `Cancelled`.
        """
        started = time.perf_counter()
        check_layer(recipe.network, recipe.layer)
        sight = self.warm(recipe.network)
        opened = pictures.decode(picture, self._limits)
        height, width = opened.rgb.shape[:2]
        small = pictures.resize(opened, recipe.dream_size((width, height)))
        rgb = self._ascend(small, recipe, sight, on_progress, cancelled)
        data, form = pictures.encode(rgb, small.alpha, output or Output(), recipe)
        # Asked of the file: where the budget was tight, it is smaller than what was dreamt. The
        # limits are for strangers' pictures: a dream may well be larger.
        size = pictures.probe(data, Limits(len(data), math.prod(_size(small)))).size
        return Dream(data, form, size, recipe, time.perf_counter() - started, opened.note)

    def _ascend(
        self,
        picture: Picture,
        recipe: Recipe,
        sight: Architecture,
        on_progress: OnProgress | None,
        cancelled: Callable[[], bool],
    ) -> pictures.Pixels:
        objective = LayerEnergy(recipe.layer)
        photograph = _padded(_tensor(picture).to(self._device))
        sizes = recipe.octave_sizes((photograph.shape[3], photograph.shape[2]))
        watch = _Watch(sizes, recipe.iterations, on_progress, cancelled)
        dreamt = ascend(
            photograph,
            sizes,
            lambda shown: smoothed(gradient(sight, objective, shown), recipe.smoothing),
            iterations=recipe.iterations,
            step=recipe.step,
            shifts=random_shifts(recipe.seed, recipe.jitter),
            on_step=watch.stepped,
        )
        height, width = picture.rgb.shape[:2]
        return _pixels(dreamt[:, :, :height, :width], picture.deep)


class _Watch:
    """Looks on while a picture is dreamt: counts the work done, tells about it, stops it."""

    def __init__(
        self,
        octaves: Sequence[Size],
        iterations: int,
        on_progress: OnProgress | None,
        cancelled: Callable[[], bool],
    ) -> None:
        self._areas = [width * height for width, height in octaves]
        self._total = iterations * sum(self._areas)
        self._done = 0
        self._on_progress = on_progress
        self._cancelled = cancelled
        self._previewed = 0.0

    def stepped(self, octave: int, picture: Tensor) -> None:
        """One step more on that octave."""
        if self._cancelled():
            raise Cancelled("The dream was called off.")
        self._done += self._areas[octave]
        if self._on_progress is None:
            return
        preview = None
        now = time.monotonic()
        if now - self._previewed >= PREVIEW_SECONDS:
            self._previewed = now
            preview = self._preview(picture)
        share = self._done / self._total
        self._on_progress(Progress(share, octave + 1, len(self._areas), preview))

    def _preview(self, picture: Tensor) -> bytes:
        longest = max(picture.shape[2:])
        if longest > pictures.PREVIEW_SIDE:
            scale = pictures.PREVIEW_SIDE / longest
            picture = F.interpolate(picture, scale_factor=scale, mode="area")
        return pictures.preview(_pixels(picture, deep=False))


def _size(picture: Picture) -> Size:
    return picture.rgb.shape[1], picture.rgb.shape[0]


def _tensor(picture: Picture) -> Tensor:
    """1 x 3 x H x W of 0 to 255, from H x W x 3."""
    return torch.from_numpy(pictures.to_float(picture)).permute(2, 0, 1)[None].contiguous()


def _pixels(picture: Tensor, deep: bool) -> pictures.Pixels:
    """The way back, rounded."""
    return pictures.from_float(picture[0].permute(1, 2, 0).cpu().numpy(), deep)


def _padded(picture: Tensor) -> Tensor:
    """The picture with its last rows and columns repeated where it is too small to be seen."""
    height, width = picture.shape[2:]
    more = (0, max(0, SMALLEST_SIDE - width), 0, max(0, SMALLEST_SIDE - height))
    return F.pad(picture, more, mode="replicate") if any(more) else picture
