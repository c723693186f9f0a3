"""Where links lead and where they don't, over real sockets; names are looked up as a test says."""

import socket
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.errors import Refusal
from bot.outside import Outside, TooManyBytes, is_public

LIMIT = 1000


class Host:
    """A host of pictures, and of traps."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        self.asked.append(name)
        match name:
            case "gone":
                raise web.HTTPNotFound
            case "page":
                return web.Response(text="<html>", content_type="text/html")
            case "large":
                return web.Response(body=bytes(LIMIT + 1))
            case "round":
                raise web.HTTPFound("/round")
            case "away":
                return web.Response(status=302, headers={"Location": request.query["to"]})
        return web.Response(body=name.encode(), content_type="image/png")


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
async def address(host: Host) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/{name}", host.answer)
    async with TestServer(app) as server:
        yield f"http://127.0.0.1:{server.port}"


@pytest.fixture
async def own(address: str) -> AsyncIterator[Outside]:
    """Knows the host as the chat's own, and no other but pictures.example."""
    outside = Outside(hosts=["pictures.example"], own=[f"{address}/somewhere"], most=LIMIT)
    yield outside
    await outside.close()


@pytest.fixture
async def anywhere() -> AsyncIterator[Outside]:
    """Goes to every host."""
    outside = Outside(hosts=["*"], own=[], most=LIMIT)
    yield outside
    await outside.close()


async def test_the_chats_own_host_may_be_private(own: Outside, address: str) -> None:
    assert await own.fetch(f"{address}/cat") == b"cat"


@pytest.mark.parametrize(
    ("name", "sentence"), [("gone", "leads nowhere"), ("page", "a page"), ("round", "nowhere")]
)
async def test_what_is_no_picture_is_told(
    own: Outside, address: str, name: str, sentence: str
) -> None:
    with pytest.raises(Refusal, match=sentence):
        await own.fetch(f"{address}/{name}")


async def test_more_than_is_accepted_is_not_read(own: Outside, address: str) -> None:
    with pytest.raises(TooManyBytes):
        await own.fetch(f"{address}/large")


async def test_a_redirect_leads_on_only_where_a_link_may(own: Outside, address: str) -> None:
    assert await own.fetch(f"{address}/away?to=/cat") == b"cat"
    for elsewhere in ("http://elsewhere.example/cat", "file:///etc/passwd", "//[", ""):
        with pytest.raises(Refusal):
            await own.fetch(f"{address}/away?to={elsewhere}")


@pytest.mark.parametrize(
    "link",
    [
        "http://elsewhere.example/cat.png",
        "http://pictures.example.elsewhere.example/cat.png",
        "http://notpictures.example/cat.png",
        "http://pictures.example:8080/cat.png",
        "http://pictures.example@elsewhere.example/cat.png",
        "http://somebody@pictures.example/cat.png",
        "ftp://pictures.example/cat.png",
        "file:///etc/passwd",
        "//pictures.example/cat.png",
        "http://",
        "http://[::1",
        "http://pictures.example:99999/",
        "cat.png",
    ],
)
async def test_links_elsewhere_are_refused(own: Outside, link: str) -> None:
    assert not own.allows(link)
    with pytest.raises(Refusal, match=r"pictures\.example"):
        await own.fetch(link)


def test_hosts_are_allowed_with_their_subdomains(own: Outside) -> None:
    assert own.allows("https://pictures.example/cat.png")
    assert own.allows("https://i.PICTURES.example./cat.png")


@pytest.mark.parametrize("literal", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"])
async def test_no_socket_is_opened_to_a_private_address(
    anywhere: Outside, monkeypatch: pytest.MonkeyPatch, literal: str
) -> None:
    opened: list[object] = []
    real = socket.socket

    def watched(*args: Any, **kwargs: Any) -> socket.socket:
        opened.append(args)
        return real(*args, **kwargs)

    monkeypatch.setattr("bot.outside.socket.socket", watched)
    with pytest.raises(aiohttp.ClientError, match="Cannot connect"):
        await anywhere.fetch(f"http://{literal}/cat")
    assert opened == []


async def test_a_name_that_means_a_private_address_is_not_connected_to(
    anywhere: Outside, host: Host, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it meant when somebody looked: what counts is what is connected to."""
    port = int(address.rpartition(":")[2])

    async def looked_up(*_args: Any, **_more: Any) -> list[dict[str, Any]]:
        return [
            {
                "hostname": "rebinding.example",
                "host": "127.0.0.1",
                "port": port,
                "family": socket.AF_INET,
                "proto": 0,
                "flags": 0,
            }
        ]

    monkeypatch.setattr(aiohttp.resolver.DefaultResolver, "resolve", looked_up)
    with pytest.raises(aiohttp.ClientError):
        await anywhere.fetch("http://rebinding.example/cat")
    assert host.asked == []


def test_what_is_public() -> None:
    private = (
        "127.0.0.1 10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1"
        " 255.255.255.255 :: ::1 ::127.0.0.1 ::ffff:10.0.0.1 fe80::1%eth0 fec0::1 fd00::1 ff02::1"
        " 2002:7f00:1:: 64:ff9b::a00:1 2001:0:1::1"
    )
    public = "8.8.8.8 1.1.1.1 2606:4700:4700::1111 64:ff9b::808:808 ::ffff:8.8.8.8"
    assert [address for address in private.split() if is_public(address)] == []
    assert [address for address in public.split() if not is_public(address)] == []
