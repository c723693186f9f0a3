"""Downloads a network's weights: goes on where it broke off, and keeps only what is right."""

import errno
import fcntl
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import httpx

from dream.errors import BadWeights, NetworkUnavailable
from dream.networks.archives import take_out
from dream.networks.registry import Network
from dream.networks.weights import cache, lost, sha256

OnBytes = Callable[[int, int | None], None]
"""Called with the bytes had so far and the bytes there are, if the server says."""

_BROKE_OFF = (httpx.RemoteProtocolError, httpx.ReadError, httpx.ReadTimeout)
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where a part comes from, by which its rest is asked for.

    Attributes:
        address: Of the whole.
        validator: What the server says while the whole stays the same: strong ETag, or date.
        total: Bytes of the whole.
    """

    address: str
    validator: str | None
    total: int | None


def fetch(of: Network, verify: Callable[[Path], object], on_bytes: OnBytes | None = None) -> Path:
    """Download the network's file into the cache, where it appears only when whole and right.

    `DREAM_MIRROR`, the address of a folder on a server, goes before the official address; a proxy
    is taken from `HTTPS_PROXY` and the like. What has come before a connection broke is kept, and
    the rest asked for the next time.

    Args:
        of: The network.
        verify: Raises `BadWeights` where the file's structure isn't the network's.
        on_bytes: Told about progress.

    Raises:
        BadWeights: What came isn't what was published.
        NetworkUnavailable: Nothing came, or there is no room for it; says why.
    """
    if of.weights.address is None:
        raise lost(of)
    name = urlsplit(of.weights.address).path.rpartition("/")[2]
    mirror = os.environ.get("DREAM_MIRROR", "").rstrip("/")
    address = f"{mirror}/{name}" if mirror else of.weights.address
    with _said_plainly(of, address):
        cache().mkdir(parents=True, exist_ok=True)
        with _part(of, name) as part:
            _download(part, address, _most(of), on_bytes)
            return _checked(of, Path(part.name), name, address, verify)


def _checked(
    of: Network, part: Path, name: str, address: str, verify: Callable[[Path], object]
) -> Path:
    """The file in its place, once what came has proven to be right."""
    if of.weights.sha256 is not None and not sha256(part).startswith(of.weights.sha256):
        raise BadWeights(
            f"What came from {address} is not the published {name}: its checksum differs. "
            "Nothing was kept."
        )
    target = cache() / of.weights.file
    if of.weights.member is None:
        return _placed(part, target, verify)
    try:
        data = take_out(part, name, of.weights.member, _most(of))
    except BadWeights as error:
        raise BadWeights(f"What came from {address} can't be used: {error}") from None
    handle, unpacked = tempfile.mkstemp(target.suffix, f".{target.stem}.", target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        placed = _placed(Path(unpacked), target, verify)
        part.unlink()
        return placed
    finally:
        Path(unpacked).unlink(missing_ok=True)


def _placed(file: Path, target: Path, verify: Callable[[Path], object]) -> Path:
    verify(file)
    file.chmod(0o644)
    return file.replace(target)


@contextmanager
def _part(of: Network, name: str) -> Iterator[IO[bytes]]:
    """What there is of the download, open to be gone on with; nobody else writes it meanwhile.

    It stays where a connection broke or somebody stopped us, and goes where it is of no use.
    """
    # Of the weights' suffix, where it is what it ends as: the suffix says how to read it.
    suffix = Path(name).suffix
    path = cache() / f".{name.removesuffix(suffix)}.part{suffix}"
    with _locked(of, path) as part:
        try:
            yield part
        except (BadWeights, OSError):
            path.unlink(missing_ok=True)
            raise
        finally:
            if not path.exists() or path.stat().st_size == 0:
                path.unlink(missing_ok=True)
                _note(path).unlink(missing_ok=True)


@contextmanager
def _locked(of: Network, path: Path) -> Iterator[IO[bytes]]:
    while True:
        with path.open("ab") as part:
            try:
                fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise NetworkUnavailable(
                    f"{of.name} is being fetched already; wait until that is done."
                ) from None
            # Somebody may have finished it between our opening and our locking: then it is no
            # part any more, and we begin our own.
            if path.exists() and os.path.samestat(os.fstat(part.fileno()), path.stat()):
                yield part
                return


def _download(part: IO[bytes], address: str, most: int, on_bytes: OnBytes | None) -> None:
    """Write all that is missing to the part."""
    origin = _origin(Path(part.name))
    had = os.fstat(part.fileno()).st_size
    if had and origin.address == address and origin.total == had:
        return
    goes_on = had and origin.address == address and (origin.validator or origin.total)
    headers = {"Accept-Encoding": "identity"}  # byte for byte as it lies there
    if goes_on:
        headers["Range"] = f"bytes={had}-"
        if origin.validator:
            headers["If-Range"] = origin.validator
    with _client() as client, client.stream("GET", address, headers=headers) as response:
        if not (goes_on and _is_stale(response, had, origin)):
            response.raise_for_status()
            if response.status_code != httpx.codes.PARTIAL_CONTENT:
                part.truncate(0)
                origin = _origin_of(response, address)
                _note(Path(part.name)).write_text(json.dumps(asdict(origin)))
            _write(part, response, origin.total, most, on_bytes)
            return
    # The whole is another now: from the beginning, then.
    part.truncate(0)
    _download(part, address, most, on_bytes)


def _write(
    part: IO[bytes],
    response: httpx.Response,
    total: int | None,
    most: int,
    on_bytes: OnBytes | None,
) -> None:
    had = os.fstat(part.fileno()).st_size
    try:
        for piece in response.iter_raw():
            had += len(piece)
            if had > most:
                raise BadWeights(
                    f"What comes from {response.url} is much larger than what was published. "
                    "Nothing was kept."
                )
            part.write(piece)
            if on_bytes is not None:
                on_bytes(had, total)
    finally:
        part.flush()


def _is_stale(response: httpx.Response, had: int, origin: _Origin) -> bool:
    """Whether what the server would go on with isn't the rest of what our part is of."""
    if response.status_code != httpx.codes.PARTIAL_CONTENT:
        return bool(response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE)
    begins, _, total = str(response.headers.get("Content-Range", "")).partition("/")
    same = origin.total is None or total == str(origin.total)
    return not (same and begins.startswith(f"bytes {had}-"))


