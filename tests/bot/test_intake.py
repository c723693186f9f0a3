"""Which file is taken, and what becomes of its bytes, over real sockets."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.errors import Refusal
from bot.intake import Candidate, Intake

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
async def intake() -> AsyncIterator[Intake]:
    intake = Intake(most=LIMIT, patience=3)
    yield intake
    await intake.close()


def candidate(address: str, name: str, *, file: str = "a.png", size: int = 10) -> Candidate:
    return Candidate(file, None, size, f"{address}/{name}")


async def test_the_bytes_arrive(intake: Intake, address: str) -> None:
    chosen = await intake.picture([candidate(address, "cat")])
    assert chosen.data == b"cat"
    assert chosen.remark == ""


async def test_the_first_that_claims_to_be_a_picture_is_taken(intake: Intake, address: str) -> None:
    chosen = await intake.picture(
        [
            candidate(address, "text", file="notes.txt"),
            Candidate("unnamed", "image/heic", 10, f"{address}/photo"),
            candidate(address, "later", file="later.JPG"),
        ]
    )
    assert chosen.data == b"photo"
    assert "first of your 2 pictures" in chosen.remark


async def test_a_file_that_claims_nothing_is_taken_where_nothing_better_is(
    intake: Intake, address: str
) -> None:
    chosen = await intake.picture([candidate(address, "text", file="picture")])
    assert chosen.data == b"text"


async def test_a_file_declared_too_large_is_not_even_fetched(
    intake: Intake, address: str, shelf: Shelf
) -> None:
    with pytest.raises(Refusal, match=r"up to .* yours has 30 MB"):
        await intake.picture([candidate(address, "cat", size=30 * 2**20)])
    assert shelf.asked == []


async def test_a_file_larger_than_declared_is_cut_off(intake: Intake, address: str) -> None:
    with pytest.raises(Refusal, match="Post a smaller one"):
        await intake.picture([candidate(address, "endless")])


async def test_a_picture_that_is_gone_is_to_be_posted_again(
    intake: Intake, address: str, shelf: Shelf
) -> None:
    with pytest.raises(Refusal, match="Post it again"):
        await intake.picture([candidate(address, "gone")])
    assert shelf.asked == ["gone"]


async def test_a_passing_trouble_is_tried_again(intake: Intake, address: str) -> None:
    assert (await intake.picture([candidate(address, "sometimes")])).data == b"sometimes"


async def test_a_lasting_trouble_is_told(intake: Intake, address: str, shelf: Shelf) -> None:
    with pytest.raises(Refusal, match="Try again"):
        await intake.picture([candidate(address, "never")])
    assert len(shelf.asked) == 3


async def test_a_server_that_says_nothing_is_given_up(address: str) -> None:
    intake = Intake(most=LIMIT, patience=0.2)
    try:
        with pytest.raises(Refusal, match="too long"):
            await intake.picture([candidate(address, "silent")])
    finally:
        await intake.close()


async def test_a_server_that_is_not_there_is_told(intake: Intake) -> None:
    with pytest.raises(Refusal, match="Try again"):
        await intake.picture([candidate("http://127.0.0.1:9", "cat")])
