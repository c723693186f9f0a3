"""Pictures in, dreams out: arrays and Pillow's, one and several."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dream import Cancelled, DreamError, Progress, Recipe, dream, preset
from dream.dreamer import Dreamer
from dream.library import Array

QUICK = Recipe(network="dreamnet", layer="inception_3b/output", octaves=2, iterations=2, seed=4)


@pytest.fixture(scope="module")
def array(rocket: Path) -> Array:
    with Image.open(rocket) as photograph:
        return np.asarray(photograph.resize((120, 80)))


def test_an_array_becomes_an_array_of_its_type(array: Array) -> None:
    dreamt = dream(array, QUICK)
    assert dreamt.shape == (80, 120, 3)
    assert dreamt.dtype == np.uint8
    assert not np.array_equal(dreamt, array)
    assert np.array_equal(dream(array, QUICK), dreamt)
    floats = dream(array / np.float32(255), QUICK)
    assert floats.dtype == np.float32
    assert np.abs(floats * 255 - dreamt).mean() < 0.6
    deep = dream(array.astype(np.uint16) * 257, QUICK)
    assert deep.dtype == np.uint16
    assert np.abs(deep / 257 - dreamt).mean() < 0.6
    assert len(np.unique(deep)) > 300


def test_alpha_stays(array: Array) -> None:
    clear = np.dstack([array, np.full(array.shape[:2], 90, np.uint8)])
    dreamt = dream(clear, QUICK)
    assert np.array_equal(dreamt[:, :, :3], dream(array, QUICK))
    assert np.all(dreamt[:, :, 3] == 90)
    assert dream(Image.fromarray(clear), QUICK).mode == "RGBA"


def test_pillows_pictures_become_pillows(array: Array) -> None:
    dreamt = dream(Image.fromarray(array), QUICK)
    assert isinstance(dreamt, Image.Image)
    assert np.array_equal(np.asarray(dreamt), dream(array, QUICK))
    grey = Image.fromarray(array).convert("L")
    assert dream(grey, QUICK).size == (120, 80)


def test_several_are_each_what_they_are_alone(array: Array) -> None:
    mirrored, smaller = np.ascontiguousarray(array[:, ::-1]), array[:60, :100]
    together = dream([array, smaller, mirrored], QUICK)
    for one, alone in zip(together, (array, smaller, mirrored), strict=True):
        assert np.array_equal(one, dream(alone, QUICK))


def test_a_presets_name_will_do_and_nothing_too(array: Array) -> None:
    small = np.ascontiguousarray(array[:40, :40])
    by_name = dream(small, "painted")
    assert np.array_equal(by_name, dream(small, preset("painted").recipe))
    assert dream(small).shape == small.shape


def test_noise_needs_no_picture() -> None:
    recipe = QUICK.with_(start="pink 64x48")
    dreamt = dream(None, recipe)
    assert isinstance(dreamt, Image.Image)
    assert dreamt.size == (64, 48)


def test_a_mask_keeps_the_rest_and_a_guide_changes_the_dream(array: Array) -> None:
    mask = np.zeros_like(array)
    mask[:, 80:] = 255
    dreamt = dream(array, QUICK, mask=mask)
    assert np.array_equal(dreamt[:, :70], array[:, :70])
    assert not np.array_equal(dreamt[:, 90:], array[:, 90:])
    assert not np.array_equal(dream(array, QUICK, guide=array[::-1]), dream(array, QUICK))


def test_progress_is_told_and_a_dream_called_off(array: Array) -> None:
    seen: list[Progress] = []
    dream(array, QUICK, on_progress=seen.append)
    assert [each.octave for each in seen] == [1, 1, 2, 2]
    assert seen[-1].done == 1
    assert any(each.preview for each in seen)
    answers: Iterator[bool] = iter([False, True])
    with pytest.raises(Cancelled):
        dream(array, QUICK, cancelled=lambda: next(answers))


@pytest.mark.parametrize(
    ("picture", "said"),
    [
        ("rocket.jpg", "A picture is an array"),
        (np.zeros((4, 4), np.uint8), "height x width x 3"),
        (np.zeros((0, 4, 3), np.uint8), "height x width x 3"),
        (np.zeros((4, 4, 3), np.int64), "int64"),
        (np.full((4, 4, 3), np.nan), "aren't numbers"),
        (None, "dreams on a picture: give it one"),
    ],
    ids=str,
)
def test_what_is_no_picture_is_said(picture: object, said: str) -> None:
    with pytest.raises(DreamError, match=said):
        dream([picture], QUICK)


def test_a_recipe_that_lacks_its_guide_is_refused(array: Array) -> None:
    with pytest.raises(DreamError, match="has a guide: give it one"):
        dream(array, QUICK.with_(guide="0" * 64))


def test_only_a_gpu_is_given_several_at_once() -> None:
    assert Dreamer("cpu").at_once((64, 64)) == 1


def test_what_is_hidden_under_clear_pixels_isnt_dreamt(array: Array) -> None:
    alpha = np.full(array.shape[:2], 255, np.uint8)
    alpha[:, :60] = 0
    other = array.copy()
    other[:, :60] = 255 - other[:, :60]
    one, two = (dream(np.dstack([each, alpha]), QUICK) for each in (array, other))
    assert np.array_equal(one, two)
    assert np.array_equal(one[:, :, 3], alpha)


def test_a_guide_without_a_layer_to_see_it_is_refused(array: Array) -> None:
    with pytest.raises(DreamError, match="A guide needs a layer"):
        dream(array, QUICK.with_(layer="inception_3b/output@0.5,0.5"), guide=array)
