"""Frames: whole or refused, with asyncio and with threads alike."""

import asyncio
import json
import math
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dream import (
    Dream,
    NotAPicture,
    Output,
    Probe,
    Progress,
    Recipe,
    Series,
    Sheet,
    UnknownName,
)
from dream.imagination import Imagination
from dream.outcome import Imagined
from dream.pool.messages import (
    MOST_TEXT,
    Began,
    Cancel,
    CompareRequest,
    DreamRequest,
    Failure,
    ImagineRequest,
    Letter,
    Message,
    ProbeRequest,
    Ready,
    Reencoded,
    ReencodeRequest,
    SheetRequest,
    pack,
    unpack,
)
from dream.pool.wire import MOST_HEADER, Corrupted, Frame, read, receive, send, write

Pair = tuple[socket.socket, socket.socket]

FILES = st.none() | st.binary(max_size=50)
JSON: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4)
    ),
    max_leaves=8,
)

BANANA = Imagination("googlenet", "class:banana", size=64, seed=3)
SERIES = Series((("one", Recipe(seed=1)), ("", Recipe(size=64))), columns=2, width=64)
MESSAGES: list[Message] = [
    DreamRequest(b"picture", Recipe(seed=9, size=64), Output("WEBP", 1000)),
    DreamRequest(b"picture", Recipe(), Output(), guide=b"guide", mask=b"its mask"),
    DreamRequest(None, Recipe(start="pink 64x48"), Output(), mask=b"its mask"),
    DreamRequest(b"", Recipe(), Output(), guide=b"", mask=None),
    ImagineRequest(BANANA, Output("JPEG", 1000)),
    SheetRequest(b"picture", SERIES, Output("JPEG", 1000)),
    SheetRequest(None, SERIES, Output()),
    CompareRequest((b"one", b"", b"another"), ("before", "", "after"), 512, Output("JPEG")),
    ProbeRequest(b"picture"),
    ReencodeRequest(b"picture", Output()),
    Cancel(),
    Ready(),
    Ready(("Something isn’t to be had here.",)),
    Began(),
    Progress(0.5, 1, 4),
    Progress(0.75, 2, 4, b"preview"),
    Dream(b"dream", "JPEG", (3, 4), Recipe(), 1.5, "only “one” of its pages"),
    Imagined(b"banana", "PNG", BANANA, 2.5),
    Sheet(b"sheet", "PNG", (30, 40), SERIES, 3.5, "its first page"),
    Probe("HEIF", (4032, 3024), 1, ""),
    Reencoded(b"dream", "PNG"),
]

FRAME = Frame(b'{"kind": "Ready"}', b"\0\1\2" * 100)


@pytest.fixture
def pair() -> Iterator[Pair]:
    one, other = socket.socketpair()
    with one, other:
        yield one, other


