"""What torchvision has: names, files, sizes, and a layer to dream at, known without loading it.

The files are those of its best weights for ImageNet (`DEFAULT`), at its own address; what follows
the last dash of a file's name is how its sha256 begins. A test compares all of it with torchvision.
"""

from collections.abc import Iterator
from importlib.resources import files
from types import MappingProxyType

ADDRESS = "https://download.pytorch.org/models/"


def _table() -> Iterator[tuple[str, tuple[str, int, str]]]:
    """Name; file, megabytes, and the deepest layer that sees as much at once as the classic's."""
    for line in (files("dream.networks") / "torchvision.txt").read_text("utf-8").splitlines():
        name, file, megabytes, layer = line.split()
        yield name, (file, int(megabytes), layer)


FILES = MappingProxyType(dict(_table()))
"""Of each network its file, its size in megabytes, and the layer it dreams at."""

_PATCHES = "it cuts pictures of one size into patches, and has no layers of channels over places"

UNSUPPORTED = MappingProxyType(
    {
        "maxvit_t": "it takes pictures of multiples of its window alone",
        **{
            f"swin_{version}{size}": "its layers are patches, not channels over places"
            for version in ("", "v2_")
            for size in "tsb"
        },
        **{f"vit_{size}": _PATCHES for size in ("b_16", "b_32", "l_16", "l_32", "h_14")},
    }
)
"""Those that can't be dreamt with, and why."""

HALVES = ("efficientnet_v2_l", "googlenet", "inception_v3")
"""Those trained on pixels from -1 to 1. The others have ImageNet's own mean and deviation."""

NON_COMMERCIAL = ("regnet_y_128gf",)
"""Those whose makers state terms of their own: SWAG's (CC BY-NC 4.0)."""
