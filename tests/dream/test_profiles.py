"""Colour profiles in float, judged by what Little CMS makes of them in eight bits."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from dream.profiles import in_srgb, shaper
from tests.dream.deep_files import icc, parametric, profile, sampled

ADOBE = [[0.60974, 0.31111, 0.01947], [0.20528, 0.62567, 0.06087], [0.14919, 0.06322, 0.74457]]
PROPHOTO = [[0.79767, 0.28804, 0.0], [0.13519, 0.71188, 0.0], [0.03134, 0.00009, 0.82491]]
SRGB_CURVE = parametric(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
SRGB = [[0.43607, 0.22249, 0.01392], [0.38515, 0.71687, 0.09708], [0.14307, 0.06061, 0.7141]]


def by_little_cms(levels: np.ndarray, of: bytes, mode: str) -> np.ndarray:
    image = Image.fromarray(levels.astype(np.uint8) if mode == "RGB" else levels[..., 0])
    source = ImageCms.ImageCmsProfile(BytesIO(of))
    target = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    converted = ImageCms.profileToProfile(image, source, target, intent, outputMode="RGB")
    assert converted is not None
    return np.asarray(converted)


@pytest.mark.parametrize(
    "of",
    [
        profile([sampled(563)] * 3, ADOBE),
        profile([parametric(0, 1.8)] * 3, PROPHOTO),
        profile([sampled()] * 3, PROPHOTO),
        profile([sampled(*(round(65535 * (i / 99) ** 2.2) for i in range(100)))] * 3, ADOBE),
        profile([parametric(1, 2.0, 1.1, -0.1)] * 3, ADOBE),
        profile([parametric(2, 2.0, 1.05, -0.1, 0.05)] * 3, ADOBE),
        profile([SRGB_CURVE] * 3, ADOBE),
        profile([parametric(4, 2.4, 0.85, 0.1, 0.2, 0.04, 0.03, 0.02)] * 3, ADOBE),
        profile([sampled(461), SRGB_CURVE, sampled(0, 65535)], SRGB),
    ],
    ids=["gamma", "para0", "linear", "table", "para1", "para2", "para3", "para4", "mixed"],
)
def test_colours_come_out_as_from_little_cms(of: bytes) -> None:
    colours = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint16)
    by = shaper(of)
    assert by is not None

    ours = in_srgb(colours * 257, by) / 257

    assert np.abs(ours - by_little_cms(colours, of, "RGB")).max() <= 1.5


def test_greys_come_out_as_from_little_cms() -> None:
    greys = np.arange(256, dtype=np.uint16)[None, :, None]
    of = profile([sampled(461)], None)
    by = shaper(of)
    assert by is not None

    ours = in_srgb(greys * 257, by) / 257

    assert np.abs(ours - by_little_cms(greys.astype(np.uint8), of, "L")).max() <= 1.5


def test_a_real_display_p3_profile_is_understood(photos: Path) -> None:
    with Image.open(photos / "tricky/display-p3.jpg") as image:
        of = image.info["icc_profile"]
    by = shaper(of)
    assert by is not None

    red = in_srgb(np.array([[[234, 51, 35]]], np.uint16) * 257, by)

    assert np.abs(red / 257 - (255, 0, 0)).max() <= 3


def test_srgb_stays_as_it_is() -> None:
    levels = np.random.default_rng(0).integers(0, 65536, (64, 64, 3), dtype=np.uint16)
    by = shaper(profile([SRGB_CURVE] * 3, SRGB))
    assert by is not None

    moved = np.abs(in_srgb(levels, by).astype(int) - levels)

    assert moved.mean() < 10
    assert moved.max() < 257  # a level of 255


@pytest.mark.parametrize(
    "of",
    [
        b"",
        b"garbage",
        bytes(4000),
        profile([sampled(563)] * 3, ADOBE)[:200],
        profile([b"mpet" + bytes(20)] * 3, ADOBE),
        profile([parametric(7)] * 3, ADOBE),
        profile([parametric(1, 1.0, 0.0, 0.0)] * 3, ADOBE),
        profile([b"curv\0\0\0\0\xff\xff\xff\xff"] * 3, ADOBE),
        icc(b"CMYK", b"Lab ", {b"A2B0": bytes(64)}),
        icc(b"RGB ", b"XYZ ", {b"A2B0": bytes(64)}),
    ],
)
def test_one_without_usable_curves_is_none(of: bytes) -> None:
    assert shaper(of) is None


def test_wild_numbers_stay_in_range() -> None:
    wild = parametric(4, -9000.0, 30000.0, -30000.0, -9.0, 0.0, 30000.0, -30000.0)
    by = shaper(profile([wild] * 3, [[-30000.0] * 3, [30000.0] * 3, [9.0, 0.0, -9.0]]))
    assert by is not None

    in_srgb(np.random.default_rng(0).integers(0, 65536, (64, 64, 3), dtype=np.uint16), by)
