"""Colour profiles applied in float, for pixels too fine for Pillow's eight bits.

Only what follows from three curves and a matrix, or from a curve of grey, is computed here: the
profiles of cameras, displays and working spaces (Adobe RGB, Display P3, ProPhoto), whose black
has no light. Those that are tables, as printers have them, are not.

Formats and formulas: ICC.1:2022, curveType, parametricCurveType, XYZType and annex F.
"""

import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

_LEVELS = 65536

_FROM_SRGB = np.array(
    [
        [0.4360747, 0.3850649, 0.1430804],
        [0.2225045, 0.7168786, 0.0606169],
        [0.0139322, 0.0971045, 0.7141733],
    ]
)
"""Linear sRGB to XYZ under the D50 of profiles: IEC 61966-2-1's, adapted by Bradford."""

_PARAMETERS = (1, 3, 4, 5, 7)
"""How many each type of parametric curve has."""


@dataclass(frozen=True, slots=True)
class Shaper:
    """What a profile of curves says.

    Attributes:
        curves: Linear light, 0 to 1, of each of the 65536 levels: of red, green and blue, or of
            grey alone.
        matrix: 3 x 3, from that light to linear sRGB; None for grey.
    """

    curves: tuple[Floats, ...]
    matrix: Floats | None


def shaper(profile: bytes) -> Shaper | None:
    """What an ICC profile says; None where it says it in tables, or nothing that makes sense."""
    try:
        tags = _tags(profile)
        if profile[20:24] != b"XYZ " or any(name[:3] in (b"A2B", b"D2B") for name in tags):
            return None
        if profile[16:20] == b"GRAY":
            return Shaper((_curve(tags[b"kTRC"]),), None)
        columns = [_xyz(tags[name]) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
        matrix = np.linalg.inv(_FROM_SRGB) @ np.array(columns).T
        curves = tuple(_curve(tags[name]) for name in (b"rTRC", b"gTRC", b"bTRC"))
        return Shaper(curves, matrix.astype(np.float32))
    except (struct.error, LookupError, ValueError, ArithmeticError):
        return None


def in_srgb(levels: npt.NDArray[np.uint16], by: Shaper) -> npt.NDArray[np.uint16]:
    """Pixels of that profile in sRGB; what sRGB can't show is clipped.

    Args:
        levels: Height x width x 3, or x 1 for grey.
        by: The profile.
    """
    light = np.stack([curve[levels[..., i]] for i, curve in enumerate(by.curves)], axis=-1)
    if by.matrix is not None:
        light = light @ by.matrix.T
    light = light.clip(0, 1)
    # IEC 61966-2-1
    shown = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.rint(shown * np.float32(_LEVELS - 1)).astype(np.uint16)


def _tags(profile: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">I", profile, 128)
    tags = {}
    for i in range(min(count, 100)):
        name, at, length = struct.unpack_from(">4sII", profile, 132 + 12 * i)
        tags[name] = profile[at : at + length]
    return tags


def _xyz(tag: bytes) -> list[float]:
    return [value / 65536 for value in struct.unpack_from(">3i", tag, 8)]


def _curve(tag: bytes) -> Floats:
    """Light of each level, 0 to 1."""
    level = np.linspace(0, 1, _LEVELS)
    with np.errstate(all="ignore"):
        match tag[:4]:
            case b"curv":
                light = _sampled(tag, level)
            case b"para":
                light = _parametric(tag, level)
            case _:
                raise ValueError("a curve of neither kind")
    curve: Floats = np.nan_to_num(light.clip(0, 1)).astype(np.float32)
    return curve


def _sampled(tag: bytes, level: Doubles) -> Doubles:
    (count,) = struct.unpack_from(">I", tag, 8)
    if count == 0:
        return level
    points = np.frombuffer(tag, ">u2", count, 12)
    if count == 1:
        return np.power(level, float(points[0]) / 256)
    light: Doubles = np.interp(level, np.linspace(0, 1, count), points / 65535)
    return light


def _parametric(tag: bytes, level: Doubles) -> Doubles:
    """y = (ax + b)^g + e from d on, cx + f below; the types leave out some of these."""
    (kind,) = struct.unpack_from(">H", tag, 8)
    values = [v / 65536 for v in struct.unpack_from(f">{_PARAMETERS[kind]}i", tag, 12)]
    g, a, b, c, d, e, f = (values + [1.0, 0.0, 0.0, 0.0, 0.0, 0.0][len(values) - 1 :])[:7]
    if kind in (1, 2):
        e = f = c if kind == 2 else 0.0
        c, d = 0.0, -b / a
    light: Doubles = np.where(level >= d, np.power((a * level + b).clip(0), g) + e, c * level + f)
    return light
