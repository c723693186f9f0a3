"""Sixteen bits a channel, to the last one, from each way a file may hold them."""

import struct
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dream import BrokenPicture, Limits, PictureError, PictureTooLarge
from dream.pictures import Picture, decode, probe
from tests.dream.deep_files import Levels, chunk, icc, parametric, png, profile, sampled, tiff


def levels(channels: int, height: int = 11, width: int = 13) -> Levels:
    """Pure noise: each byte of it says something."""
    shape = (height, width, channels)
    noise: Levels = np.random.default_rng(3).integers(1, 65536, shape, dtype=np.uint16)
    return noise


def same(picture: Picture, stored: Levels) -> bool:
    """Whether it is to the last bit what was stored."""
    grey = stored.shape[2] < 3
    colours = stored[..., :1].repeat(3, axis=2) if grey else stored[..., :3]
    alpha = stored[..., -1] if stored.shape[2] in (2, 4) else None
    if not picture.deep or picture.rgb.dtype != np.uint16:
        return False
    if alpha is None or picture.alpha is None:
        return alpha is picture.alpha is None and np.array_equal(picture.rgb, colours)
    return np.array_equal(picture.rgb, colours) and np.array_equal(picture.alpha, alpha)


@pytest.mark.parametrize("adam7", [False, True])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_a_png_is_read_to_the_last_bit(channels: int, adam7: bool) -> None:
    stored = levels(channels)

    assert same(decode(png(stored, adam7=adam7)), stored)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("deflated", [False, True])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_tiff_is_read_to_the_last_bit(channels: int, deflated: bool, order: str) -> None:
    stored = levels(channels)

    assert same(decode(tiff(stored, order, deflated=deflated)), stored)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("channels", [3, 4])
def test_a_tiff_of_planes_is_read_to_the_last_bit(channels: int, order: str) -> None:
    stored = levels(channels)

    assert same(decode(tiff(stored, order, apart=True)), stored)


def test_grey_whose_white_is_nought_is_not_a_negative() -> None:
    stored = levels(1)

    assert same(decode(tiff(65535 - stored, tags={262: (0,)})), stored)


def test_grey_of_twelve_bits_reaches_from_black_to_white() -> None:
    ramp = tiff(np.zeros((1, 4, 1), np.uint16), tags={258: (12,)})
    pixels = bytes([0x00, 0x00, 0x01, 0x80, 0x0F, 0xFF])

    picture = decode(ramp[:8] + pixels + ramp[14:])

    assert picture.rgb[0, :, 0].tolist() == [0, 0x0010, 0x8008, 65535]


