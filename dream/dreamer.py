"""Dreams pictures by a recipe, with a device and its networks kept."""

import math
import time
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - what everybody calls it

from dream import pictures
from dream.devices import device as device_named
from dream.dreaming import dreamt as dreamt_in_tensors
from dream.dreaming import schedule
from dream.errors import RecipeError
from dream.finish import finish
from dream.gradient import LARGEST_WHOLE
from dream.masks import soft
from dream.memory import keep_memory
from dream.networks.architecture import Architecture
from dream.networks.classes import class_index
from dream.networks.loading import check_layer, load, logits
from dream.networks.registry import network
from dream.networks.weights import find
from dream.noise import begin
from dream.objectives import Objective, objective
from dream.outcome import Dream, Output
from dream.pictures import Limits, Picture
from dream.recipe import SMALLEST_SIDE, Recipe
from dream.starts import Size, Start
from dream.terms import ClassTerm, Term, parse
from dream.threads import default_threads
from dream.watch import Asked, OnProgress, Watch

MOST_KEPT = 4
"""Networks that stay loaded."""

MOST_AT_ONCE = 8
"""Pictures in one call on a GPU."""

GUIDE_SIDE = 320
"""Longer side in pixels, at most, of a guide when the network looks at it."""


class Dreamer:
    """Dreams on one device, one call at a time, and keeps the networks it has loaded.

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
        self._threads = threads or default_threads()
        self._networks: dict[str, Architecture] = {}
        keep_memory()
        torch.set_num_threads(self._threads)
        torch.use_deterministic_algorithms(True, warn_only=True)
        # Nothing reads what it hasn't written; to fill it first took a twentieth of a dream.
        torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]

    def at_once(self, size: Size) -> int:
        """How many pictures of that size are best dreamt in one call, 1 on a CPU.

        There, one fills it; and two orders of the same sums, as a batch has them, differ in their
        last digits, so that its dreams would not be those of each alone, byte for byte.
        """
        if self._device.type != "cuda":
            return 1
        return max(1, min(MOST_AT_ONCE, LARGEST_WHOLE // math.prod(size)))

    def warm(self, name: str) -> Architecture:
        """The network of that name, loaded if it wasn't.

        Raises:
            UnknownName: There is no such network.
            NetworkUnavailable: Its weights aren't here, or aren't what they should be.
        """
        of = network(name)
        if of.name not in self._networks:
            while len(self._networks) >= MOST_KEPT:
                del self._networks[next(iter(self._networks))]
            self._networks[of.name] = load(of, find(of), self._device)
        return self._networks[of.name]

    def dream(
        self,
        picture: bytes | None,
        recipe: Recipe,
        output: Output | None = None,
        *,
        guide: bytes | None = None,
        mask: bytes | None = None,
        on_progress: OnProgress | None = None,
        cancelled: Asked = lambda: False,
    ) -> Dream:
        """The dream of a picture file, its recipe inside the file.

        Args:
            picture: A file of any format that is read; None where the recipe's start isn't one.
            recipe: How to dream it.
            output: How the dream is wanted; PNG of any size if None.
            guide: A file with the recipe's guide; its digest goes into a recipe that has none.
            mask: A file with the recipe's mask, likewise.
            on_progress: Told after each step, now and then with a preview.
            cancelled: Asked after each step.

        Raises:
            DreamError: The picture, the recipe or the network can't be used; or `Cancelled`.
        """
        started = time.perf_counter()
        recipe = recipe.with_files(guide=guide, mask=mask)
        check_layer(recipe.network, recipe.layer)
        opened, guiding, masking = (
            None if file is None else pictures.decode(file, self._limits)
            for file in (picture, guide, mask)
        )
        (dreamt,) = self.imagine(
            [opened],
            recipe,
            guide=guiding,
            mask=masking,
            on_progress=on_progress,
            cancelled=cancelled,
        )
        note = opened.note if opened else ""
        del opened, guiding, masking
        data, form = pictures.encode(dreamt.rgb, dreamt.alpha, output or Output(), recipe)
        # Asked of the file: where the budget was tight, it is smaller than what was dreamt. The
        # limits are for strangers' pictures: a dream may well be larger.
        size = pictures.probe(data, Limits(len(data), math.prod(_size(dreamt)))).size
        return Dream(data, form, size, recipe, time.perf_counter() - started, note)

    def imagine(
        self,
        originals: Sequence[Picture | None],
        recipe: Recipe,
        *,
        guide: Picture | None = None,
        mask: Picture | None = None,
        on_progress: OnProgress | None = None,
        cancelled: Asked = lambda: False,
    ) -> list[Picture]:
        """The dreams of some pictures, each what it would be alone.

        Args:
            originals: Pictures that are of one size when the recipe has scaled them; None where
                its start isn't a picture.
            recipe: How to dream them.
            guide: Where the recipe has one.
            mask: Where the recipe has one.
            on_progress: Told after each step, now and then with a preview of the first.
            cancelled: Asked after each step.

        Raises:
            DreamError: As `dream`.
        """
        torch.set_num_threads(self._threads)
        check_layer(recipe.network, recipe.layer)
        for choice, given in (("guide", guide), ("mask", mask)):
            if getattr(recipe, choice) is not None and given is None:
                raise RecipeError(f"This recipe has a {choice}: give it one.")
        sight = self.warm(recipe.network)
        scaled = [_scaled(original, recipe) for original in originals]
        photograph = _padded(torch.cat([_tensor(each) for each in scaled]).to(self._device))
        plan = schedule(recipe, photograph)
        areas = [width * height for width, height in plan.sizes]
        watch = Watch(
            list(zip(areas, plan.iterations, strict=True)),
            lambda picture: _preview(picture[:1], photograph[:1], recipe),
            on_progress,
            cancelled,
            "dream",
        )
        dreamt = dreamt_in_tensors(
            sight,
            self._objective(sight, recipe, guide),
            photograph,
            recipe,
            mask=None if mask is None else _padded(soft(mask, _size(scaled[0]))).to(self._device),
            on_step=watch.stepped,
        )
        dreamt = finish(dreamt, photograph, recipe)
        return [
            Picture(_pixels(each, original), original.alpha, original.note)
            for each, original in zip(dreamt, scaled, strict=True)
        ]

    @torch.no_grad()
    def _objective(self, sight: Architecture, recipe: Recipe, guide: Picture | None) -> Objective:
        terms = parse(recipe.layer)
        indices = {
            term.name: class_index(recipe.network, term.name)
            for term in terms
            if isinstance(term, ClassTerm)
        }
        seen: dict[str, Tensor] = {}
        if guide is not None:
            layers = {term.layer for term in terms if not isinstance(term, ClassTerm)}
            if not layers or any(isinstance(term, Term) and term.place for term in terms):
                raise RecipeError("A guide needs a layer to be seen by, all over the picture.")
            scale = min(1.0, GUIDE_SIDE / max(_size(guide)))
            width, height = (max(1, round(side * scale)) for side in _size(guide))
            shown = _padded(_tensor(pictures.resize(guide, (width, height))).float())
            seen = sight.activations(shown.to(self._device), layers)
        return objective(recipe.layer, logits(recipe.network) if indices else "", indices, seen)


def _preview(picture: Tensor, original: Tensor, recipe: Recipe) -> bytes:
    scale = min(1.0, pictures.PREVIEW_SIDE / max(picture.shape[2:]))
    size = [max(1, round(side * scale)) for side in picture.shape[2:]]
    small, before = (F.interpolate(each.float(), size, mode="area") for each in (picture, original))
    shown = finish(small, before, recipe)[0].permute(1, 2, 0).cpu().numpy()
    return pictures.preview(pictures.from_float(shown, deep=False))


def _scaled(original: Picture | None, recipe: Recipe) -> Picture:
    size = recipe.dream_size(None if original is None else _size(original))
    if original is None:
        return begin(Start.parse(recipe.start), size, recipe.seed)
    return pictures.resize(original, size)


def _size(picture: Picture) -> Size:
    return picture.rgb.shape[1], picture.rgb.shape[0]


def _tensor(picture: Picture) -> Tensor:
    """1 x 3 x H x W of 0 to 255: bytes as long as they are bytes, floats for finer ones."""
    pixels = pictures.to_float(picture) if picture.deep else picture.rgb
    return torch.tensor(pixels).permute(2, 0, 1)[None].contiguous()


def _pixels(dreamt: Tensor, original: Picture) -> pictures.Pixels:
    """The way back, rounded, without what was padded."""
    width, height = _size(original)
    shown = dreamt[:, :height, :width].permute(1, 2, 0).cpu().numpy()
    return pictures.from_float(shown, original.deep)


def _padded(picture: Tensor) -> Tensor:
    """The picture with its last rows and columns repeated where it is too small to be seen."""
    height, width = picture.shape[2:]
    more = (0, max(0, SMALLEST_SIDE - width), 0, max(0, SMALLEST_SIDE - height))
    return F.pad(picture.float(), more, mode="replicate") if any(more) else picture
