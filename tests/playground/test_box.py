"""The box itself: where it listens, whom it answers."""

import asyncio

import aiohttp
import httpx
import pytest

from bot.playground import DiscordBox, PortTaken
from tests.playground.conftest import Hand, listening


async def test_every_start_has_tokens_of_its_own() -> None:
    first, second = DiscordBox(), DiscordBox()
    tokens = [box.bot_token for box in (first, second)]
    tokens += [person.token for box in (first, second) for person in box.persons]
    assert len(set(tokens)) == 12


async def test_a_busy_port_is_one_clear_sentence(box: DiscordBox) -> None:
    port = int(box.page.rstrip("/").rsplit(":", 1)[1])
    with pytest.raises(
        PortTaken, match=f"can't listen on 127.0.0.1:{port} .*PLAYGROUND_PORT=0 make run"
    ):
        await DiscordBox(port=port).start()


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1", ""])
async def test_a_foreign_name_for_the_box_is_refused(box: DiscordBox, host: str) -> None:
    async with httpx.AsyncClient() as client:
        for path in ("", "playground/me", "api/v10/gateway", "playground/control"):
            answer = await client.get(f"{box.page}{path}", headers={"Host": host})
            assert answer.status_code in (400, 403)
            assert "token" not in answer.text


async def test_localhost_is_the_box_too(box: DiscordBox) -> None:
    port = box.page.rstrip("/").rsplit(":", 1)[1]
    async with httpx.AsyncClient() as client:
        answer = await client.get(box.page, headers={"Host": f"localhost:{port}"})
    assert answer.status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "http://localhost:1", "null"])
async def test_another_page_gets_nothing(box: DiscordBox, ada: Hand, origin: str) -> None:
    headers = {"Origin": origin}
    path = f"{ada.channel}/messages"
    assert (await ada.ask("POST", path, json={"content": "x"}, headers=headers)).status_code == 403
    async with httpx.AsyncClient() as client:
        for target in ("playground/me", "playground/control"):
            answer = await client.post(f"{box.page}{target}", json={}, headers=headers)
            assert answer.status_code == 403
        crossed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
        answer = await client.get(f"{box.page}playground/me", headers=crossed)
        assert answer.status_code == 403
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(box.gateway, headers=headers)
    assert await ada.messages() == []


async def test_its_own_page_gets_what_it_asks_for(box: DiscordBox, ada: Hand) -> None:
    headers = {"Origin": box.page.rstrip("/"), "Sec-Fetch-Site": "same-origin"}
    answer = await ada.ask(
        "POST", f"{ada.channel}/messages", json={"content": "x"}, headers=headers
    )
    assert answer.status_code == 200


async def test_closing_ends_every_connection_and_frees_the_port() -> None:
    box = DiscordBox()
    await box.start()
    async with listening(box, box.persons[0].token) as listener:
        began = asyncio.get_running_loop().time()
        await box.close()
        assert asyncio.get_running_loop().time() - began < 3
        await listener.socket.receive(timeout=5)
        assert listener.socket.closed
    port = int(box.page.rstrip("/").rsplit(":", 1)[1])
    async with DiscordBox(port=port):
        pass


async def test_a_bot_without_commands_is_ready_too(box: DiscordBox) -> None:
    async with listening(box, box.bot_token, intents=1):
        await asyncio.wait_for(box.bot_ready(), 6)


async def test_a_bot_that_is_not_there_is_not_ready(box: DiscordBox) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(box.bot_ready(), 0.2)
