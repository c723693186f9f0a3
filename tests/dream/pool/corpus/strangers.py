"""Files that aren't read, under the names of some that are; and files that are two at once."""

import gzip
import io
import pickle
import struct
import tarfile
import zipfile
import zlib

from tests.dream.deep_files import chunk
from tests.dream.pool.corpus import png
from tests.dream.pool.corpus.jpeg import segment
from tests.dream.pool.corpus.making import MEGABYTE, Make, noise, sound

SIGNATURES = {
    "JPEG": b"\xff\xd8\xff",
    "PNG": png.SIGNATURE,
    "GIF": b"GIF89a",
    "BMP": b"BM" + bytes(12) + struct.pack("<I", 40),
    "TIFF": b"II*\0",
    "BigTIFF": b"MM\0+",
    "WebP": b"RIFF\xff\xff\0\0WEBP",
    "WebP with loss": b"RIFF\xff\xff\0\0WEBPVP8 ",
    "WebP without loss": b"RIFF\xff\xff\0\0WEBPVP8L",
    "AVIF": b"\0\0\0\x18ftypavif\0\0\0\0mif1avif",
    "HEIC": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
}

POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd)(r)file\n"

LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "ha">'
    + b"".join(
        b'<!ENTITY %c "%s">' % (name, b"&%c;" % (name - 1) * 10)
        for name in range(ord("b"), ord("k"))
    )
    + b'<!ENTITY x SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg">'
    b"<text>&j;&x;</text></svg>"
)

PAGE = b"<!DOCTYPE html><html><body><script>alert(1)</script></body></html>"
SCRIPT = b"#!/bin/sh\nrm -rf /\n"


def _zip(data: bytes = bytes(1000)) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("picture.png", data)
    return file.getvalue()


def _tar() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("../../picture.png"))
    return file.getvalue()


def _icon() -> bytes:
    inside = png.FILES["50 megapixels of RGBA"]()
    return struct.pack("<HHHBBBBHHII", 0, 1, 1, 0, 0, 0, 0, 1, 32, len(inside), 22) + inside


def _in_text(text: bytes) -> bytes:
    return png.small(chunk(b"tEXt", b"Comment\0" + text))


FILES: dict[str, Make] = {
    "nothing": lambda: b"",
    "one byte": lambda: b"\x89",
    "a line's end": lambda: b"\r\n",
    "zeros": lambda: bytes(MEGABYTE),
    "20 MB of noise": lambda: noise(20 * MEGABYTE),
    "PostScript": lambda: POSTSCRIPT,
    "PostScript behind a preview": lambda: (
        b"\xc5\xd0\xd3\xc6"
        + struct.pack("<6I", 32, len(POSTSCRIPT), 0, 0, 0, 0)
        + bytes(4)
        + POSTSCRIPT
    ),
    "PostScript behind a PNG's signature": lambda: png.SIGNATURE + POSTSCRIPT,
    "PostScript behind a JPEG's": lambda: b"\xff\xd8\xff" + POSTSCRIPT,
    "PostScript behind a BMP's": lambda: SIGNATURES["BMP"] + POSTSCRIPT,
    "PostScript behind a space": lambda: b" " + POSTSCRIPT,
    "a PDF": lambda: b"%PDF-1.7\n1 0 obj<</JS (app.alert(1))>>endobj\n",
    "an SVG that laughs and looks around": lambda: LAUGHS,
    "an SVG packed": lambda: gzip.compress(LAUGHS),
    "an icon with a bomb": _icon,
    "a Photoshop file that lies": lambda: b"8BPS\0\1" + bytes(6) + b"\xff" * 40,
    "a JPEG 2000 that lies": lambda: b"\xff\x4f\xff\x51\0\x2f" + b"\xff" * 100,
    "a JPEG 2000 of many tiles": lambda: (
        b"\0\0\0\x0cjP  \r\n\x87\n"
        + b"\0\0\0\x14ftypjp2 \0\0\0\0jp2 "
        + b"\xff\x4f\xff\x51"
        + struct.pack(">HH8IH", 41, 0, 2**31, 2**31, 0, 0, 1, 1, 0, 0, 16384)
    ),
    "a JPEG XL": lambda: b"\xff\x0a" + noise(900),
    "a picture in plain letters": lambda: b"P5 999999 999999 255\n",
    "an XPM": lambda: b'/* XPM */ static char *a[] = {"99999 99999 1 1",};',
    "a film": lambda: b"\0\0\0\x18ftypisom\0\0\2\0isommp41" + noise(900),
    "a zip": _zip,
    "a zip that is a bomb": lambda: _zip(bytes(100 * MEGABYTE)),
    "an archive that climbs": _tar,
    "a pickle": lambda: pickle.dumps({"a": [1, 2]}),
    "a page": lambda: PAGE,
    "a page in UTF-16": lambda: PAGE.decode().encode("utf-16"),
    "a script": lambda: SCRIPT,
    "a program": lambda: b"\x7fELF\2\1\1" + bytes(9) + noise(900),
    "a program for Windows": lambda: b"MZ" + noise(900),
    "a letter about BMX": lambda: b"BMX bikes for sale",
    **{
        f"noise behind the signature of a {kind}": (
            lambda sign=signature: sign + noise(3000)  # type: ignore[misc]
        )
        for kind, signature in SIGNATURES.items()
    },
    "a GIF that is a script": lambda: b"GIF89a/*\0\0\0\0*/=1;alert(1);" + bytes(100),
    "a JPEG that is a zip": lambda: sound("JPEG") + _zip(),
    "a JPEG that is a PDF": lambda: (
        b"\xff\xd8" + segment(0xFE, b"%PDF-1.7\n1 0 obj<<>>endobj") + sound("JPEG")[2:]
    ),
    "a PDF that is a JPEG": lambda: b"%PDF-1.7\nstream\n" + sound("JPEG"),
    "a PNG that is a page": lambda: _in_text(PAGE) + PAGE,
    "a PNG that is a program": lambda: sound("PNG") + b"<?php system($_GET[0]); ?>",
    "a PNG with 20 MB behind it": lambda: sound("PNG") + bytes(20 * MEGABYTE),
    "a BMP that is a script": lambda: b"BM/*" + sound("BMP")[4:] + b"*/=1;alert(1)",
    "a TIFF that is a zip": lambda: sound("TIFF") + _zip(),
    "a WebP that is a script": lambda: sound("WEBP") + SCRIPT,
    "a GIF and a JPEG": lambda: sound("GIF") + sound("JPEG"),
    "a PNG and a PNG": lambda: sound("PNG") * 2,
    "a PNG in a zlib stream": lambda: zlib.compress(sound("PNG")),
    "a dream's recipe that is none": lambda: _recipe(b'{"version": 1, "seed": [[[['),
    "a dream's recipe without end": lambda: _recipe(b'{"version":' + b"[" * 500_000),
    "a dream's recipe of another layer": lambda: _recipe(b'{"version": 1, "layer": "../../etc"}'),
}


def _recipe(text: bytes) -> bytes:
    return png.small(chunk(b"iTXt", b"dreambot-recipe\0\0\0\0\0" + text))
