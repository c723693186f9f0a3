"""A wire to PostgreSQL that can be cut just after a commit has passed over it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit, urlunsplit


class Severed:
    """When the wire is cut, and whether it was."""

    def __init__(self) -> None:
        self._commits_left: int | None = None
        self.happened = False
        self._for_good = False

    def arm(self, after: int, *, for_good: bool = False) -> None:
        """Cut it as the answer to that many commits from now comes back."""
        self._commits_left = after
        self._for_good = for_good

    @property
    def closed(self) -> bool:
        """Whether nobody gets through any more."""
        return self.happened and self._for_good

    def notice(self, sent: bytes) -> bool:
        """Whether the answer to what was just sent is to be lost."""
        if self._commits_left is None or b"COMMIT;" not in sent:
            return False
        self._commits_left -= 1
        if self._commits_left == 0:
            self._commits_left = None
            self.happened = True
        return self.happened and self._commits_left is None


@asynccontextmanager
async def severed_at_commit(url: str) -> AsyncIterator[tuple[str, Severed]]:
    """The address of such a wire to that database, and what cuts it."""
    parts = urlsplit(url)
    severed = Severed()
    wires: set[asyncio.StreamWriter] = set()

    async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if severed.closed:
            writer.close()
            return
        far_reader, far_writer = await asyncio.open_connection(parts.hostname, parts.port or 5432)
        ends = {writer, far_writer}
        wires.update(ends)
        cut = asyncio.Event()

        async def there() -> None:
            while sent := await reader.read(65536):
                if severed.notice(sent):
                    cut.set()
                far_writer.write(sent)

        async def back() -> None:
            while answer := await far_reader.read(65536):
                if cut.is_set():
                    return
                writer.write(answer)

        ways = [asyncio.create_task(there()), asyncio.create_task(back())]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        for end in ends:
            end.close()
            with suppress(OSError):
                await end.wait_closed()

    server = await asyncio.start_server(join, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    user = f"{parts.username}:{parts.password}@" if parts.password else f"{parts.username}@"
    try:
        yield urlunsplit(parts._replace(netloc=f"{user}127.0.0.1:{port}")), severed
    finally:
        server.close()
        for wire in wires:
            wire.close()
        await server.wait_closed()
        await asyncio.sleep(0.05)
