"""Pixels to files: formats, budgets, and the recipe that travels inside."""

import struct
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from dream import Format, Output, PictureTooLarge, Recipe, RecipeError
from dream.pictures import Pixels, decode, eight_bits, encode, preview, probe, read_recipe
from tests.dream.deep_files import chunk, png

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


def test_a_preview_is_the_same_from_either_depth(rgb: Pixels) -> None:
    assert preview(rgb * np.uint16(257)) == preview(rgb)


# What must not get in


MARK = b"Planted-marker"
GPS = {1: "N", 2: (48.0, 12.0, 34.5), 3: "E", 4: (16.0, 21.0, 56.75), 29: "2024:05:06"}


def exif() -> bytes:
    """With a position, a time, a camera and a thumbnail's worth of a maker's note."""
    metadata = Image.Exif()
    metadata[0x010F] = MARK.decode()
    metadata.get_ifd(0x8769).update({0x9003: "2024:05:06 07:08:09", 0x927C: MARK * 40})
    metadata.get_ifd(0x8825).update(GPS)
    return metadata.tobytes()


def told(form: str, mode: str = "RGB") -> bytes:
    """A picture in that format that tells about its maker all that the format has room for."""
    pixels = np.random.default_rng(0).integers(0, 256, (48, 64, len(mode)), dtype=np.uint8)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    more: dict[str, object] = {"icc_profile": srgb + MARK}
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + MARK + b"</x:xmpmeta>"
    match form:
        case "PNG":
            text = PngInfo()
            text.add_text("Author", MARK.decode())
            text.add_itxt("XML:com.adobe.xmp", xmp.decode())
            text.add_text("Comment", MARK.decode(), zip=True)
            text.add(b"tIME", bytes([7, 232, 5, 6, 7, 8, 9]))
            more |= {"exif": exif(), "pnginfo": text, "dpi": (123, 123)}
        case "JPEG":
            iptc = b"\x1c\x02\x50\0" + bytes([len(MARK)]) + MARK
            resource = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(iptc)) + iptc
            extra = b"\xff\xed" + struct.pack(">H", len(resource) + 2) + resource
            more |= {"exif": exif(), "xmp": xmp, "comment": MARK, "extra": extra}
            more["dpi"] = (123, 123)
        case "TIFF":
            more |= {"exif": exif(), "description": MARK, "artist": MARK, "tiffinfo": {700: xmp}}
        case "GIF":
            more = {"comment": MARK}
        case _:
            more |= {"exif": exif(), "xmp": xmp}
    file = BytesIO()
    Image.fromarray(pixels).save(file, form, **more)
    return file.getvalue()


def parts(data: bytes) -> set[bytes]:
    """The names of what a file consists of."""
    names = set()
    if data.startswith(b"\x89PNG"):
        at = 8
        while at < len(data):
            length, name = struct.unpack_from(">I4s", data, at)
            names.add(name)
            at += 12 + length
    elif data.startswith(b"RIFF"):
        at = 12
        while at < len(data):
            name, length = struct.unpack_from("<4sI", data, at)
            names.add(name.strip())
            at += 8 + length + length % 2
    else:
        at = 2
        while data[at + 1] != 0xDA:
            (length,) = struct.unpack_from(">H", data, at + 2)
            names.add(data[at : at + 2])
            at += 2 + length
    return names


PARTS = {
    "PNG": {b"IHDR", b"sRGB", b"iTXt", b"IDAT", b"IEND"},
    "WEBP": {b"VP8X", b"VP8L", b"VP8", b"ALPH", b"EXIF"},
    "JPEG": {b"\xff\xe0", b"\xff\xe1", b"\xff\xdb", b"\xff\xc0", b"\xff\xc4"},
}
"""All that may be in a dream's file: pixels, what they need, and where the recipe stands."""


