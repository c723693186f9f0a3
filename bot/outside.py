"""Bytes from the world outside: behind links that people type, from public addresses only.

A link is a way to make this machine ask others for something, so each is held to four rules. Its
host is one of those that are allowed. Each socket is opened to a public address or not at all:
the check sits where sockets are made, after the name was looked up, so that what was checked is
what is connected to, however often the name changes its mind. Redirects are followed by hand,
each held to the same rules. What arrives is counted, never trusted to be as long as it says.

The only exception is the chat's own file host, which may stand on a private address.
"""

import socket
from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import aiohttp
import yarl
from aiohttp import hdrs

from bot.errors import Refusal
from bot.ui import words

REDIRECTS = 5
"""So many are followed."""

_REDIRECTING = {301, 302, 303, 307, 308}
_GONE = {401, 403, 404, 410}
_PORTS = {"http": 80, "https": 443}
_CARRIES_IPV4 = IPv6Network("64:ff9b::/96")
"""Addresses that lead through a translator to the IPv4 address in their last four bytes."""


class TooManyBytes(Refusal):
    """More than is accepted."""


class Outside:
    """Fetches what links lead to.

    Args:
        hosts: Names of hosts that are asked, their subdomains included; `*` for all.
        own: Addresses of the chat's own file host, of which scheme, host and port count.
        most: Bytes of the largest file that is accepted.
    """

    def __init__(self, *, hosts: Collection[str], own: Collection[str], most: int) -> None:
        self._hosts = {host.lower().strip(".") for host in hosts}
        self._own = {yarl.URL(address).origin() for address in own}
        self._most = most
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def close(self) -> None:
        """Close what connections are kept."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    def allows(self, link: str) -> bool:
        """Whether that link is one that would be followed."""
        url = _url(link)
        return url is not None and (self._is_own(url) or self._is_allowed(url))

    async def fetch(self, link: str) -> bytes:
        """The bytes behind a link.

        Raises:
            Refusal: It isn't allowed, leads nowhere, to a page, or to too much.
            aiohttp.ClientError, OSError: It can't be reached now.
        """
        url = _url(link)
        for _ in range(REDIRECTS + 1):
            if url is None or not self.allows(str(url)):
                raise Refusal(words.host_not_allowed(sorted(self._hosts)))
            session = self._session(self._is_own(url))
            async with session.get(url, allow_redirects=False) as response:
                if response.status not in _REDIRECTING:
                    return await self._read(response)
                url = _next(url, response.headers.get(hdrs.LOCATION, ""))
        raise Refusal(words.link_gone())

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        if response.status in _GONE:
            raise Refusal(words.link_gone())
        response.raise_for_status()
        if response.content_type == "text/html":
            raise Refusal(words.link_to_page())
        return await read(response, self._most)

    def _is_own(self, url: yarl.URL) -> bool:
        return url.origin() in self._own

    def _is_allowed(self, url: yarl.URL) -> bool:
        if url.user is not None or url.port != _PORTS[url.scheme]:
            return False
        name = (url.host or "").lower().rstrip(".")
        return "*" in self._hosts or any(
            name == host or name.endswith(f".{host}") for host in self._hosts
        )

    def _session(self, own: bool) -> aiohttp.ClientSession:
        if own not in self._sessions:
            connector = None if own else aiohttp.TCPConnector(socket_factory=_public_socket)
            # No cookies, no proxy of the surroundings: a proxy would look names up by itself.
            self._sessions[own] = aiohttp.ClientSession(
                connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
            )
        return self._sessions[own]


async def read(response: aiohttp.ClientResponse, most: int) -> bytes:
    """The body of a response.

    Raises:
        TooManyBytes: It is longer than `most` bytes.
    """
    data = bytearray()
    # The size that was declared is a claim: what arrives is counted.
    async for chunk in response.content.iter_chunked(2**16):
        data += chunk
        if len(data) > most:
            raise TooManyBytes(words.too_many_bytes(None, most))
    return bytes(data)


def is_public(address: str) -> bool:
    """Whether that IP address belongs to the internet and to nobody's own network."""
    found: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        translated = IPv4Address(found.packed[-4:]) if found in _CARRIES_IPV4 else None
        inner = found.ipv4_mapped or found.sixtofour or translated
        if inner is not None:
            return is_public(str(inner))
        if found.teredo is not None or found.is_site_local:
            return False
    return found.is_global and not found.is_multicast and not found.is_reserved


def _public_socket(info: aiohttp.AddrInfoType) -> socket.socket:
    family, kind, protocol, _, address = info
    if not is_public(str(address[0])):
        raise OSError(f"not a public address: {address[0]}")
    return socket.socket(family, kind, protocol)


def _next(url: yarl.URL, location: str) -> yarl.URL | None:
    try:
        return url.join(yarl.URL(location)) if location else None
    except ValueError:
        return None


def _url(link: str) -> yarl.URL | None:
    """An absolute link of the web, or nothing."""
    try:
        url = yarl.URL(link)
        # The port is read here, where one that can't be is noticed.
        return url if url.scheme in _PORTS and url.host and url.port else None
    except ValueError:
        return None
