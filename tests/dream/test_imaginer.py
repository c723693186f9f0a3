"""From choices to a picture file: same bytes, progress, calling off, what can't be."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from dream import Cancelled, NetworkUnavailable, Output, Progress, RecipeError, UnknownName
from dream.imagination import Imagination
from dream.imaginer import Imaginer
from dream.pictures import read_choices

QUICK = Imagination("dreamnet", "inception_3b/output:7", size=72, steps=8, seed=4)


@pytest.fixture(scope="module")
def imaginer() -> Imaginer:
    return Imaginer("cpu")


def test_a_picture_tells_its_choices_and_they_make_the_same_bytes_again(
    imaginer: Imaginer,
) -> None:
    made = imaginer.imagine(QUICK)
    told = Imagination.from_json(read_choices(made.data))
    assert told == made.imagination == QUICK
    assert Imaginer("cpu").imagine(told).data == made.data
    with Image.open(BytesIO(made.data)) as image:
        assert (image.format, image.size) == ("PNG", (72, 72))


@pytest.mark.parametrize(
    "choice", [{"seed": 5}, {"steps": 9}, {"size": 80}, {"what": "inception_3b/output:8"}]
)
def test_each_choice_makes_another_picture(imaginer: Imaginer, choice: dict[str, object]) -> None:
    other = imaginer.imagine(QUICK.with_(**choice))
    with (
        Image.open(BytesIO(imaginer.imagine(QUICK).data)) as first,
        Image.open(BytesIO(other.data)) as second,
    ):
        assert first.tobytes() != second.tobytes()


@pytest.mark.parametrize("form", ["JPEG", "WEBP"])
def test_every_format_carries_the_choices(imaginer: Imaginer, form: str) -> None:
    made = imaginer.imagine(QUICK, Output(form))  # type: ignore[arg-type]
    assert made.format == form
    assert Imagination.from_json(read_choices(made.data)) == QUICK


def test_progress_rises_to_the_end_with_a_preview_on_the_way(imaginer: Imaginer) -> None:
    told: list[Progress] = []
    imaginer.imagine(QUICK.with_(size=400), on_progress=told.append)
    shares = [progress.done for progress in told]
    assert shares == sorted(shares)
    assert len(shares) == 8
    assert shares[-1] == pytest.approx(1)
    assert [progress.octave for progress in told] == [1, 1, 1, 2, 2, 2, 3, 3]
    assert told[0].preview is not None
    with Image.open(BytesIO(told[0].preview)) as preview:
        assert preview.format == "JPEG"
        assert max(preview.size) == 320


def test_a_picture_that_is_called_off_stops_within_one_step(imaginer: Imaginer) -> None:
    told: list[Progress] = []
    with pytest.raises(Cancelled):
        imaginer.imagine(
            QUICK.with_(steps=4000),
            on_progress=told.append,
            cancelled=lambda: len(told) == 3,
        )
    assert len(told) == 3


def test_what_cant_be_imagined_is_said(
    imaginer: Imaginer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(RecipeError, match="dreamnet has no classes"):
        imaginer.imagine(QUICK.with_(what="class:banana"))
    with pytest.raises(UnknownName, match="Nearest: inception_3b/output"):
        imaginer.imagine(QUICK.with_(what="inception_3b/outptu:7"))
    with pytest.raises(RecipeError, match="there is no 9999"):
        imaginer.imagine(QUICK.with_(what="inception_3b/output:9999"))
    with pytest.raises(UnknownName, match="Nearest: dreamnet"):
        imaginer.imagine(QUICK.with_(network="dreamnt"))
    with pytest.raises(UnknownName, match="Nearest: banana"):
        imaginer.imagine(QUICK.with_(network="googlenet", what="class:bananna"))
    monkeypatch.setenv("DREAM_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("DREAM_CACHE", str(tmp_path))
    with pytest.raises(NetworkUnavailable, match="dream fetch squeezenet"):
        imaginer.imagine(QUICK.with_(network="squeezenet", what="class:banana"))
