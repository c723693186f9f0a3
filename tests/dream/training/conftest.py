"""Packs of pictures to train with: parts of photographs."""

import io
import tarfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

PARTS = 150


@pytest.fixture(scope="session")
def packs(rocket: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two packs of parts of a photograph: 128 pixels large, and 64."""
    return _packed([rocket], tmp_path_factory.mktemp("packs"))


@pytest.fixture(scope="session")
def varied_packs(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same of many photographs, with enough in them to learn from."""
    return _packed(sorted(photos.glob("*.jpg")), tmp_path_factory.mktemp("varied"))


def _packed(photographs: Sequence[Path], folder: Path) -> Path:
    for side in (128, 64):
        with tarfile.open(folder / f"parts-{side}.tar", "w") as pack:
            for photograph in photographs:
                with Image.open(photograph) as opened:
                    _add_parts(pack, photograph.stem, opened.convert("RGB"), side)
    return folder


def _add_parts(pack: tarfile.TarFile, name: str, photograph: Image.Image, side: int) -> None:
    for number in range(PARTS):
        left = number * 37 % (photograph.width - side)
        top = number * 23 % (photograph.height - side)
        part = photograph.crop((left, top, left + side, top + side))
        file = io.BytesIO()
        part.save(file, "WEBP", quality=90)
        entry = tarfile.TarInfo(f"{name}/{side}/{number:03}.webp")
        entry.size = file.tell()
        file.seek(0)
        pack.addfile(entry, file)
