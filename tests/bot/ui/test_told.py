"""What the engine says is known, and said in other languages with what it named."""

import io
from collections.abc import Callable

import pytest
from PIL import Image

import dream
from bot.ui import words
from bot.ui.languages import speaking
from dream import Limits, Recipe, pictures
from dream.pool.crew import _NOBODY
from dream.pool.process import _DIED, TOO_SLOW
from tests.bot.chat import animation, picture

CAT = picture((40, 30))
LARGE = picture((1500, 1000))


@pytest.mark.parametrize(
    ("act", "german"),
    [
        (lambda: pictures.probe(b""), "Diese Datei ist leer."),
        (lambda: pictures.probe(b"no picture"), "Das ist kein Bild. Lesen kann ich JPEG, PNG"),
        (lambda: pictures.probe(b"%PDF-1.7"), "Das ist ein PDF. Lesen kann ich JPEG"),
        (lambda: pictures.probe(b"8BPS....."), "Das ist eine Photoshop-Datei. Lesen"),
        (lambda: pictures.probe(b"OggS....."), "Das ist ein Ogg-Film oder -Ton. Lesen"),
        (lambda: pictures.probe(b"FUJIFILMCCD-RAW"), "Das ist ein Rohbild einer Kamera. Lesen"),
        (lambda: pictures.decode(CAT[:60]), "Dieses PNG ist beschädigt oder unvollständig."),
        (
            lambda: pictures.probe(LARGE, Limits(pixels=1_499_999)),
            "Dieses Bild hat 1,5 Megapixel (1500×1000), und ich öffne höchstens 1,4.",
        ),
        (lambda: pictures.probe(bytes(3 * 2**20), Limits(bytes=2**20)), "Diese Datei hat 3 MB"),
        (lambda: Recipe(strength=3.5), "`strength` ist eine Zahl von 0 bis 2, nicht 3,5."),
        (lambda: Recipe(seed=-1), "`seed` ist eine ganze Zahl von 0 bis 4294967295, nicht -1."),
    ],
)
def test_what_goes_wrong_is_told_in_german(act: Callable[[], object], german: str) -> None:
    with pytest.raises(dream.DreamError) as error:
        act()
    sentence = str(error.value)
    assert words.told(sentence) == sentence
    with speaking("de"):
        assert words.told(sentence).startswith(german)


@pytest.mark.parametrize("sentence", [_NOBODY, _DIED, TOO_SLOW])
def test_what_goes_wrong_in_the_pool_is_known(sentence: str) -> None:
    with speaking("de"):
        assert words.told(sentence) != sentence


def test_what_is_left_out_of_a_picture_is_told_in_german() -> None:
    pages = io.BytesIO()
    Image.new("L", (8, 8)).save(
        pages, "TIFF", save_all=True, append_images=[Image.new("L", (8, 8))]
    )
    for data, note in (
        (animation(), "Geträumt habe ich nur das erste seiner 3 Einzelbilder, bis es Filme gibt"),
        (pages.getvalue(), "Geträumt habe ich nur die erste seiner 2 Seiten"),
    ):
        with speaking("de"):
            assert note in words.result("Classic", 7, 1.0, 1, [pictures.decode(data).note])


def test_what_is_not_known_is_told_as_it_is() -> None:
    with speaking("de"):
        for sentence in ("", "This is new and different.", "Schon deutsch."):
            assert words.told(sentence) == sentence
