"""Between pixels of either depth and floats, and a dream that keeps its picture's depth."""

from typing import Literal

import numpy as np
import pytest

from dream import Recipe
from dream.depth import Pixels, eight_bits, floats, from_float
from dream.pictures import Picture, decode, resize, to_float
from tests.dream.deep_files import Levels, png


@pytest.mark.parametrize(
    "levels", [np.arange(256, dtype=np.uint8), np.arange(65536, dtype=np.uint16)]
)
def test_floats_and_back_is_the_same(levels: Pixels) -> None:
    picture = Picture(levels.reshape(-1, 1, 1).repeat(3, axis=2), None)

    shown = to_float(picture)

    assert shown.dtype == np.float32
    assert (shown.min(), shown.max()) == (0, 255)
    back = from_float(shown, picture.deep)
    assert back.dtype == levels.dtype
    assert np.array_equal(back, picture.rgb)


def test_what_is_beyond_is_clipped() -> None:
    array = np.array([[[-5, 127.5, 300]]], np.float32)

    assert from_float(array, deep=False).tolist() == [[[0, 128, 255]]]
    assert from_float(array, deep=True).tolist() == [[[0, 32768, 65535]]]


def test_floats_of_any_strides_are_taken() -> None:
    array = np.random.default_rng(0).uniform(0, 255, (3, 1500, 1400)).astype(np.float32)

    pixels = from_float(array.transpose(1, 2, 0), deep=True)

    assert pixels.flags.c_contiguous
    assert np.abs(floats(pixels) - array.transpose(1, 2, 0)).max() < 0.002


def test_eight_bits_are_the_nearest() -> None:
    pixels = np.arange(65536, dtype=np.uint16).reshape(256, 256)

    assert np.array_equal(eight_bits(pixels), np.rint(pixels / 257).astype(np.uint8))
    assert eight_bits(eight_bits(pixels)).dtype == np.uint8


def gradient(channels: int) -> Levels:
    """From black to white in 600 steps: more than eight bits can tell apart."""
    row = np.linspace(0, 65535, 600).astype(np.uint16)
    return np.ascontiguousarray(np.broadcast_to(row[None, :, None], (40, 600, channels)))


def test_resizing_keeps_the_depth() -> None:
    picture = decode(png(gradient(4)))

    small = resize(picture, (400, 20))

    assert small.deep
    assert small.alpha is not None
    assert small.rgb.shape == (20, 400, 3)
    assert small.alpha.dtype == np.uint16
    assert len(np.unique(small.rgb)) > 390
    wanted = (np.arange(400) + 0.5) * 1.5 * 65535 / 599 - 0.5 * 65535 / 599
    assert np.abs(small.rgb[10, 5:-5, 0] - wanted[5:-5]).max() < 60


def test_resizing_clips_where_it_overshoots() -> None:
    edge = np.zeros((16, 16, 3), np.uint16)
    edge[:, 8:] = 65535

    large = resize(Picture(edge, None), (64, 64)).rgb

    assert large[:, :16].max() < 3000
    assert large[:, 48:].min() > 62000


@pytest.mark.parametrize(("form", "levels"), [("PNG", 3000), ("JPEG", 0), ("WEBP", 0)])
def test_a_dream_is_as_deep_as_its_picture_where_its_format_can(
    form: Literal["PNG", "JPEG", "WEBP"], levels: int
) -> None:
    from dream.dreamer import Dreamer
    from dream.outcome import Output

    recipe = Recipe(network="dreamnet", layer="inception_3b/output", octaves=1, iterations=1)
    shown = png(gradient(3))

    dream = Dreamer("cpu").dream(shown, recipe, Output(form))

    assert dream.format == form
    dreamt = decode(dream.data)
    assert dreamt.deep == (form == "PNG")
    assert len(np.unique(dreamt.rgb)) > levels
    assert np.abs(to_float(dreamt) - to_float(decode(shown))).mean() < 10
