"""Files to pixels: every kind, every awkward one, and those that mean harm."""

import os
import struct
import subprocess
import sys
import tracemalloc
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from dream import (
    BrokenPicture,
    Limits,
    NotAPicture,
    PictureError,
    PictureTooLarge,
    UnreadFormat,
)
from dream.depth import floats
from dream.pictures import Picture, Pixels, decode, probe, resize, to_float

Read = Callable[[str], Picture]

LINUX = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="only Linux counts a process's memory"
)


@pytest.fixture
def read(photos: Path) -> Read:
    """Decodes a photograph by its name."""
    return lambda name: decode((photos / name).read_bytes())


def file_of(image: Image.Image, form: str, **options: object) -> bytes:
    file = BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def difference(one: Pixels, other: Pixels) -> float:
    """Mean absolute difference in grey levels of 255."""
    assert one.shape == other.shape
    return float(np.abs(floats(one) - floats(other)).mean())


def fitted(picture: Picture, like: Picture) -> Pixels:
    height, width = like.rgb.shape[:2]
    return resize(picture, (width, height)).rgb


def greyed(picture: Picture) -> Picture:
    grey = (to_float(picture) @ np.array([0.299, 0.587, 0.114])).round().astype(np.uint8)
    return Picture(np.stack([grey] * 3, axis=2), None)


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, *chunks: bytes, pixels: bytes = b"") -> bytes:
    """A PNG, 8-bit grey, with what chunks one likes before its pixels."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(pixels))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + data + chunk(b"IEND", b"")


# What a file shows


@pytest.mark.parametrize(
    ("name", "original", "within"),
    [
        ("cmyk.jpg", "cat.jpg", 1),
        ("display-p3.jpg", "spices.jpg", 4.5),
        ("exif-gps.jpg", "coffee.jpg", 2),
        ("exif-orientation-3.jpg", "otters.jpg", 3.5),
        ("exif-orientation-6.jpg", "otters.jpg", 3.5),
        ("exif-orientation-8.jpg", "otters.jpg", 3.5),
        ("gif-named.png", "cat.jpg", 3),
        ("lossy.webp", "otters.jpg", 4.5),
        ("lossless-alpha.webp", "cat.jpg", 3),
        ("lzw.tif", "cat.jpg", 1),
        ("photo.avif", "otters.jpg", 4.5),
        ("photo.heic", "otters.jpg", 3),
        ("plain.bmp", "cat.jpg", 1),
        ("progressive.jpg", "osprey.jpg", 3),
        ("rgb16.png", "cat.jpg", 1),
        ("rgba-soft-alpha.png", "cat.jpg", 1),
        ("two-pages.tif", "cat.jpg", 1),
        ("webp-named.jpg", "otters.jpg", 4.5),
        ("zoom-12-frames.gif", "cat.jpg", 3),
        ("zoom-12-frames.webp", "osprey.jpg", 6),
        ("zoom-6-frames-apng.png", "osprey.jpg", 2),
    ],
)
def test_an_awkward_file_shows_the_photograph_it_was_made_from(
    read: Read, name: str, original: str, within: float
) -> None:
    picture = read(f"tricky/{name}")

    assert difference(picture.rgb, fitted(read(original), picture)) < within


@pytest.mark.parametrize(
    ("name", "original"),
    [("grey16.png", "rocket.jpg"), ("grey.jpg", "cat.jpg"), ("grey-alpha.png", "cat.jpg")],
)
def test_grey_files_keep_their_greys(read: Read, name: str, original: str) -> None:
    picture = read(f"tricky/{name}")

    assert difference(picture.rgb, fitted(greyed(read(original)), picture)) < 1


def test_black_and_white_dots_average_to_the_greys_they_stand_for(read: Read) -> None:
    picture = read("tricky/bilevel.png")
    small = (picture.rgb.shape[1] // 10, picture.rgb.shape[0] // 10)

    assert set(np.unique(picture.rgb)) == {0, 255}
    grey = resize(greyed(read("cat.jpg")), small).rgb
    assert difference(resize(picture, small).rgb, grey) < 8


def test_all_turned_photographs_are_the_same_upright_one(read: Read) -> None:
    first, *others = (read(f"tricky/exif-orientation-{turn}.jpg").rgb for turn in (3, 6, 8))

    assert first.shape == (270, 480, 3)
    assert max(difference(first, other) for other in others) < 4


def test_every_awkward_file_is_as_large_as_its_header_says(photos: Path) -> None:
    for path in sorted((photos / "tricky").iterdir()):
        data = path.read_bytes()
        rgb = decode(data).rgb
        assert (rgb.dtype == np.uint16) == (path.name in ("grey16.png", "rgb16.png"))
        assert rgb.shape == (*probe(data).size[::-1], 3), path.name


def test_display_p3_is_converted_and_not_just_relabelled(photos: Path) -> None:
    with Image.open(photos / "tricky/display-p3.jpg") as image:
        profile = image.info["icc_profile"]
    red = Image.new("RGB", (8, 8), (234, 51, 35))

    assert difference(decode(file_of(red, "PNG")).rgb, np.full((8, 8, 3), (234, 51, 35))) == 0
    converted = decode(file_of(red, "PNG", icc_profile=profile)).rgb
    assert np.abs(converted.astype(int) - (255, 0, 0)).max() <= 3


@pytest.mark.parametrize("profile", [b"garbage", b"", bytes(200)])
def test_an_unusable_profile_leaves_the_colours_alone(profile: bytes) -> None:
    data = file_of(Image.new("RGB", (4, 4), (9, 99, 199)), "PNG", icc_profile=profile)

    assert (decode(data).rgb == (9, 99, 199)).all()


def test_a_profile_for_other_colours_than_the_file_has_is_left_out() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = file_of(Image.new("L", (4, 4), 77), "PNG", icc_profile=srgb)

    assert (decode(data).rgb == 77).all()


def test_a_lab_file_comes_out_in_its_colours() -> None:
    lab = ImageCms.createProfile("LAB")
    srgb = ImageCms.createProfile("sRGB")
    orange = Image.new("RGB", (8, 8), (250, 140, 20))
    in_lab = ImageCms.profileToProfile(orange, srgb, lab, outputMode="LAB")
    assert in_lab is not None
    data = file_of(in_lab, "TIFF")

    assert np.abs(decode(data).rgb.astype(int) - (250, 140, 20)).max() <= 4


def test_floats_from_nought_to_one_keep_their_scale() -> None:
    half = Image.fromarray(np.full((4, 4), 0.5, np.float32))

    assert (decode(file_of(half, "TIFF")).rgb == 128).all()


# Transparency


def test_a_clear_part_shows_the_mean_of_the_rest_and_keeps_its_alpha() -> None:
    pixels = np.zeros((4, 4, 4), np.uint8)
    pixels[..., :3] = (0, 255, 0)
    pixels[:2] = (100, 50, 200, 255)

    picture = decode(file_of(Image.fromarray(pixels), "PNG"))

    assert (picture.rgb == (100, 50, 200)).all()
    assert picture.alpha is not None
    assert picture.alpha.tolist() == [[255] * 4] * 2 + [[0] * 4] * 2


def test_a_wholly_clear_picture_is_mid_grey() -> None:
    picture = decode(file_of(Image.new("RGBA", (4, 4), (1, 2, 3, 0)), "PNG"))

    assert (picture.rgb == 128).all()
    assert picture.alpha is not None
    assert not picture.alpha.any()


def test_alpha_that_hides_nothing_is_none() -> None:
    assert decode(file_of(Image.new("RGBA", (4, 4), "red"), "PNG")).alpha is None


@pytest.mark.parametrize("name", ["palette-transparent.png", "transparent-disposal.gif"])
def test_a_transparent_palette_becomes_alpha(read: Read, name: str) -> None:
    picture = read(f"tricky/{name}")

    assert picture.alpha is not None
    clear = picture.alpha == 0
    assert 0.05 < clear.mean() < 0.95
    assert len(np.unique(picture.rgb[clear], axis=0)) == 1


def test_soft_alpha_stays_soft(read: Read) -> None:
    for name in ("rgba-soft-alpha.png", "lossless-alpha.webp"):
        alpha = read(f"tricky/{name}").alpha
        assert alpha is not None
        assert len(np.unique(alpha)) > 100


@pytest.mark.parametrize(
    ("mode", "colour", "clear"), [("L", 60, 60), ("1", 1, 255), ("RGB", (1, 2, 3), (1, 2, 3))]
)
def test_a_colour_that_stands_for_clear_becomes_alpha(
    mode: str, colour: object, clear: object
) -> None:
    image = Image.new(mode, (4, 4), colour)  # type: ignore[arg-type]
    image.paste(0, (0, 0, 2, 4))

    alpha = decode(file_of(image, "PNG", transparency=clear)).alpha

    assert alpha is not None
    assert alpha.tolist() == [[255, 255, 0, 0]] * 4


# Turned and resized


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_any_turn_is_undone_in_any_format_that_has_one(form: str, turn: int) -> None:
    upright = Image.new("RGB", (96, 64), "white")
    upright.paste("red", (0, 0, 48, 32))
    upright.paste("blue", (48, 32, 96, 64))
    stored = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    exif = Image.Exif()
    exif[0x0112] = turn
    image = upright.transpose(stored[turn]) if turn in stored else upright
    data = file_of(image, form, exif=exif.tobytes())

    assert probe(data).size == (96, 64)
    assert difference(decode(data).rgb, np.array(upright)) < 6


def test_a_turn_noted_at_the_end_of_a_png_counts() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = file_of(Image.new("RGB", (30, 20)), "PNG")
    end = chunk(b"IEND", b"")
    data = data.removesuffix(end) + chunk(b"eXIf", exif.tobytes()[6:]) + end

    assert probe(data).size == (20, 30)
    assert decode(data).rgb.shape == (30, 20, 3)


def test_broken_exif_costs_the_turn_and_not_the_picture() -> None:
    data = file_of(Image.new("RGB", (30, 20)), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")

    assert decode(data).rgb.shape == (20, 30, 3)


def test_resizing_to_the_same_size_is_the_same_picture() -> None:
    picture = Picture(np.zeros((5, 7, 3), np.uint8), None)

    assert resize(picture, (7, 5)) is picture


def test_resizing_takes_alpha_along() -> None:
    picture = Picture(np.full((8, 8, 3), 9, np.uint8), np.full((8, 8), 80, np.uint8), "a note")

    small = resize(picture, (4, 2))

    assert small.rgb.shape == (2, 4, 3)
    assert small.alpha is not None
    assert (small.alpha == 80).all()
    assert small.note == "a note"


# Frames


@pytest.mark.parametrize(
    ("name", "form", "frames", "note"),
    [
        ("zoom-12-frames.gif", "GIF", 12, "only the first of its 12 frames, until films come"),
        ("gif-named.png", "GIF", 12, "only the first of its 12 frames, until films come"),
        ("zoom-12-frames.webp", "WEBP", 12, "only the first of its 12 frames, until films come"),
        ("zoom-6-frames-apng.png", "PNG", 6, "only the first of its 6 frames, until films come"),
        ("transparent-disposal.gif", "GIF", 6, "only the first of its 6 frames, until films come"),
        ("two-pages.tif", "TIFF", 2, "only the first of its 2 pages"),
        ("stereo.mpo", "JPEG", 1, ""),
        ("stereo-as-phone.jpg", "JPEG", 1, ""),
        ("webp-named.jpg", "WEBP", 1, ""),
        ("photo.heic", "HEIF", 1, ""),
        ("photo.avif", "AVIF", 1, ""),
        ("lzw.tif", "TIFF", 1, ""),
        ("plain.bmp", "BMP", 1, ""),
    ],
)
def test_kind_and_frames_are_told_by_content(
    photos: Path, name: str, form: str, frames: int, note: str
) -> None:
    data = (photos / "tricky" / name).read_bytes()

    told = probe(data)

    assert (told.format, told.frames, told.note) == (form, frames, note)
    assert decode(data).note == note


def gif_frame(*, comments: int = 0) -> bytes:
    return b"!\xfe" + b"\x01a" * comments + b"\0" + b",\0\0\0\0\1\0\1\0\0\2\2D\1\0"


GIF = b"GIF89a\1\0\1\0\x80\0\0" + bytes(6)


def test_a_gif_of_countless_frames_is_counted_only_so_far() -> None:
    told = probe(GIF + gif_frame() * 200_000 + b";")

    assert told.frames == 1001
    assert told.note == "only the first of its more than 1000 frames, until films come"


def test_the_pages_of_a_tiff_that_bites_its_tail_come_to_an_end() -> None:
    data = bytearray(file_of(Image.new("L", (4, 4)), "TIFF"))
    (directory,) = struct.unpack_from("<I", data, 4)
    (entries,) = struct.unpack_from("<H", data, directory)
    struct.pack_into("<I", data, directory + 2 + 12 * entries, directory)

    assert probe(bytes(data)).frames == 1


def test_thumbnails_are_no_pages() -> None:
    file = BytesIO()
    small = Image.new("L", (4, 4))
    small.encoderinfo = {"tiffinfo": {254: 1}}
    Image.new("L", (8, 8)).save(file, "TIFF", save_all=True, append_images=[small])

    assert probe(file.getvalue()).frames == 1


# What isn't read


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"%PDF-1.7\n", "PDF"),
        (b'<?xml version="1.0"?>\n<!-- drawn -->\n<svg xmlns="x"></svg>', "SVG"),
        (b"\xef\xbb\xbf  <SVG/>", "SVG"),
        (b"8BPS\0\1" + bytes(20), "Photoshop"),
        (b"\0\0\1\0\1\0" + bytes(20), "icon"),
        (b"\xff\x0a" + bytes(20), "JPEG XL"),
        (b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(20), "JPEG XL"),
        (b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(20), "JPEG 2000"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "EPS"),
        (b"\0\0\0\x18ftypisom\0\0\2\0isommp41", "MP4"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "QuickTime"),
        (b"\x1aE\xdf\xa3" + bytes(20), "WebM"),
        (b"RIFF\0\0\0\0AVI LIST", "AVI"),
        (b"\0\0\0\x18ftypcrx \0\0\0\1crx isom", "raw"),
        (b"II*\0\x10\0\0\0CR\2\0" + bytes(20), "raw"),
        (bytes(60) + b"TRUEVISION-XFILE.\0", "TGA"),
        (b"P6\n# made by hand\n2 2\n255\n" + bytes(12), "PNM"),
    ],
)
def test_a_kind_that_is_not_read_is_named_and_so_are_those_that_are(data: bytes, what: str) -> None:
    with pytest.raises(UnreadFormat, match=what) as caught:
        probe(data)
    assert "JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF and HEIC" in str(caught.value)


def test_a_dng_is_not_taken_for_the_thumbnail_in_it() -> None:
    for tags in ({50706: b"\1\4\0\0"}, {254: 1, 330: 8}):
        data = file_of(Image.new("RGB", (8, 8)), "TIFF", tiffinfo=tags)
        with pytest.raises(UnreadFormat, match="raw"):
            probe(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"Dear all, please find attached",
        b"BMX bikes for sale, hardly used",
        b"<!DOCTYPE html><html><body><svg></svg></body></html>",
        b"RIFF\0\0\0\0WAVEfmt ",
        b"\0" * 5000,
        b"PK\3\4" + bytes(40),
    ],
)
def test_what_is_no_picture_is_called_so(data: bytes) -> None:
    with pytest.raises(NotAPicture):
        probe(data)


# What breaks


@pytest.mark.parametrize(
    "name",
    ["cmyk.jpg", "rgb16.png", "lossy.webp", "plain.bmp", "lzw.tif", "photo.avif", "photo.heic"],
)
def test_a_file_that_breaks_off_is_broken(photos: Path, name: str) -> None:
    data = (photos / "tricky" / name).read_bytes()

    with pytest.raises(BrokenPicture):
        decode(data[: len(data) * 6 // 10])


def test_damaged_files_raise_nothing_unforeseen(photos: Path) -> None:
    random = np.random.default_rng(1)
    paths = [p for p in sorted((photos / "tricky").iterdir()) if p.stat().st_size < 200_000]
    outcomes = set[str]()
    for path in paths * 4:
        data = np.frombuffer(path.read_bytes(), np.uint8).copy()
        data[random.integers(0, min(len(data), 800), 12)] = random.integers(0, 256, 12)
        try:
            decode(data.tobytes(), Limits(pixels=1_000_000))
            outcomes.add("read")
        except PictureError as error:
            outcomes.add(type(error).__name__)
    assert outcomes >= {"read", "BrokenPicture"}


# What is too large


def test_too_many_bytes_are_named_in_megabytes() -> None:
    with pytest.raises(PictureTooLarge, match=r"2\.1 MB, and at most 2 MB"):
        probe(bytes(2 * 2**20 + 1), Limits(bytes=2 * 2**20))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF"])
def test_too_many_pixels_are_named_in_megapixels_in_every_format(form: str) -> None:
    data = file_of(Image.new("RGB", (1500, 1000)), form)
    limits = Limits(pixels=1_499_999)

    for opened in (probe, decode):
        with pytest.raises(PictureTooLarge, match=r"1\.5 megapixels .*at most 1\.4 "):
            opened(data, limits)
    assert probe(data, Limits(pixels=1_500_000)).size == (1500, 1000)


@pytest.mark.parametrize(
    "bomb",
    [
        png(60_000, 60_000),
        png(2**31 - 1, 2**31 - 1),
        b"GIF89a\xff\xff\xff\xff\x80\0\0" + bytes(6) + gif_frame(),
        b"BM" + struct.pack("<IHHIIiiHHIIiiII", 90, 0, 0, 54, 40, 65000, 65000, 1, 24, *[0] * 6),
        b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\x3f\0\xff\x3f\0" + bytes(20),
    ],
)
def test_a_bomb_is_refused_before_it_takes_memory(bomb: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(PictureTooLarge, match="megapixels"):
            decode(bomb)
        assert tracemalloc.get_traced_memory()[1] < 20 * 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "bomb",
    [
        chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(300 * 2**20))),
        chunk(b"iCCP", b"icc\0\0" + zlib.compress(bytes(300 * 2**20))),
        chunk(b"iTXt", b"k\0\1\0\0\0" + zlib.compress(bytes(300 * 2**20))),
    ],
    ids=["zTXt", "iCCP", "iTXt"],
)
def test_a_bomb_beside_the_pixels_does_not_burst(bomb: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(BrokenPicture):
            decode(png(4, 4, bomb, pixels=bytes(20)))
        assert tracemalloc.get_traced_memory()[1] < 20 * 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("size", [(65_536, 1), (1, 65_536)])
def test_a_side_longer_than_any_photographs_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(PictureTooLarge, match=rf"{size[0]}×{size[1]} pixels, and at most 65535"):
        probe(file_of(Image.new("L", size), "PNG"))
    assert probe(file_of(Image.new("L", (65_535, 1)), "PNG")).size == (65_535, 1)


READ_IN_LITTLE = """
import sys
from pathlib import Path
from dream import Limits, PictureError
from dream.pictures import decode, probe
def told(opened, memory):
    try:
        return opened(Path(sys.argv[1]).read_bytes(), Limits(memory=memory))
    except PictureError as error:
        return error