def _origin_of(response: httpx.Response, address: str) -> _Origin:
    etag = response.headers.get("ETag", "W/")
    validator = response.headers.get("Last-Modified") if etag.startswith("W/") else etag
    length = response.headers.get("Content-Length", "")
    return _Origin(address, validator, int(length) if length.isdecimal() else None)


def _origin(part: Path) -> _Origin:
    """Where the part on this machine comes from; from nowhere if that isn't known."""
    try:
        return _Origin(**json.loads(_note(part).read_text()))
    except (OSError, ValueError, TypeError):
        return _Origin("", None, None)


def _note(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _most(of: Network) -> int:
    """Bytes that a file may have; how large it is, we know roughly."""
    return (2 * of.weights.megabytes + 1) * 10**6


@contextmanager
def _client() -> Iterator[httpx.Client]:
    try:
        client = httpx.Client(follow_redirects=True, timeout=httpx.Timeout(30, connect=10))
    except (ValueError, ImportError) as error:  # an address that is none, or of a SOCKS proxy
        raise httpx.ProxyError(f"the proxy that is set can't be used: {error}") from None
    with client:
        yield client


@contextmanager
def _said_plainly(of: Network, address: str) -> Iterator[None]:
    """Turns what can go wrong on the way into the sentence for it."""
    try:
        yield
    except httpx.HTTPStatusError as error:
        status = error.response.status_code
        raise _not_had(of, f"{address} answered {status}", "tries again") from None
    except _BROKE_OFF:
        raise _not_had(of, f"{address} broke off midway", "goes on from there") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        why = str(error) or type(error).__name__
        raise _not_had(of, f"{address} can't be reached ({why})", "tries again") from None
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise NetworkUnavailable(
                f"There is no room for {of.name} in {cache()}: free {2 * of.weights.megabytes} MB "
                "there, or set DREAM_CACHE to another folder."
            ) from None
        raise NetworkUnavailable(
            f"{cache()} can't be written ({error.strerror}): set DREAM_CACHE to another folder."
        ) from None


def _not_had(of: Network, why: str, then: str) -> NetworkUnavailable:
    return NetworkUnavailable(
        f"The network {of.name} isn't on this machine, and {why}. `dream fetch {of.name}` {then}; "
        f"or put {of.weights.file} into a folder and set DREAM_WEIGHTS to it."
    )
