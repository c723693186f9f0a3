"""Frames on a stream: a small header and raw bytes, length first, for asyncio and for threads.

    magic (4)  header length (4)  body length (8)  header  body

Lengths are big-endian. Nothing on the wire is ever unpickled: a worker that a hostile picture
has taken over must not take over its parent.
"""

import struct
from asyncio import IncompleteReadError, StreamReader, StreamWriter
from collections.abc import Callable
from dataclasses import dataclass
from socket import MSG_WAITALL, socket

MAGIC = b"DRM1"
MOST_HEADER = 2**16
MOST_BODY = 2**30

_PREFIX = struct.Struct(">4sIQ")


class Corrupted(Exception):
    """What came isn't a frame, or breaks off in one; nothing after it can be read."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One message: a header of at most 64 KiB and a body of at most 1 GiB."""

    header: bytes
    body: bytes = b""

    def prefix(self) -> bytes:
        """What goes before header and body.

        Raises:
            ValueError: Longer than a frame may be.
        """
        if len(self.header) > MOST_HEADER or len(self.body) > MOST_BODY:
            raise ValueError("longer than a frame may be")
        return _PREFIX.pack(MAGIC, len(self.header), len(self.body))


async def read(
    reader: StreamReader, most: Callable[[bytes], int] = lambda _: MOST_BODY
) -> Frame | None:
    """The next frame; None where the stream ends after a whole one.

    Args:
        most: Bytes that the body may have which follows a header; more are not even read.

    Raises:
        Corrupted: As said there.
        OSError: The connection broke.
    """
    try:
        prefix = await reader.readexactly(_PREFIX.size)
    except IncompleteReadError as error:
        if error.partial:
            raise Corrupted("the stream ends in a frame's prefix") from None
        return None
    length, body = _lengths(prefix)
    try:
        header = await reader.readexactly(length)
        if body > most(header):
            raise Corrupted("more than belongs into such a frame")
        return Frame(header, await reader.readexactly(body))
    except IncompleteReadError:
        raise Corrupted("the stream ends in a frame") from None


async def write(writer: StreamWriter, frame: Frame) -> None:
    """Send a frame, whole even if the waiting for it is cancelled.

    Raises:
        OSError: The connection broke.
    """
    writer.write(frame.prefix() + frame.header)
    writer.write(frame.body)
    await writer.drain()


def receive(connection: socket) -> Frame | None:
    """`read` for a thread that may wait.

    Raises:
        Corrupted: As said there.
        OSError: The connection broke.
    """
    prefix = connection.recv(_PREFIX.size, MSG_WAITALL)
    if not prefix:
        return None
    header, body = _lengths(prefix)
    return Frame(_exactly(connection, header), _exactly(connection, body))


def send(connection: socket, frame: Frame) -> None:
    """`write` for a thread that may wait.

    Raises:
        OSError: The connection broke.
    """
    connection.sendall(frame.prefix() + frame.header)
    connection.sendall(frame.body)


def _lengths(prefix: bytes) -> tuple[int, int]:
    if len(prefix) < _PREFIX.size:
        raise Corrupted("the stream ends in a frame's prefix")
    magic, header, body = _PREFIX.unpack(prefix)
    if magic != MAGIC or header > MOST_HEADER or body > MOST_BODY:
        raise Corrupted("no frame begins so")
    return header, body


def _exactly(connection: socket, length: int) -> bytes:
    # All of it at once, into what is returned: memory that is new costs more than the bytes in it.
    parts = [connection.recv(length, MSG_WAITALL)]
    while (missing := length - sum(map(len, parts))) > 0:
        parts.append(connection.recv(missing, MSG_WAITALL))
        if not parts[-1]:
            raise Corrupted("the stream ends in a frame")
    return parts[0] if len(parts) == 1 else b"".join(parts)
