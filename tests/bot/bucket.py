"""A bucket on an S3 server on a socket, which is slow, broken or away when a test says so."""

import asyncio
import re
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from aiohttp import ClientSession, web

HANGS = -1
BREAKS_OFF = -2
"""Troubles besides statuses of HTTP: no answer ever, and one that ends halfway."""


@contextmanager
def s3_server(folder: Path) -> Iterator[str]:
    """The address of a server that keeps everything in memory."""
    log = folder / "s3.log"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
    with log.open("wb") as file, subprocess.Popen(command, stderr=file, stdout=file) as server:
        try:
            until = time.monotonic() + 60
            while (found := re.search(r"http://127\.0\.0\.1:\d+", log.read_text())) is None:
                assert server.poll() is None, log.read_text()
                assert time.monotonic() < until, log.read_text()
                time.sleep(0.05)
            yield found[0]
        finally:
            server.kill()


class Bucket:
    """A bucket behind a door of its own.

    Attributes:
        address: As the bot's setting names it.
        troubles: What the next requests meet, one each: a status, or one of those above.
        away: As long as it is set, all requests end in that trouble.
        unreadable: The end of a path that can't be read.
        requests: Method and path of those that came, oldest first.
    """

    def __init__(self, server: str, name: str) -> None:
        self.address = f"s3://{name}/some/where"
        self.troubles: deque[int] = deque()
        self.away: int | None = None
        self.unreadable: str | None = None
        self.requests: list[tuple[str, str]] = []
        self._server = server
        self._name = name
        self._session = ClientSession(auto_decompress=False)
        app = web.Application(client_max_size=2**30)
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)

    async def open(self) -> str:
        """Make the bucket; the address of its door."""
        async with self._session.put(f"{self._server}/{self._name}") as made:
            assert made.status == 200, await made.text()
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    async def fill(self, keys: Iterable[str]) -> None:
        """Put something under all those keys, past the door."""
        for key in keys:
            async with self._session.put(f"{self._server}/{self._name}/{key}", data=b"x") as made:
                assert made.status == 200

    async def close(self) -> None:
        await self._runner.cleanup()
        await self._session.close()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.requests.append((request.method, request.path))
        trouble = self.away or (self.troubles.popleft() if self.troubles else None)
        if self.unreadable and request.method == "GET" and request.path.endswith(self.unreadable):
            trouble = 403
        if trouble == HANGS:
            await asyncio.sleep(600)
        if trouble is not None and trouble > 0:
            return web.Response(status=trouble)
        kept = {k: v for k, v in request.headers.items() if k.lower() not in ("host", "connection")}
        async with self._session.request(
            request.method, f"{self._server}{request.raw_path}", data=body, headers=kept
        ) as found:
            data = await found.read()
            headers = {
                k: v
                for k, v in found.headers.items()
                if k.lower() not in ("content-length", "transfer-encoding", "connection", "server")
            }
            if trouble == BREAKS_OFF:
                return await self._break_off(request, data, headers)
            answer = web.Response(status=found.status, headers=headers, body=data)
            if request.method == "HEAD":
                answer.headers["Content-Length"] = found.headers.get("Content-Length", "0")
            return answer

    async def _break_off(
        self, request: web.Request, data: bytes, headers: dict[str, str]
    ) -> web.StreamResponse:
        answer = web.StreamResponse(headers={**headers, "Content-Length": str(len(data))})
        await answer.prepare(request)
        await answer.write(data[: len(data) // 2])
        assert request.transport is not None
        request.transport.close()
        return answer
