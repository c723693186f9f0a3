"""Makes picture files from scratch: from choices to bytes, with a device and its networks kept."""

import time
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - what everybody calls it

from dream import pictures
from dream.devices import device as device_named
from dream.imagination import Imagination
from dream.memory import keep_memory
from dream.networks.architecture import Architecture
from dream.networks.classes import class_index
from dream.networks.loading import check_layer, load, logits
from dream.networks.registry import network
from dream.networks.weights import find
from dream.outcome import Imagined, Output
from dream.scratch import channel as channel_of
from dream.scratch import imagine
from dream.stages import stages
from dream.threads import default_threads
from dream.watch import OnProgress, Watch

Load = Callable[[str], Architecture]


class Imaginer:
    """Makes pictures on one device, one at a time, and keeps the networks it has loaded.

    Sets the number of torch's threads for the whole process: the same choices, machine, device
    and number of threads give the same bytes.

    Args:
        device: See `dream.devices.device`.
        threads: On a CPU; `default_threads()` if None.
        load: Where its networks come from, such as `Dreamer.warm`; its own are loaded if None.
    """

    def __init__(
        self, device: str = "auto", *, threads: int | None = None, load: Load | None = None
    ) -> None:
        self._load = load or self._network
        self._device = device_named(device)
        self._networks: dict[str, Architecture] = {}
        keep_memory()
        torch.set_num_threads(threads or default_threads())
        torch.use_deterministic_algorithms(True, warn_only=True)
        # Nothing reads what it hasn't written; to fill it first took a twentieth of a dream.
        torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]

    def imagine(
        self,
        imagination: Imagination,
        output: Output | None = None,
        *,
        on_progress: OnProgress | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Imagined:
        """The picture, its choices inside the file.

        Args:
            imagination: What to make a picture of, and how.
            output: How the picture is wanted; PNG of any size if None.
            on_progress: Told after each step, now and then with a preview.
            cancelled: Asked before each step.

        Raises:
            DreamError: The choices or the network can't be used; or `Cancelled`.
        """
        started = time.perf_counter()
        layer, index = wanted(imagination)
        objective = channel_of(self._load(imagination.network), layer, index)
        plan = stages(imagination.steps, imagination.size)
        watch = Watch(
            [(stage.area, stage.steps) for stage in plan],
            _preview,
            on_progress,
            cancelled,
            "picture",
        )
        picture = imagine(
            objective,
            imagination.size,
            steps=imagination.steps,
            seed=imagination.seed,
            device=self._device,
            on_step=watch.stepped,
        )
        data, form = pictures.encode(_pixels(picture), None, output or Output(), imagination)
        return Imagined(data, form, imagination, time.perf_counter() - started)

    def _network(self, name: str) -> Architecture:
        if name not in self._networks:
            of = network(name)
            self._networks[name] = load(of, find(of), self._device)
        return self._networks[name]


def wanted(imagination: Imagination) -> tuple[str, int]:
    """The layer and the number of its channel that are to be as strong as they can.

    Needs no weights.

    Raises:
        RecipeError: The network has no such class, layer or channel; says the nearest.
    """
    if imagination.class_name is not None:
        layer = logits(imagination.network)
        return layer, class_index(imagination.network, imagination.class_name)
    check_layer(imagination.network, imagination.what)
    return imagination.channel


def _preview(picture: Tensor) -> bytes:
    longest = max(picture.shape[2:])
    if longest > pictures.PREVIEW_SIDE:
        scale = pictures.PREVIEW_SIDE / longest
        picture = F.interpolate(picture, scale_factor=scale, mode="area")
    return pictures.preview(_pixels(picture))


def _pixels(picture: Tensor) -> pictures.Pixels:
    """H x W x 3 of 0 to 255, rounded, from 1 x 3 x H x W."""
    return pictures.from_float(picture[0].permute(1, 2, 0).cpu().numpy(), deep=False)
