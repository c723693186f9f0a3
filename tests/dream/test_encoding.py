"""Pixels to files: formats, budgets, and the recipe that travels inside."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dream import Format, Output, PictureTooLarge, Recipe, RecipeError
from dream.pictures import Pixels, decode, encode, preview, probe, read_recipe

RECIPE = Recipe(layer="inception_3b/5x5_reduce", seed=4711, step=2, size=640)
FORMATS: list[Format] = ["PNG", "JPEG", "WEBP"]


@pytest.fixture(scope="module")
def rgb() -> Pixels:
    """A gradient with grain, 320 x 240: neither trivial to compress nor impossible."""
    y, x = np.mgrid[:240, :320]
    smooth = np.stack([x * 255 / 319, y * 255 / 239, (x + y) * 255 / 558], axis=2)
    grain = np.random.default_rng(0).normal(0, 12, smooth.shape)
    return (smooth + grain).clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def alpha() -> Pixels:
    """Clear on the left, opaque on the right."""
    return np.tile(np.linspace(0, 255, 320).astype(np.uint8), (240, 1))


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_lossless_formats_lose_nothing(form: Format, rgb: Pixels) -> None:
    data, got = encode(rgb, None, Output(form), RECIPE)

    assert got == probe(data).format == form
    assert (decode(data).rgb == rgb).all()


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_alpha_survives(form: Format, rgb: Pixels, alpha: Pixels) -> None:
    picture = decode(encode(rgb, alpha, Output(form))[0])

    assert picture.alpha is not None
    assert (picture.alpha == alpha).all()
    assert (picture.rgb[alpha > 0] == rgb[alpha > 0]).all()


@pytest.mark.parametrize("output", [Output("JPEG"), Output("PNG", 100_000)])
def test_pure_noise_becomes_a_jpeg_too(output: Output) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8)

    data, form = encode(noise, None, output, RECIPE)

    assert form == "JPEG"
    assert read_recipe(data) == RECIPE


def test_jpeg_has_full_colour_and_white_where_the_picture_is_clear(
    rgb: Pixels, alpha: Pixels
) -> None:
    data, _ = encode(rgb, alpha, Output("JPEG"))

    image = Image.open(BytesIO(data))
    assert isinstance(image.getpixel((0, 0)), tuple)
    assert image.layer[0][1:3] == image.layer[1][1:3]  # type: ignore[attr-defined]
    assert decode(data).rgb[:, :4].mean() > 250
    assert np.abs(decode(data).rgb[:, 300:].astype(int) - rgb[:, 300:]).mean() < 12


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("budget", [None, 12_000])
def test_the_recipe_travels_inside(form: Format, budget: int | None, rgb: Pixels) -> None:
    data, _ = encode(rgb, None, Output(form, budget), RECIPE)

    assert read_recipe(data) == RECIPE


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_picture_gives_the_same_bytes(form: Format, rgb: Pixels) -> None:
    assert encode(rgb, None, Output(form), RECIPE) == encode(rgb, None, Output(form), RECIPE)


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_without_a_recipe_says_so(form: Format, rgb: Pixels) -> None:
    with pytest.raises(RecipeError, match="no recipe"):
        read_recipe(encode(rgb, None, Output(form))[0])


@pytest.mark.parametrize("data", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n broken"])
def test_what_is_no_dream_has_no_recipe(data: bytes) -> None:
    with pytest.raises(RecipeError, match="no recipe"):
        read_recipe(data)


def test_a_recipe_out_of_range_is_refused(rgb: Pixels) -> None:
    data, _ = encode(rgb, None, Output("JPEG"), RECIPE)
    forged = data.replace(b'"octaves": 4', b'"octaves": 0')

    with pytest.raises(RecipeError, match="octaves"):
        read_recipe(forged)


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_of_the_pictures_metadata_gets_in(form: Format, photos: Path) -> None:
    original = (photos / "tricky/exif-gps.jpg").read_bytes()
    there = Image.open(BytesIO(original)).getexif()
    assert there.get_ifd(0x8825)
    picture = decode(original)

    data, _ = encode(picture.rgb, picture.alpha, Output(form), RECIPE)

    image = Image.open(BytesIO(data))
    assert not image.getexif().get_ifd(0x8825)
    assert set(image.getexif()) <= {0x8769}
    assert set(image.getexif().get_ifd(0x8769)) <= {0x9286}
    for value in there.values():
        if isinstance(value, str) and len(value) > 3:
            assert value.encode() not in data


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("budget", [40_000, 10_000, 1500])
def test_a_budget_is_kept_and_used(form: Format, budget: int, rgb: Pixels) -> None:
    data, got = encode(rgb, None, Output(form, budget), RECIPE)

    assert 0.7 * budget < len(data) <= budget
    assert got == probe(data).format == ("WEBP" if form == "WEBP" else "JPEG")


def test_sides_shrink_only_where_quality_no_longer_suffices(rgb: Pixels) -> None:
    sizes = [probe(encode(rgb, None, Output("PNG", b))[0]).size for b in (40_000, 5000, 2000)]

    assert sizes[0] == (320, 240)
    assert sizes[0] > sizes[1] > sizes[2]
    assert all(abs(width / height - 4 / 3) < 0.05 for width, height in sizes)


def test_within_a_budget_alpha_is_kept_as_webp(rgb: Pixels, alpha: Pixels) -> None:
    data, form = encode(rgb, alpha, Output("PNG", 20_000), RECIPE)

    assert form == "WEBP"
    assert len(data) <= 20_000
    kept = decode(data).alpha
    assert kept is not None
    assert np.abs(kept.astype(int) - alpha).mean() < 3


def test_a_budget_for_nothing_at_all_is_refused(rgb: Pixels) -> None:
    with pytest.raises(PictureTooLarge, match="50 bytes"):
        encode(rgb, None, Output("PNG", 50), RECIPE)


def test_a_side_too_long_for_a_format_gives_way_to_png() -> None:
    long = np.zeros((2, 17_000, 3), np.uint8)

    assert encode(long, None, Output("WEBP"))[1] == "PNG"
    assert encode(long, None, Output("JPEG"))[1] == "JPEG"


def test_a_preview_is_small(photos: Path) -> None:
    picture = decode((photos / "hills.jpg").read_bytes())

    data = preview(picture.rgb)

    assert probe(data).format == "JPEG"
    assert probe(data).size == (320, 213)
    assert len(data) < 30_000


def test_a_preview_never_enlarges() -> None:
    assert probe(preview(np.zeros((20, 30, 3), np.uint8))).size == (30, 20)
