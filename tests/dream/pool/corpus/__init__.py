"""Files that mean harm or are broken, made anew each time: bombs, lies, loops, polyglots."""

from tests.dream.pool.corpus import bmp, gif, iso, jpeg, png, strangers, tiff, webp
from tests.dream.pool.corpus.making import Make

CORPUS: dict[str, Make] = {
    f"{kind}: {name}": make
    for kind, files in {
        "JPEG": jpeg.FILES,
        "PNG": png.FILES,
        "GIF": gif.FILES,
        "BMP": bmp.FILES,
        "TIFF": tiff.FILES,
        "WebP": webp.FILES,
        "ISO": iso.FILES,
        "strangers": strangers.FILES,
    }.items()
    for name, make in files.items()
}
"""Every file by a name that says what is wrong with it; each has at most 25 MB."""

FEW = (
    "JPEG: sides of 65535",
    "JPEG: thousands of scans",
    "JPEG: a scan that breaks off",
    "JPEG: four inks called three colours",
    "JPEG: EXIF whose directory follows itself",
    "JPEG: an index of 4 billion pictures",
    "PNG: sides of 2³¹ - 1",
    "PNG: one column of 49 million",
    "PNG: more promised than there is",
    "PNG: more clear colours than colours",
    "PNG: 4 billion frames",
    "GIF: a screen of 65535 for one pixel",
    "GIF: codes beyond its table",
    "GIF: no end of its blocks",
    "BMP: a height of -2³¹",
    "BMP: masks of everything",
    "TIFF: a directory that follows itself",
    "TIFF: a larger JPEG inside",
    "TIFF: 65535 samples with bits for each",
    "TIFF: tiles of 2³²",
    "WebP: a canvas of 2²⁴",
    "WebP: alpha of noise",
    "WebP: a frame beyond its canvas",
    "ISO: HEIC, a grid of itself",
    "ISO: HEIC, two that are each the other",
    "ISO: AVIF, boxes of length 1",
    "strangers: nothing",
    "strangers: PostScript behind a PNG's signature",
    "strangers: an SVG that laughs and looks around",
    "strangers: a GIF that is a script",
)
"""Some of each kind that are quick to make and to open."""
