"""What tests of every part share: what lies outside of the project, and what to do without it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from dream.threads import share_cores

# Tests run beside one another; torch is imported after this.
share_cores(os.environ)


def without(what: str, reason: str) -> NoReturn:
    """Skip the test for want of something, or fail it where that must be there.

    `TESTS_REQUIRE` names what must: any of postgresql, chromium, weights, photos,
    isolation.
    """
    if what in os.environ.get("TESTS_REQUIRE", "").split(","):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session", autouse=True)
def nothing_is_downloaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test and no process of one reaches out for a network, or finds one by chance."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DREAM_MIRROR", "http://127.0.0.1:9")
        patch.setenv("DREAM_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def weights() -> Path:
    """The folder with real network weights."""
    folder = Path(os.environ.get("DREAM_WEIGHTS", "nowhere")).absolute()
    if not (folder / "bvlc_googlenet.caffemodel").is_file():
        without("weights", "DREAM_WEIGHTS names no folder with bvlc_googlenet.caffemodel")
    return folder


@pytest.fixture(scope="session")
def rocket() -> Path:
    """A photograph that is always here, 640×427: the README's."""
    return Path(__file__).parent.parent / "docs" / "pictures" / "rocket.jpg"


@pytest.fixture(scope="session")
def photos() -> Path:
    """The folder with photographs, `tricky/` among them."""
    folder = Path(os.environ.get("DREAM_PHOTOS", "nowhere")).absolute()
    if not (folder / "tricky").is_dir():
        without("photos", "DREAM_PHOTOS names no folder with photographs and tricky/")
    return folder


@pytest.fixture
def mirror(weights: Path) -> Iterator[str]:
    """The address of a server with those weights: real ones, but not the published files."""
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1"],
        cwd=weights,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        assert server.stdout is not None
        port = server.stdout.readline().split("port ")[1].split()[0]
        yield f"http://127.0.0.1:{port}"
        server.terminate()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Debian's Chromium."""
    path = shutil.which("chromium")
    if path is None:
        without("chromium", "Chromium is not installed")
    return path
