"""Finds a network's weights on this machine: in the package, a folder of one's own, the cache."""

import hashlib
import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from platformdirs import user_cache_path

from dream.errors import BadWeights, NetworkUnavailable
from dream.networks.registry import Network, network

SUFFIXES = (".caffemodel", ".safetensors", ".pth", ".pb")
"""Of the files that weights are read from."""

DIGITS = 12
"""Of the sha256 of a file of one's own, in the name of its network."""

_PACKAGE = Path(__file__).parents[1] / "weights"

_chosen: dict[str, Path] = {}
"""Files of one's own that were named in this process, by their networks' names."""


def folders() -> list[Path]:
    """Where weights may lie, first come first: the package, folders of `DREAM_WEIGHTS`, cache."""
    own = os.environ.get("DREAM_WEIGHTS", "")
    return [_PACKAGE, *(Path(part) for part in own.split(os.pathsep) if part), cache()]


def cache() -> Path:
    """Where downloads go: `DREAM_CACHE`, or the place that the system has for such."""
    return Path(os.environ.get("DREAM_CACHE") or user_cache_path("dreambot") / "weights")


def find(of: Network) -> Path:
    """The network's file, if it is on this machine.

    Raises:
        NetworkUnavailable: It isn't; says the command that gets it.
    """
    if of.weights.digest is not None:
        return _find_own(of, of.weights.digest)
    for folder in folders():
        if (folder / of.weights.file).is_file():
            return folder / of.weights.file
    if of.weights.address is None:
        raise lost(of)
    raise NetworkUnavailable(
        f"The network {of.name} isn't on this machine: `dream fetch {of.name}` gets it "
        f"({of.weights.megabytes} MB), or set DREAM_WEIGHTS to a folder with {of.weights.file}."
    )


def available(name: str) -> bool:
    """Whether the file of the network of that name is on this machine.

    Raises:
        UnknownName: There is no such network.
    """
    try:
        find(network(name))
    except NetworkUnavailable:
        return False
    return True


def in_package(name: str) -> bool:
    """Whether the network of that name comes with the package, and so is always here.

    Raises:
        UnknownName: There is no such network.
    """
    weights = network(name).weights
    return weights.address is None and weights.digest is None


def own(file: Path, architecture: str) -> Network:
    """The network with weights of one's own; from now on its name finds the file in this process.

    Its name, `ARCHITECTURE@DIGEST`, says what is in the file and not where it lies: in another
    process the file is found by that, where it lies in a folder of `DREAM_WEIGHTS` or in the cache.

    Args:
        file: The weights.
        architecture: Name of the network whose architecture and preprocessing they are for.

    Raises:
        UnknownName: There is no such network.
        BadWeights: The file can't be read.
    """
    base = network(architecture.partition("@")[0])
    try:
        digest = sha256(file)[:DIGITS]
    except OSError as error:
        raise BadWeights(f"{file} can't be read: {error.strerror}.") from None
    made = network(f"{base.name}@{digest}")
    _chosen[made.name] = file
    return made


def sha256(file: Path) -> str:
    """The checksum of a file, computed once as long as nobody changes it.

    Raises:
        OSError: It can't be read.
    """
    about = file.stat()
    return _sha256(file, about.st_mtime_ns, about.st_size)


def lost(of: Network) -> NetworkUnavailable:
    """The error for a network of the package whose file is gone."""
    return NetworkUnavailable(
        f"The network {of.name} comes with dreambot, and its file {_PACKAGE / of.weights.file} "
        "is gone: install dreambot again."
    )


@lru_cache(maxsize=1024)
def _sha256(file: Path, changed: int, size: int) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _find_own(of: Network, digest: str) -> Path:
    for file in [*filter(None, [_chosen.get(of.name)]), *_files()]:
        try:
            if sha256(file).startswith(digest):
                return file
        except OSError:  # one that can't be read is not it
            continue
    raise NetworkUnavailable(
        f"The network {of.name} has weights of somebody's own, and no file here has a sha256 that "
        f"begins with {digest}: give it with --weights FILE, or set DREAM_WEIGHTS to its folder."
    )


def _files() -> Iterator[Path]:
    """All weights in folders of one's own and in the cache."""
    for folder in folders()[1:]:
        if folder.is_dir():
            there = (file for file in folder.iterdir() if file.suffix in SUFFIXES)
            yield from sorted(file for file in there if not file.name.startswith("."))
