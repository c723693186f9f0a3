"""Finds a network's weights: in the package, in a folder of one's own, in the cache, or online."""

import errno
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from platformdirs import user_cache_path

from dream.errors import BadWeights, NetworkUnavailable
from dream.networks.registry import Network, network

OnBytes = Callable[[int, int | None], None]
"""Called with the bytes had so far and the bytes there are, if the server says."""

_PACKAGE = Path(__file__).parents[1] / "weights"


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
    for folder in folders():
        if (folder / of.weights.file).is_file():
            return folder / of.weights.file
    if of.weights.address is None:
        raise _lost(of)
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
    return network(name).weights.address is None


def fetch(of: Network, verify: Callable[[Path], object], on_bytes: OnBytes | None = None) -> Path:
    """Download the network's file into the cache, where it appears only when whole and right.

    `DREAM_MIRROR`, the address of a folder on a server, goes before the official address.

    Args:
        of: The network.
        verify: Raises `BadWeights` where the file's structure isn't the network's.
        on_bytes: Told about progress.

    Raises:
        BadWeights: What came isn't what was published.
        NetworkUnavailable: Nothing came, or there is no room for it; says why.
    """
    if of.weights.address is None:
        raise _lost(of)
    mirror = os.environ.get("DREAM_MIRROR", "").rstrip("/")
    address = f"{mirror}/{of.weights.file}" if mirror else of.weights.address
    target = cache() / of.weights.file
    with _said_plainly(of, address):
        target.parent.mkdir(parents=True, exist_ok=True)
        # Of the same suffix, which says how to read it.
        handle, name = tempfile.mkstemp(target.suffix, f".{target.stem}.", target.parent)
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                digest = hashlib.sha256()
                for piece in _pieces(address, on_bytes):
                    digest.update(piece)
                    file.write(piece)
            if of.weights.sha256 not in (None, digest.hexdigest()):
                raise BadWeights(
                    f"What came from {address} is not the published {of.weights.file}: "
                    "its checksum differs. Nothing was kept."
                )
            verify(part)
            part.chmod(0o644)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    return target


def _pieces(address: str, on_bytes: OnBytes | None) -> Iterator[bytes]:
    timeout = httpx.Timeout(30, connect=10)
    with httpx.stream("GET", address, follow_redirects=True, timeout=timeout) as response:
        response.raise_for_status()
        length = response.headers.get("Content-Length", "")
        total = int(length) if length.isdecimal() else None
        had = 0
        for piece in response.iter_bytes(2**16):
            yield piece
            had += len(piece)
            if on_bytes is not None:
                on_bytes(had, total)


@contextmanager
def _said_plainly(of: Network, address: str) -> Iterator[None]:
    """Turns what can go wrong on the way into the sentence for it."""
    try:
        yield
    except httpx.HTTPStatusError as error:
        status = error.response.status_code
        raise _not_had(of, f"{address} answered {status}") from None
    except httpx.RemoteProtocolError:
        raise _not_had(of, f"{address} broke off midway") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        why = str(error) or type(error).__name__
        raise _not_had(of, f"{address} can't be reached ({why})") from None
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise NetworkUnavailable(f"There is no room for {of.name} in {cache()}.") from None
        raise NetworkUnavailable(f"{cache()} can't be written: {error.strerror}.") from None


def _lost(of: Network) -> NetworkUnavailable:
    return NetworkUnavailable(
        f"The network {of.name} comes with dreambot, and its file {_PACKAGE / of.weights.file} "
        "is gone: install dreambot again."
    )


def _not_had(of: Network, why: str) -> NetworkUnavailable:
    return NetworkUnavailable(
        f"The network {of.name} isn't on this machine, and {why}. `dream fetch {of.name}` tries "
        f"again; or put {of.weights.file} into a folder and set DREAM_WEIGHTS to it."
    )