whole = lambda *given: probe(*given, whole=True)
for opened in (whole, decode):
    for megabytes in map(int, sys.argv[2:]):
        found = told(opened, megabytes * 10**6)
        print(getattr(found, "deep", found))
"""


def read_in_little(file: Path, *megabytes: int) -> list[str]:
    """What is told of a file by looking at it whole, and by decoding it, in so much memory each."""
    # Memory that was freed and kept would serve again, and count for nothing.
    environment = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "100000"}
    command = [sys.executable, "-c", READ_IN_LITTLE, str(file), *map(str, megabytes)]
    done = subprocess.run(command, capture_output=True, check=True, env=environment)
    return done.stdout.decode().splitlines()


@LINUX
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF"])
def test_what_takes_more_memory_than_allowed_is_refused_in_every_format(
    form: str, tmp_path: Path
) -> None:
    file = tmp_path / "picture"
    Image.new("RGB", (3000, 2000)).save(file, form)

    # WebP's reader takes half of what it needs before it says how large the picture is.
    refused, probed, refused_too, decoded = read_in_little(file, 60 if form == "WEBP" else 5, 500)

    assert refused == refused_too
    assert "far too much memory" in refused
    assert probed.startswith("Probe")
    assert decoded == "False"


@LINUX
def test_sixteen_bits_become_eight_where_there_is_no_memory_for_them(tmp_path: Path) -> None:
    file = tmp_path / "picture.png"
    Image.fromarray(np.full((1500, 2000), 40_000, np.uint16)).save(file)

    assert read_in_little(file, 59, 61)[2:] == ["False", "True"]


def test_a_header_that_promises_more_than_there_is_is_broken() -> None:
    with pytest.raises(BrokenPicture):
        decode(png(5000, 5000, pixels=bytes(100)))


def test_a_jpeg_of_endless_scans_is_not_worked_off(photos: Path) -> None:
    data = (photos / "tricky/progressive.jpg").read_bytes()
    scan = data[data.rindex(b"\xff\xda") :].removesuffix(b"\xff\xd9")

    with pytest.raises(BrokenPicture):
        decode(data.removesuffix(b"\xff\xd9") + scan * 600)


@LINUX
def test_a_phones_largest_photograph_is_held_little_more_than_twice(tmp_path: Path) -> None:
    """48 megapixels, turned and with a profile, in copies of what its pixels take."""
    exif = Image.Exif()
    exif[0x0112] = 6
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = Image.linear_gradient("L").resize((8000, 6000)).convert("RGB")
    image.save(tmp_path / "photograph.jpg", exif=exif, icc_profile=srgb)
    program = f"""
