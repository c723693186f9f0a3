"""Sessions of the gateway: what each was sent, so that a lost connection misses nothing."""

import asyncio
import json
import secrets
from collections import deque
from enum import IntFlag

from aiohttp import WSCloseCode, web

from bot.playground.compression import Compress
from bot.playground.state import User
from bot.playground.wire import Json

_REPLAYED = 2000
# After so long without a connection a session can't be resumed.
RESUMABLE_SECONDS = 180.0


class Intent(IntFlag):
    """What a bot may ask to be told."""

    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_MESSAGE_REACTIONS = 1 << 10
    GUILD_MESSAGE_TYPING = 1 << 11
    DIRECT_MESSAGES = 1 << 12
    DIRECT_MESSAGE_REACTIONS = 1 << 13
    DIRECT_MESSAGE_TYPING = 1 << 14
    MESSAGE_CONTENT = 1 << 15


class Connection:
    """One web socket: frames go out in order, compressed if that was asked for."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        line: asyncio.Transport | None,
        compress: Compress | None = None,
    ) -> None:
        self._socket = socket
        self._line = line
        self._compress = compress
        self._frames: asyncio.Queue[str | tuple[int, bool]] = asyncio.Queue()

    def send(self, frame: Json) -> None:
        """Put a frame in line."""
        self._frames.put_nowait(json.dumps(frame, separators=(",", ":")))

    def close(self, code: int, *, abruptly: bool = False) -> None:
        """Put the closing in line, after every frame so far; or drop the line like a cut cable."""
        self._frames.put_nowait((code, abruptly))

    async def write(self) -> None:
        """Send what is in line, until the closing."""
        while True:
            frame = await self._frames.get()
            if isinstance(frame, tuple):
                code, abruptly = frame
                if abruptly and self._line is not None:
                    self._line.abort()
                await self._socket.close(code=code)
                return
            try:
                await self._write(frame)
            except (ConnectionError, RuntimeError):
                await self._socket.close(code=WSCloseCode.ABNORMAL_CLOSURE)
                return

    async def _write(self, frame: str) -> None:
        if self._compress is None:
            await self._socket.send_str(frame)
        else:
            await self._socket.send_bytes(self._compress(frame.encode()))


class Session:
    """Somebody's presence at the gateway, which outlives a connection.

    Attributes:
        left_at: When its connection was lost, in the loop's time; None while connected.
    """

    def __init__(self, user: User, intents: int, shard: tuple[int, int]) -> None:
        self.id = secrets.token_hex(16)
        self.user = user
        self.intents = intents
        self.shard = shard
        self.sequence = 0
        self.connection: Connection | None = None
        self.left_at: float | None = None
        self._sent: deque[Json] = deque(maxlen=_REPLAYED)

    def dispatch(self, name: str, data: Json) -> None:
        """Send an event, and keep it for a replay."""
        self.sequence += 1
        frame = {"op": 0, "t": name, "s": self.sequence, "d": data}
        self._sent.append(frame)
        if self.connection is not None:
            self.connection.send(frame)

    def replay(self, after: int) -> bool:
        """Send again what came after that sequence number; False where it is no longer known."""
        first = self._sent[0]["s"] if self._sent else self.sequence + 1
        if self.connection is None or after > self.sequence or after + 1 < first:
            return False
        for frame in list(self._sent):
            if frame["s"] > after:
                self.connection.send(frame)
        return True
