"""Remembers what a download was like whose makers state no checksum, and says if it has changed.

The checksum of the first one lies beside it in the cache.
"""

import hashlib
from contextlib import suppress
from pathlib import Path

from dream.errors import BadWeights
from dream.networks.registry import Network
from dream.networks.weights import cache


def unpublished(of: Network) -> bool:
    """Whether the network is downloaded, and its makers state no checksum."""
    return of.weights.address is not None and of.weights.sha256 is None


def record(of: Network) -> Path:
    """Where the first download's checksum lies, or will."""
    return cache() / f"{of.weights.file}.sha256"


def check(of: Network, file: Path, data: bytes) -> None:
    """Nothing, if a download is as the first was, or is the first, which is remembered.

    A file in a folder of one's own is nobody's download.

    Args:
        of: The network.
        file: Where the data is from.
        data: All of it.

    Raises:
        BadWeights: It isn't; says what to do where that is meant to be.
    """
    if not unpublished(of) or file.parent != cache():
        return
    digest = hashlib.sha256(data).hexdigest()
    known = record(of)
    try:
        first = known.read_text().strip()
    except FileNotFoundError:
        with suppress(OSError):  # a cache that is only read has no use for it
            known.write_text(f"{digest}\n")
        return
    if first != digest:
        raise BadWeights(
            f"it is another file than the one that was first used, whose sha256 begins with "
            f"{first[:12]}, not {digest[:12]}. If you trust this one, delete {known}."
        )