def test_the_first_frame_of_an_animation_is_read_to_the_last_bit() -> None:
    stored = levels(3)
    frame = struct.pack(">IIIIHHBB", 13, 11, 0, 0, 1, 10, 0, 0)
    count = chunk(b"acTL", struct.pack(">II", 2, 0))
    data = png(stored, count, chunk(b"fcTL", struct.pack(">I", 0) + frame))
    second = png(levels(3) // 2)
    pixels = second[second.index(b"IDAT") + 4 : -16]
    more = chunk(b"fcTL", struct.pack(">I", 1) + frame)
    more += chunk(b"fdAT", struct.pack(">I", 2) + pixels)

    animation = data[:-12] + more + data[-12:]

    assert probe(animation).frames == 2
    assert same(decode(animation), stored)


def test_a_compressed_tiff_of_planes_is_read_in_eight_bits() -> None:
    stored = levels(3)

    picture = decode(tiff(stored, apart=True, deflated=True))

    assert not picture.deep
    assert np.abs(picture.rgb - stored[..., :3] / 257).max() <= 1


def test_a_large_one_is_whole(photos: Path) -> None:
    with Image.open(photos / "rocket.jpg") as image:
        stored = np.asarray(image.resize((1500, 1200))).astype(np.uint16) * 257
    stored += np.arange(1500, dtype=np.uint16)[:, None] % 250

    data = tiff(stored, ">", deflated=True)

    assert same(decode(data), stored)
    assert probe(data).size == (1500, 1200)


@pytest.mark.parametrize(
    ("turn", "undone"),
    [(3, lambda x: x[::-1, ::-1]), (6, lambda x: np.rot90(x, 3)), (8, lambda x: np.rot90(x, 1))],
)
def test_it_is_turned_as_its_exif_says(turn: int, undone: object) -> None:
    stored = levels(4)
    assert callable(undone)
    exif = Image.Exif()
    exif[0x0112] = turn

    assert same(decode(png(stored, chunk(b"eXIf", exif.tobytes()[6:]))), undone(stored))
    assert same(decode(tiff(stored, tags={274: (turn,)})), undone(stored))


@pytest.mark.parametrize("channels", [1, 3])
def test_only_the_very_colour_that_stands_for_clear_is(channels: int) -> None:
    stored = np.full((4, 4, channels), 0x1234, np.uint16)
    stored[0] += 1  # differs in the lower byte alone
    clear = chunk(b"tRNS", struct.pack(f">{channels}H", *[0x1234] * channels))

    picture = decode(png(stored, clear))

    assert picture.alpha is not None
    assert picture.alpha.tolist() == [[65535] * 4] + [[0] * 4] * 3
    assert (picture.rgb == 0x1235).all()


def test_a_wholly_clear_one_is_mid_grey() -> None:
    picture = decode(png(np.zeros((4, 4, 4), np.uint16)))

    assert (picture.rgb == 32768).all()
    assert picture.alpha is not None
    assert not picture.alpha.any()


def test_alpha_that_hides_nothing_is_none() -> None:
    stored = levels(4)
    stored[..., 3] = 65535

    assert same(decode(png(stored)), stored[..., :3])


# Colour profiles

DISPLAY_P3 = [[0.51512, 0.2412, -0.00105], [0.29198, 0.69225, 0.04189], [0.1571, 0.06657, 0.78407]]


def test_a_profile_is_applied_in_all_bits() -> None:
    ramp = np.repeat(np.arange(0, 65536, 16, dtype=np.uint16)[None, :, None], 3, axis=2)
    ramp[..., 0] //= 2
    curve = parametric(0, 1.8)
    wide = profile([curve] * 3, DISPLAY_P3)

    for data in (tiff(ramp, profile=wide), tiff(ramp, ">", profile=wide)):
        picture = decode(data)
        assert picture.deep
        assert len(np.unique(picture.rgb[..., 1])) > 3000
        assert np.abs(picture.rgb.astype(int) - ramp).mean() > 1000


def test_a_curve_of_grey_is_applied() -> None:
    ramp = np.arange(0, 65536, 16, dtype=np.uint16)[None, :, None]
    linear = profile([sampled()], None)

    picture = decode(tiff(ramp, profile=linear))

    assert picture.deep
    # Half of the light is 188 of 255 in sRGB.
    assert abs(int(picture.rgb[0, 2048, 0]) - 187.5160 * 257) < 2
    assert (picture.rgb[..., 0] == picture.rgb[..., 2]).all()


@pytest.mark.parametrize("useless", [b"garbage", bytes(200), profile([sampled(512)], None)])
def test_a_profile_of_no_use_leaves_the_colours_alone(useless: bytes) -> None:
    stored = levels(3)

    assert same(decode(tiff(stored, profile=useless)), stored)


def test_a_profile_of_tables_is_applied_in_eight_bits() -> None:
    """A table that turns whatever it is asked into the Lab of middle grey."""
    ramps = bytes(range(256)) * 3
    to_grey = b"mft1\0\0\0\0" + struct.pack(">4B9i", 3, 3, 2, 0, *[65536, 0, 0] * 3)
    to_grey += ramps + bytes([128, 128, 128] * 8) + ramps
    tables = icc(b"RGB ", b"Lab ", {b"A2B0": to_grey, b"wtpt": b"XYZ " + bytes(16)})

    picture = decode(tiff(levels(3), profile=tables))

    assert not picture.deep
    assert (np.abs(picture.rgb.astype(int) - 119) <= 2).all()


# What breaks, and what is too large


@pytest.mark.parametrize("data", [png(levels(3)), png(levels(2)), tiff(levels(4), deflated=True)])
def test_one_that_breaks_off_is_broken(data: bytes) -> None:
    pixels = data[: len(data) // 2]

    for opened in (decode, partial(probe, whole=True)):
        with pytest.raises(BrokenPicture):
            opened(pixels)


def test_too_many_pixels_are_refused_before_they_take_memory() -> None:
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 16, 6, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"")

    with pytest.raises(PictureTooLarge, match="megapixels"):
        decode(bomb)
    with pytest.raises(PictureTooLarge, match="megapixels"):
        decode(tiff(levels(3), tags={256: (60_000,), 257: (60_000,)}))


def test_damaged_ones_raise_nothing_unforeseen() -> None:
    random = np.random.default_rng(1)
    curve = parametric(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
    wide = profile([curve] * 3, DISPLAY_P3)
    files = [png(levels(channels)) for channels in (1, 2, 3, 4)]
    files += [tiff(levels(3), order, deflated=way) for order in "<>" for way in (False, True)]
    files += [tiff(levels(4), "<", apart=True), tiff(levels(3), profile=wide)]
    outcomes = set[str]()
    for file in files * 40:
        data = np.frombuffer(file, np.uint8).copy()
        start = len(data) - 300 if data[1] != ord("P") else 0
        places = random.integers(max(0, start), len(data), 3)
        data[places] = random.integers(0, 256, 3)
        try:
            outcomes.add("deep" if decode(data.tobytes(), Limits(pixels=10_000)).deep else "read")
        except PictureError as error:
            outcomes.add(type(error).__name__)
    assert outcomes >= {"deep", "BrokenPicture"}