@asynccontextmanager
async def streams(
    end: socket.socket,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(sock=end)
    try:
        yield reader, writer
    finally:
        writer.close()
        await writer.wait_closed()


async def test_frames_cross_both_ways_and_the_end_is_told(pair: Pair) -> None:
    ours, theirs = pair
    large = Frame(b"{}", bytes(5_000_000))
    async with streams(ours) as (reader, writer):
        echo = asyncio.create_task(asyncio.to_thread(_echo, theirs, 3))
        for frame in (FRAME, Frame(b""), large):
            await write(writer, frame)
            assert await read(reader) == frame
        await echo
        theirs.close()
        assert await read(reader) is None


def _echo(connection: socket.socket, times: int) -> None:
    for _ in range(times):
        frame = receive(connection)
        assert frame is not None
        send(connection, frame)


def test_a_thread_is_told_the_end_too(pair: Pair) -> None:
    pair[0].close()

    assert receive(pair[1]) is None


@pytest.mark.parametrize("keep", [1, 10, 20, 40])
async def test_a_frame_that_breaks_off_is_corrupted(keep: int, pair: Pair) -> None:
    ours, theirs = pair
    data = (FRAME.prefix() + FRAME.header + FRAME.body)[:keep]
    theirs.sendall(data)
    theirs.close()
    async with streams(ours) as (reader, _):
        with pytest.raises(Corrupted):
            await read(reader)


@pytest.mark.parametrize(
    "prefix",
    [
        b"GET / HTTP/1.1\r\n",
        b"DRM1" + (MOST_HEADER + 1).to_bytes(4) + bytes(8),
        b"DRM1" + bytes(4) + (2**40).to_bytes(8),
    ],
)
def test_what_is_no_frame_is_refused_before_anything_is_reserved(prefix: bytes, pair: Pair) -> None:
    pair[0].sendall(prefix)

    with pytest.raises(Corrupted):
        receive(pair[1])


def test_a_frame_too_long_is_not_sent(pair: Pair) -> None:
    with pytest.raises(ValueError, match="longer"):
        send(pair[0], Frame(bytes(MOST_HEADER + 1)))


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_every_message_arrives_as_it_was_sent(message: Message) -> None:
    letter = Letter(7, message)

    assert unpack(pack(letter)) == letter


@settings(deadline=None)
@given(FILES, FILES, FILES)
def test_each_file_arrives_as_itself_or_not_at_all(
    picture: bytes | None, guide: bytes | None, mask: bytes | None
) -> None:
    request = DreamRequest(picture, Recipe(), Output(), guide, mask)

    assert unpack(pack(Letter(1, request))).message == request


@pytest.mark.parametrize(
    "lengths",
    [
        [8, 5],
        [8, 5, 0, 0],
        [8, 5, 1],
        [8, 4, None],
        [8, None, None],
        [None, None, None],
        [-1, 14, None],
        [14, -1, None],
        [2**70, 5, None],
        [8.0, 5, None],
        [True, 12, None],
        ["8", 5, None],
        [[8], 5, None],
        "8,5",
        13,
        None,
        {"8": 5},
    ],
)
def test_files_of_other_lengths_than_were_said_are_corrupted(lengths: object) -> None:
    frame = pack(Letter(1, DreamRequest(b"pictures", Recipe(), Output(), b"guide")))
    header = json.loads(frame.header)
    assert header["files"] == [8, 5, None]
    header["files"] = lengths

    with pytest.raises(Corrupted):
        unpack(Frame(json.dumps(header).encode(), frame.body))


@settings(deadline=None)
@given(st.sampled_from(MESSAGES), st.data())
def test_a_header_that_lies_makes_a_letter_or_is_corrupted(
    message: Message, data: st.DataObject
) -> None:
    frame = pack(Letter(1, message))
    header = json.loads(frame.header)
    lie = data.draw(st.sampled_from(sorted(header)))
    header[lie] = data.draw(JSON | st.sampled_from(["1e999", header[lie]]))
    body = data.draw(st.just(frame.body) | st.binary(max_size=40))

    with suppress(Corrupted):
        unpack(Frame(json.dumps(header).encode(), body))


def test_an_error_arrives_with_its_class_and_sentence() -> None:
    for error in (UnknownName("There is no layer “x”."), NotAPicture("No picture.")):
        arrived = unpack(pack(Letter(1, Failure(error)))).message
        assert isinstance(arrived, Failure)
        assert type(arrived.error) is type(error)
        assert str(arrived.error) == str(error)


@pytest.mark.parametrize(
    "said", ["no\0thing", "half a letter: \ud83d", "one line\nanother\x1b[2J", "long " * 1000]
)
def test_what_a_worker_says_can_be_shown_and_stored(said: str) -> None:
    messages: list[Message] = [
        Ready((said,)),
        Failure(NotAPicture(said)),
        Dream(b"", "PNG", (3, 4), Recipe(), 1.5, said),
        Sheet(b"", "PNG", (3, 4), SERIES, 1.5, said),
        Probe("PNG", (3, 4), 1, said),
    ]
    for message in messages:
        match unpack(pack(Letter(1, message))).message:
            case Failure(error):
                text = str(error)
            case Ready((sentence,)):
                text = sentence
            case Dream(note=note) | Sheet(note=note) | Probe(note=note):
                text = note
            case _:
                raise AssertionError
        assert text.isprintable()
        assert text[:2] == said[:2]
        assert len(text) <= MOST_TEXT


@pytest.mark.parametrize(
    "lie",
    [
        {"size": [2**31, 4]},
        {"size": [3, -4]},
        {"size": [3, 4, 5]},
        {"seconds": math.nan},
        {"seconds": math.inf},
        {"seconds": -1},
    ],
)
def test_numbers_that_nobody_could_store_are_corrupted(lie: dict[str, object]) -> None:
    frame = pack(Letter(1, Dream(b"dream", "PNG", (3, 4), Recipe(), 1.5)))

    with pytest.raises(Corrupted):
        unpack(Frame(json.dumps(json.loads(frame.header) | lie).encode(), frame.body))


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_garbage_makes_no_letter(garbage: bytes) -> None:
    with pytest.raises(Corrupted):
        unpack(Frame(garbage))


@pytest.mark.parametrize(
    "header",
    [
        b'{"kind": "Dream", "work": 1}',
        b'{"kind": "__import__", "work": 1}',
        b'{"kind": "Ready", "work": "x"}',
        b'{"kind": "Probe", "work": 1, "format": "EXE", "size": [1, 1], "frames": 1, "note": ""}',
        b'{"kind": "Probe", "work": 1, "format": "PNG", "size": [1], "frames": 1, "note": ""}',
        b'{"kind": "Reencoded", "work": 1, "format": "../../etc"}',
        b'{"kind": ["Dream"], "work": 1}',
        b'{"kind": "Ready", "work": 1e999}',
        b'{"kind": "Imagined", "work": 1, "format": "PNG", "seconds": 1, "imagination": "{}"}',
        b"[" * 5000,
    ],
)
def test_a_message_that_lies_is_corrupted(header: bytes) -> None:
    with pytest.raises(Corrupted):
        unpack(Frame(header))
