"""Packs of pictures to train with: parts of the one photograph that the project has."""

import io
import tarfile
from pathlib import Path

import pytest
from PIL import Image

ROCKET = Path(__file__).parents[3] / "docs" / "pictures" / "rocket.jpg"


@pytest.fixture(scope="session")
def packs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a pack of 150 parts, 128 pixels large, and one of 150, 64 pixels large."""
    folder = tmp_path_factory.mktemp("packs")
    with Image.open(ROCKET) as photograph:
        for side in (128, 64):
            with tarfile.open(folder / f"parts-{side}.tar", "w") as pack:
                for number in range(150):
                    left = number * 37 % (photograph.width - side)
                    top = number * 23 % (photograph.height - side)
                    part = photograph.crop((left, top, left + side, top + side))
                    file = io.BytesIO()
                    part.save(file, "WEBP", quality=90)
                    entry = tarfile.TarInfo(f"rocket/{side}/{number:03}.webp")
                    entry.size = file.tell()
                    file.seek(0)
                    pack.addfile(entry, file)
    return folder
