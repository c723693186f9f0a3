"""What kind of file some bytes are, told by their content and never by a name."""

import re
import struct
from typing import Literal

from dream.errors import NotAPicture, UnreadFormat

Kind = Literal["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF"]

TITLES: dict[Kind, str] = {
    "JPEG": "JPEG",
    "PNG": "PNG",
    "WEBP": "WebP",
    "GIF": "GIF",
    "BMP": "BMP",
    "TIFF": "TIFF",
    "AVIF": "AVIF",
    "HEIF": "HEIC",
}
"""The kinds that are read, and what people call them."""

READ = ", ".join([*TITLES.values()][:-1]) + " and " + [*TITLES.values()][-1]

_STARTS: list[tuple[bytes, Kind]] = [
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
]

_STRANGERS = [
    (b"%PDF-", "a PDF"),
    (b"8BPS", "a Photoshop file"),
    (b"%!PS", "an EPS drawing"),
    (b"\xc5\xd0\xd3\xc6", "an EPS drawing"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL picture"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "a JPEG 2000 picture"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (b"II\xbc\x01", "a JPEG XR picture"),
    (b"\x1aE\xdf\xa3", "a WebM or Matroska film"),
    (b"FLV\x01", "a Flash film"),
    (b"OggS", "an Ogg film or sound"),
    (b"\0\0\x01\xba", "an MPEG film"),
    (b"\0\0\x01\xb3", "an MPEG film"),
    (b"\x8aMNG\r\n\x1a\n", "an MNG animation"),
    (b"gimp xcf", "a GIMP file"),
    (b"qoif", "a QOI picture"),
    (b"DDS ", "a DDS texture"),
    (b"v/1\x01", "an OpenEXR picture"),
    (b"#?RADIANCE", "a Radiance picture"),
    (b"icns", "an icon file"),
    (b"\xd7\xcd\xc6\x9a", "a WMF drawing"),
    (b"AT&TFORM", "a DjVu file"),
    (b"FUJIFILMCCD-RAW", "a camera's raw picture"),
    (b"IIRO", "a camera's raw picture"),
    (b"IIU\0", "a camera's raw picture"),
]

_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_BMP_HEADERS = {12, 16, 40, 52, 56, 64, 108, 124}
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}


def kind_of(data: bytes) -> Kind:
    """The kind of picture these bytes are.

    Raises:
        NotAPicture: They are none.
        UnreadFormat: They are one, or a film or a drawing, of a kind that isn't read.
    """
    if not data:
        raise NotAPicture("This file is empty. Try sending it again.")
    for start, kind in _STARTS:
        if data.startswith(start):
            return kind
    if data.startswith(_TIFF):
        if data[8:10] == b"CR":
            raise unread("a camera's raw picture")
        return "TIFF"
    if data.startswith(b"BM") and _is_bmp(data):
        return "BMP"
    if data.startswith(b"RIFF"):
        return _riff(data)
    if data[4:8] == b"ftyp":
        return _iso(data)
    stranger = _stranger(data)
    if stranger:
        raise unread(stranger)
    raise NotAPicture(f"This is no picture. What can be read is {READ}.")


def unread(what: str) -> UnreadFormat:
    """The error for a kind that isn't read; `what` with its article, such as “a PDF”."""
    return UnreadFormat(
        f"This is {what}. What can be read is {READ}: save it as one of these and try again."
    )


def _is_bmp(data: bytes) -> bool:
    """Two letters are a weak sign: any text may begin with BM."""
    return len(data) >= 18 and struct.unpack_from("<I", data, 14)[0] in _BMP_HEADERS


def _riff(data: bytes) -> Kind:
    if data[8:12] == b"WEBP":
        return "WEBP"
    if data[8:12] == b"AVI ":
        raise unread("an AVI film")
    raise NotAPicture(f"This is no picture. What can be read is {READ}.")


def _iso(data: bytes) -> Kind:
    """AVIF, HEIC and films share one container, told apart by its brands."""
    length = min(struct.unpack_from(">I", data)[0], 1024)
    major, others = data[8:12], data[16:length]
    brands = {major, *(others[i : i + 4] for i in range(0, len(others), 4))}
    if major in _HEIF_BRANDS:
        return "HEIF"
    if brands & {b"avif", b"avis"}:
        return "AVIF"
    if brands & (_HEIF_BRANDS | {b"mif1", b"msf1"}):
        return "HEIF"
    if major == b"crx ":
        raise unread("a camera's raw picture")
    raise unread("a QuickTime film" if major == b"qt  " else "an MP4 film")


def _stranger(data: bytes) -> str | None:
    """What else it is, if it is known at all, with its article."""
    for start, what in _STRANGERS:
        if data.startswith(start):
            return what
    signs = {
        "an icon file": re.match(rb"\0\0[\1\2]\0[\1-\x40]\0", data),
        "an EMF drawing": data.startswith(b"\1\0\0\0") and data[40:44] == b" EMF",
        "a PNM picture": re.match(rb"P[1-7]\s+(?:#.*\s+)?\w", data[:256]),
        "a TGA picture": data.endswith(b"TRUEVISION-XFILE.\0"),
        "a QuickTime film": data[:2] == b"\0\0" and data[4:8] in (b"moov", b"mdat", b"wide"),
        "an SVG drawing": _is_svg(data[:4096]),
    }
    return next((what for what, sign in signs.items() if sign), None)


def _is_svg(head: bytes) -> bool:
    """Whether its first element is a drawing; a web page may hold one further down."""
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return head.startswith(b"<") and b"<svg" in head and b"<html" not in head
