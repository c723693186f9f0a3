"""From a picture's bytes to a dream's: sizes, shapes, progress, calling off, same bytes."""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dream import (
    Cancelled,
    Limits,
    NetworkUnavailable,
    NotAPicture,
    Output,
    Progress,
    Recipe,
    RecipeError,
    UnknownName,
)
from dream.dreamer import Dreamer
from dream.pictures import read_recipe

QUICK = Recipe(network="dreamnet", layer="inception_3b/output", octaves=2, iterations=2, seed=4)


@pytest.fixture(scope="module")
def dreamer() -> Dreamer:
    return Dreamer("cpu")


def picture(width: int, height: int, mode: str = "RGB", seed: int = 0) -> bytes:
    shape = (height, width, len(mode))
    pixels = np.random.default_rng(seed).integers(60, 200, shape, dtype=np.uint8)
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def pixels_of(data: bytes) -> np.ndarray:
    with Image.open(BytesIO(data)) as image:
        return np.asarray(image)


def test_same_picture_and_recipe_give_the_same_bytes(dreamer: Dreamer) -> None:
    shown = picture(150, 100)
    first = dreamer.dream(shown, QUICK)
    assert Dreamer("cpu").dream(shown, QUICK).data == first.data
    assert dreamer.dream(shown, QUICK.with_(seed=5)).data != first.data
    assert read_recipe(first.data) == QUICK


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (31, 33), (700, 8), (64, 48)])
@pytest.mark.parametrize("smoothing", [0, 0.6])
def test_a_dream_has_its_pictures_size_however_odd(
    dreamer: Dreamer, size: tuple[int, int], smoothing: float
) -> None:
    dream = dreamer.dream(picture(*size), QUICK.with_(octaves=4, smoothing=smoothing))
    assert dream.size == size
    assert pixels_of(dream.data).shape == (size[1], size[0], 3)


def test_a_size_that_is_asked_for_is_the_longer_side(dreamer: Dreamer) -> None:
    assert dreamer.dream(picture(120, 60), QUICK.with_(size=80)).size == (80, 40)
    assert dreamer.dream(picture(60, 120), QUICK.with_(size=160)).size == (80, 160)


def test_dreaming_changes_the_picture_and_no_transparency(dreamer: Dreamer) -> None:
    shown = picture(96, 64, "RGBA")
    dreamt = pixels_of(dreamer.dream(shown, QUICK).data)
    before = pixels_of(shown)
    np.testing.assert_array_equal(dreamt[:, :, 3], before[:, :, 3])
    assert np.abs(dreamt[:, :, :3].astype(int) - before[:, :, :3]).mean() > 2


@pytest.mark.parametrize(
    "choice",
    [
        {"smoothing": 0.5},
        {"layer": "inception_3b/3x3:7,9"},
        {"layer": "inception_3b/output + 2*conv2/3x3"},
    ],
)
def test_each_choice_makes_another_dream_which_tells_it(
    dreamer: Dreamer, choice: dict[str, Any]
) -> None:
    shown = picture(96, 64)
    other = dreamer.dream(shown, QUICK.with_(**choice))
    assert np.abs(pixels_of(other.data).astype(int) - pixels_of(shown)).mean() > 2
    assert (pixels_of(other.data) != pixels_of(dreamer.dream(shown, QUICK).data)).any()
    assert read_recipe(other.data) == QUICK.with_(**choice)


def test_progress_rises_to_the_end_with_a_preview_on_the_way(dreamer: Dreamer) -> None:
    told: list[Progress] = []
    dreamer.dream(picture(640, 64), QUICK, on_progress=told.append)
    shares = [progress.done for progress in told]
    assert shares == sorted(shares)
    assert len(shares) == 4
    assert shares[-1] == pytest.approx(1)
    assert [progress.octave for progress in told] == [1, 1, 2, 2]
    assert {progress.octaves for progress in told} == {2}
    assert told[0].preview is not None
    with Image.open(BytesIO(told[0].preview)) as preview:
        assert preview.format == "JPEG"
        assert max(preview.size) == 320


def test_a_dream_that_is_called_off_stops_within_one_step(dreamer: Dreamer) -> None:
    told: list[Progress] = []
    with pytest.raises(Cancelled):
        dreamer.dream(
            picture(64, 64),
            QUICK.with_(iterations=1000),
            on_progress=told.append,
            cancelled=lambda: len(told) == 3,
        )
    assert len(told) == 3


def test_a_budget_is_kept(dreamer: Dreamer) -> None:
    dream = dreamer.dream(picture(200, 150), QUICK, Output("PNG", budget=20_000))
    assert len(dream.data) <= 20_000
    assert dream.format == "JPEG"
    assert dream.suffix == ".jpg"
    tight = dreamer.dream(picture(400, 300), QUICK, Output("PNG", budget=1_500))
    assert len(tight.data) <= 1_500
    assert tight.size[0] < 400
    assert pixels_of(tight.data).shape[1::-1] == tight.size
    assert read_recipe(dream.data) == QUICK


def test_a_dream_may_be_larger_than_the_pictures_that_are_opened() -> None:
    shown = picture(64, 48)
    small = Dreamer("cpu", limits=Limits(bytes=len(shown), pixels=64 * 48))
    dream = small.dream(shown, QUICK.with_(size=96))
    assert dream.size == (96, 72)
    assert len(dream.data) > len(shown)


def test_what_cant_be_dreamt_is_said(
    dreamer: Dreamer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(NotAPicture):
        dreamer.dream(b"hello", QUICK)
    with pytest.raises(UnknownName, match="no layer"):
        dreamer.dream(picture(64, 64), QUICK.with_(layer="nonsense"))
    with pytest.raises(RecipeError, match="no 999"):
        dreamer.dream(picture(64, 64), QUICK.with_(layer="inception_3b/output:999"))
    with pytest.raises(UnknownName, match="no network"):
        dreamer.dream(picture(64, 64), QUICK.with_(network="nonsense"))
    monkeypatch.setenv("DREAM_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("DREAM_CACHE", str(tmp_path))
    with pytest.raises(NetworkUnavailable, match="dream fetch squeezenet"):
        dreamer.dream(picture(64, 64), Recipe(network="squeezenet", layer="fire5/concat"))
    (tmp_path / "squeezenet_v1.1.caffemodel").write_bytes(b"not yet whole")
    with pytest.raises(NetworkUnavailable, match="can't be used as squeezenet"):
        dreamer.dream(picture(64, 64), Recipe(network="squeezenet", layer="fire5/concat"))


@pytest.mark.long
def test_every_awkward_picture_dreams(dreamer: Dreamer, photos: Path) -> None:
    for file in sorted((photos / "tricky").iterdir()):
        dream = dreamer.dream(file.read_bytes(), QUICK.with_(size=96, octaves=1))
        assert max(dream.size) == 96, file.name
