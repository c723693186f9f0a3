"""Whatever a recipe says, it gives a picture of the right size, or a sentence."""

import resource
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from dream import DreamError, Output, Recipe
from dream.dreamer import Dreamer
from dream.networks.loading import layer_channels
from dream.networks.registry import networks
from dream.networks.weights import available

NETWORKS = [name for name in networks() if available(name)]
MOST_GROWTH = 60 * 2**20
"""Bytes that the process may grow by over the second half of the run."""

dreamer = Dreamer("cpu", threads=1)
grown: list[int] = []
dreamt: list[Recipe] = []
refused: list[str] = []


def term(network: str) -> st.SearchStrategy[str]:
    """A layer, channels or a neuron of it, or a class, whether it has some or not."""
    layers = st.sampled_from(list(layer_channels(network)))
    return st.one_of(
        layers,
        layers,
        st.builds("{}:{}".format, layers, st.integers(0, 70)),
        st.builds("{}:{}@{},{}".format, layers, st.integers(0, 23), shares, shares),
        st.sampled_from(
            ["class:banana", "class:7"]
            if networks()[network].classes
            else [networks()[network].layer]
        ),
        st.sampled_from(
            [*[networks()[network].layer] * 9, "class:crane", "class:nothing at all", "nothing"]
        ),
    )


def sums(network: str) -> st.SearchStrategy[str]:
    weighted = st.builds("{}*{}".format, st.sampled_from([0.01, 1, 30]), term(network))
    return st.lists(weighted, min_size=1, max_size=3).map(" + ".join)


shares = st.sampled_from(["0", "0.37", "1"])
sides = st.integers(1, 80)
pictures = st.tuples(sides, sides, st.sampled_from(["L", "RGB", "RGBA", "I;16"]), st.integers(0, 9))
recipes = st.sampled_from(NETWORKS).flatmap(
    lambda network: st.builds(
        Recipe,
        network=st.just(network),
        layer=sums(network),
        octaves=st.integers(1, 4),
        smallest=st.none() | st.integers(32, 90),
        octave_scale=st.floats(1.2, 4),
        iterations=st.integers(1, 2) | st.lists(st.integers(1, 2), min_size=1, max_size=5),
        step=st.floats(0.001, 100),
        momentum=st.floats(0, 0.95),
        jitter=st.integers(0, 512),
        smoothing=st.floats(0, 1),
        start=st.sampled_from(["picture"] * 5 + ["white 9x70", "pink 50x50", "coloured 1x1"])
        | st.builds("#{:06x} {}x{}".format, st.integers(0, 2**24 - 1), sides, sides),
        strength=st.floats(0, 2),
        keep_colours=st.booleans(),
        seed=st.integers(0, 2**32 - 1),
        size=st.none() | sides,
    )
)


def file_of(width: int, height: int, mode: str, seed: int) -> bytes:
    """Noise; black for the seed 0, so that there is nothing to see."""
    channels = {"L": (), "RGB": (3,), "RGBA": (4,), "I;16": ()}[mode]
    kind = np.uint16 if mode == "I;16" else np.uint8
    most = 1 if seed == 0 else 65536 if mode == "I;16" else 256
    pixels = np.random.default_rng(seed).integers(0, most, (height, width, *channels), kind)
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def check(
    recipe: Recipe,
    picture: tuple[int, int, str, int],
    *others: tuple[int, int, str, int] | None,
) -> None:
    """Dreams it; warnings, such as of values that are no numbers, are errors here."""
    shown = file_of(*picture) if recipe.start == "picture" else None
    guide, mask = (None if other is None else file_of(*other) for other in others)
    try:
        dream = dreamer.dream(shown, recipe, Output("PNG"), guide=guide, mask=mask)
    except DreamError as error:
        refused.append(str(error))
        return
    dreamt.append(recipe)
    size = recipe.dream_size(picture[:2] if shown else None)
    with Image.open(BytesIO(dream.data)) as opened:
        opened.load()
        assert opened.size == dream.size == size


@pytest.mark.long
@pytest.mark.timeout(900)
@settings(
    max_examples=500, deadline=20_000, suppress_health_check=[HealthCheck.too_slow], database=None
)
@given(recipes, pictures, st.none() | pictures, st.none() | pictures)
def test_any_recipe_gives_a_picture_or_a_sentence(
    recipe: Recipe,
    picture: tuple[int, int, str, int],
    guide: tuple[int, int, str, int] | None,
    mask: tuple[int, int, str, int] | None,
) -> None:
    check(recipe, picture, guide, mask)
    grown.append(int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize())


@pytest.mark.long
def test_the_memory_stayed_flat_meanwhile() -> None:
    assert len(grown) >= 500
    assert len(dreamt) > 300
    assert all(sentence.endswith((".", ")")) for sentence in refused)
    assert grown[-1] - grown[len(grown) // 2] < MOST_GROWTH
