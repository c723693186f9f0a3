"""Which file is taken, and what becomes of its bytes, over real sockets."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.errors import Refusal
from bot.intake import Candidate, Intake, Stored
from bot.outside import Outside
from bot.storage import Storage

LIMIT = 1000


class Shelf:
    """A server of files, some of which misbehave."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        self.asked.append(name)
        match name:
            case "gone":
                raise web.HTTPNotFound
            case "sometimes" if self.asked.count(name) < 2:
                raise web.HTTPBadGateway
            case "never":
                raise web.HTTPBadGateway
            case "endless":
                return await self._without_end(request)
            case "silent":
                await asyncio.sleep(5)
        return web.Response(body=name.encode())

    async def _without_end(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(10_000):
            await response.write(bytes(1000))
        return response


def nowhere() -> Outside:
    """Follows no link."""
    return Outside(hosts=[], own=[], most=LIMIT)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
async def address(shelf: Shelf) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/{name}", shelf.answer)
    async with TestServer(app) as server:
        yield f"http://127.0.0.1:{server.port}"


@pytest.fixture
async def intake(storage: Storage) -> AsyncIterator[Intake]:
    intake = Intake(most=LIMIT, outside=nowhere(), storage=storage, patience=3)
    yield intake
    await intake.close()


def candidate(address: str, name: str, *, file: str = "a.png", size: int = 10) -> Candidate:
    return Candidate(file, None, size, f"{address}/{name}")


async def test_the_bytes_arrive(intake: Intake, address: str) -> None:
    assert await intake.fetch(candidate(address, "cat")) == b"cat"


@pytest.mark.parametrize(
    ("name", "kind", "claims"),
    [
        ("notes.txt", "text/plain", False),
        ("unnamed", "image/heic", True),
        ("holiday.JPG", None, True),
        ("holiday", None, False),
    ],
)
def test_a_file_claims_to_be_a_picture_by_kind_or_name(
    name: str, kind: str | None, claims: bool
) -> None:
    assert Candidate(name, kind, 10, "").looks_right == claims


async def test_a_file_declared_too_large_is_not_even_fetched(
    intake: Intake, address: str, shelf: Shelf
) -> None:
    with pytest.raises(Refusal, match=r"up to .* yours has 30 MB"):
        await intake.fetch(candidate(address, "cat", size=30 * 2**20))
    assert shelf.asked == []


async def test_a_file_larger_than_declared_is_cut_off(intake: Intake, address: str) -> None:
    with pytest.raises(Refusal, match="Post a smaller one"):
        await intake.fetch(candidate(address, "endless"))


async def test_a_picture_that_is_gone_is_to_be_posted_again(
    intake: Intake, address: str, shelf: Shelf
) -> None:
    with pytest.raises(Refusal, match="Post it again"):
        await intake.fetch(candidate(address, "gone"))
    assert shelf.asked == ["gone"]


async def test_a_passing_trouble_is_tried_again(intake: Intake, address: str) -> None:
    assert await intake.fetch(candidate(address, "sometimes")) == b"sometimes"


async def test_a_lasting_trouble_is_told(intake: Intake, address: str, shelf: Shelf) -> None:
    with pytest.raises(Refusal, match="Try again"):
        await intake.fetch(candidate(address, "never"))
    assert len(shelf.asked) == 3


async def test_a_server_that_says_nothing_is_given_up(address: str, storage: Storage) -> None:
    intake = Intake(most=LIMIT, outside=nowhere(), storage=storage, patience=0.2)
    try:
        with pytest.raises(Refusal, match="too long"):
            await intake.fetch(candidate(address, "silent"))
    finally:
        await intake.close()


async def test_a_server_that_is_not_there_is_told(intake: Intake) -> None:
    with pytest.raises(Refusal, match="Try again"):
        await intake.fetch(candidate("http://127.0.0.1:9", "cat"))


async def test_a_link_that_somebody_typed_is_not_followed_like_the_chats_own(
    intake: Intake, address: str, shelf: Shelf
) -> None:
    typed = Candidate("cat.png", None, 0, f"{address}/cat", typed=True)
    with pytest.raises(Refusal, match="don't follow"):
        await intake.fetch(typed)
    assert shelf.asked == []


async def test_what_is_stored_is_taken_from_there(intake: Intake, storage: Storage) -> None:
    await storage.put("inputs/one", b"a picture")
    assert await intake.fetch(Stored("inputs/one")) == b"a picture"


async def test_what_isnt_kept_any_more_is_fetched_if_it_was_posted(
    intake: Intake, address: str
) -> None:
    posted = candidate(address, "cat")
    assert await intake.fetch(Stored("inputs/gone", instead=posted)) == await intake.fetch(posted)
    with pytest.raises(Refusal, match="I don't have that picture any more"):
        await intake.fetch(Stored("inputs/gone"))


def test_a_spoiler_is_known_by_its_name() -> None:
    assert Candidate("SPOILER_cat.png", None, 0, "").spoiler
    assert not Candidate("cat_SPOILER_.png", None, 0, "").spoiler