@pytest.mark.parametrize("output", [*map(Output, FORMATS), Output("PNG", 4000)])
@pytest.mark.parametrize("source", ["PNG", "JPEG", "WEBP", "TIFF", "HEIF", "AVIF", "GIF", "deep"])
def test_nothing_of_a_picture_gets_in_but_its_pixels(source: str, output: Output) -> None:
    if source == "deep":
        levels = np.random.default_rng(0).integers(0, 65536, (48, 64, 4), dtype=np.uint16)
        told_in = chunk(b"tEXt", b"Author\0" + MARK) + chunk(
            b"eXIf", exif().removeprefix(b"Exif\0\0")
        )
        original = png(levels, told_in, filters="0")
    else:
        original = told(source)
    assert MARK in original
    picture = decode(original)
    assert picture.deep == (source == "deep")

    data, form = encode(picture.rgb, picture.alpha, output, RECIPE)

    assert MARK not in data
    assert parts(data) <= PARTS[form]
    with Image.open(BytesIO(data)) as image:
        metadata = image.getexif()
        assert set(metadata) <= {0x8769}
        assert set(metadata.get_ifd(0x8769)) <= {0x9286}
        assert not metadata.get_ifd(0x8825)
        assert not image.info.keys() & {"comment", "xmp", "icc_profile", "photoshop"}
        assert image.info.get("dpi") != (123, 123)
    assert read_recipe(data) == RECIPE


@pytest.mark.parametrize("form", FORMATS)
def test_a_phones_position_does_not_get_in(form: Format, photos: Path) -> None:
    original = (photos / "tricky/exif-gps.jpg").read_bytes()
    there = Image.open(BytesIO(original)).getexif()
    assert there.get_ifd(0x8825)
    picture = decode(original)

    data, _ = encode(picture.rgb, picture.alpha, Output(form), RECIPE)

    assert parts(data) <= PARTS[form]
    for value in there.values():
        if isinstance(value, str) and len(value) > 3:
            assert value.encode() not in data


# Sixteen bits


@pytest.fixture(scope="module")
def deep(rgb: Pixels) -> Pixels:
    """The same with lower bytes that matter."""
    lower = np.random.default_rng(1).integers(0, 256, rgb.shape, dtype=np.uint16)
    return rgb * np.uint16(256) + lower


def test_a_png_keeps_sixteen_bits(deep: Pixels, alpha: Pixels) -> None:
    data, form = encode(deep, None, Output(), RECIPE)

    assert form == probe(data).format == "PNG"
    assert (data[24], data[25]) == (16, 2)
    assert np.array_equal(decode(data).rgb, deep)
    assert read_recipe(data) == RECIPE
    clear = alpha * np.uint16(256) + np.uint16(7)
    picture = decode(encode(deep, clear, Output(), RECIPE)[0])
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha, clear)
    assert np.array_equal(picture.rgb, deep)


def test_a_png_larger_than_a_strip_is_whole() -> None:
    levels = np.random.default_rng(1).integers(0, 65536, (1100, 1300, 3), dtype=np.uint16)

    assert np.array_equal(decode(encode(levels, None, Output())[0]).rgb, levels)


def test_a_png_of_sixteen_bits_is_read_by_pillow_and_has_a_recipe_it_can_show(deep: Pixels) -> None:
    data, _ = encode(deep, None, Output(), RECIPE)

    with Image.open(BytesIO(data)) as image:
        assert np.array_equal(np.asarray(image), deep >> 8)
        assert image.info["dreambot-recipe"] == RECIPE.to_json()
        assert image.info["srgb"] == 0


def test_a_budget_takes_the_depth_first_and_then_the_format(deep: Pixels) -> None:
    whole = len(encode(deep, None, Output(), RECIPE)[0])
    shallow = len(encode(eight_bits(deep), None, Output(), RECIPE)[0])
    assert shallow < whole

    for budget, form, depth in (
        (whole, "PNG", True),
        (whole - 1, "PNG", False),
        (shallow, "PNG", False),
        (shallow - 1, "JPEG", False),
    ):
        data, got = encode(deep, None, Output("PNG", budget), RECIPE)
        assert len(data) <= budget
        assert (got, decode(data).deep) == (form, depth)
        assert read_recipe(data) == RECIPE


@pytest.mark.parametrize("output", [Output("JPEG"), Output("WEBP"), Output("PNG", 20_000)])
def test_what_has_eight_bits_gets_the_nearest(output: Output, deep: Pixels, alpha: Pixels) -> None:
    clear = alpha * np.uint16(257)

    assert encode(deep, clear, output) == encode(eight_bits(deep), alpha, output)


@pytest.mark.parametrize("side", [1, 2])
def test_the_smallest_are_written_too(side: int) -> None:
    levels = np.arange(side * side * 3, dtype=np.uint16).reshape(side, side, 3) * 5000

    assert np.array_equal(decode(encode(levels, None, Output())[0]).rgb, levels)


def test_a_png_says_that_it_is_srgb(rgb: Pixels) -> None:
    with Image.open(BytesIO(encode(rgb, None, Output(), RECIPE)[0])) as image:
        assert image.info["srgb"] == 0