import re
from pathlib import Path
from dream import Output
from dream.pictures import decode, encode
def peak():
    return int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1])
data = Path({str(tmp_path / "photograph.jpg")!r}).read_bytes()
before = peak()
picture = decode(data)
decoded = peak()
encode(picture.rgb, None, Output("PNG"))
print(picture.rgb.shape, *(1024 * (at - before) / picture.rgb.size for at in (decoded, peak())))
"""

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    *shape, decoding, both = done.stdout.decode().split()
    assert " ".join(shape) == "(8000, 6000, 3)"
    assert 1.9 < float(decoding) < 2.5
    assert float(both) < 2.6


def test_pillows_own_limit_is_lent_and_given_back() -> None:
    before = Image.MAX_IMAGE_PIXELS
    data = file_of(Image.new("L", (200, 200)), "PNG")

    decode(data, Limits(pixels=40_000))
    with pytest.raises(PictureTooLarge):
        decode(data, Limits(pixels=100))

    assert before == Image.MAX_IMAGE_PIXELS


def test_only_readers_that_are_needed_are_loaded() -> None:
    program = """
import sys, zlib
from dream import PictureError
from dream.pictures import probe
for data in (b"x", b"GIF89a", b"8BPS"):
    try: probe(data)
    except PictureError: pass
print("torch" in sys.modules, "PIL.PsdImagePlugin" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert done.stdout.split() == [b"False", b"False"]
