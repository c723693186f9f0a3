"""The gateway: web sockets on which sessions are opened, kept alive and resumed."""

import asyncio
import json
import logging
from contextlib import suppress

from aiohttp import WSMsgType, web

from bot.playground.announcements import Audience, without_content
from bot.playground.compression import stream
from bot.playground.payloads import Payloads
from bot.playground.sessions import RESUMABLE_SECONDS, Connection, Intent, Session
from bot.playground.state import Channel, User, World
from bot.playground.wire import Json

_log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 41.25
# discord.py notes when it sent a heartbeat only after sending: an answer that is there before,
# as from no real network, makes it warn of a connection that is 41 seconds behind.
_ACK_SECONDS = 0.05
_HEARTBEAT, _IDENTIFY, _PRESENCE, _RESUME, _MEMBERS = 1, 2, 3, 6, 8
_RECONNECT, _INVALID, _HELLO, _ACK = 7, 9, 10, 11


class _Closed(Exception):
    """The client did what ends its connection; carries Discord's close code."""


class Gateway:
    """Holds the sessions and tells each what it may know.

    Attributes:
        address: Its own.
        bot_arrived: Set while the bot is connected and knows its guild.
    """

    def __init__(self, world: World, payloads: Payloads, address: str) -> None:
        self._world = world
        self._payloads = payloads
        self.address = address
        self._sessions: dict[str, Session] = {}
        self._handlers: set[asyncio.Task[None]] = set()
        self.bot_arrived = asyncio.Event()

    # Telling

    def announce(self, name: str, data: Json, to: Audience) -> None:
        """Tell an event to every session that may know of it."""
        self._forget_the_gone()
        for session in self._sessions.values():
            if to.includes(session, self._world):
                session.dispatch(name, without_content(name, data, session, self._world))

    def announce_channel(self, name: str, channel: Channel) -> None:
        """Tell that a channel came, changed or went."""
        audience = Audience(channel, None if channel.direct else Intent.GUILDS)
        self.announce(name, self._payloads.channel(channel), audience)

    def bots_here(self) -> int:
        """How many sessions of the bot are connected."""
        return sum(bool(s.user.bot and s.connection) for s in self._sessions.values())

    def disconnect(self, user: User, *, resumable: bool, abruptly: bool = False) -> int:
        """End somebody's connections; how many there were."""
        ended = 0
        for session in list(self._sessions.values()):
            if session.user.id != user.id or session.connection is None:
                continue
            connection, ended = session.connection, ended + 1
            if abruptly:
                # From now on nothing is heard on it, not even a goodbye that is on its way.
                connection.close(1006, abruptly=True)
                self._leave(session, connection, None)
            if not resumable:
                del self._sessions[session.id]
            if not abruptly:
                op, data = (_RECONNECT, None) if resumable else (_INVALID, False)
                connection.send({"op": op, "d": data})
        return ended

    async def close(self) -> None:
        """End every connection."""
        for session in self._sessions.values():
            if session.connection is not None:
                session.connection.close(1001)
        if self._handlers:
            await asyncio.wait(self._handlers, timeout=2)

    # Listening

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve one web socket."""
        asked = request.query.get("compress")
        compress = stream(asked) if asked else None
        socket = web.WebSocketResponse(compress=False, max_msg_size=1 << 16, autoping=True)
        await socket.prepare(request)
        connection = Connection(socket, request.transport, compress)
        if (asked and compress is None) or request.query.get("encoding", "json") != "json":
            _log.error("The playground's gateway does not speak %s", request.query_string)
            connection.close(4002)
        elif request.query.get("v", "10") != "10":
            connection.close(4012)
        else:
            connection.send(
                {"op": _HELLO, "d": {"heartbeat_interval": int(HEARTBEAT_SECONDS * 1000)}}
            )
        writer = asyncio.create_task(connection.write())
        self._handlers.add(writer)
        writer.add_done_callback(self._handlers.discard)
        try:
            await self._listen(socket, connection)
        finally:
            connection.close(1000)
            with suppress(asyncio.CancelledError):
                await asyncio.wait({writer}, timeout=2)
            writer.cancel()
        return socket

    async def _listen(self, socket: web.WebSocketResponse, connection: Connection) -> None:
        session: Session | None = None
        farewell: int | None = None
        try:
            while True:
                frame = await socket.receive(timeout=HEARTBEAT_SECONDS * 1.5)
                if frame.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                    # A line that breaks says nothing; the socket's own code would be 1000 then.
                    farewell = frame.data if frame.type is WSMsgType.CLOSE else None
                    break
                session = self._hear(_read(frame.data), connection, session)
        except _Closed as closed:
            connection.close(closed.args[0])
        except TimeoutError:
            connection.close(4009)
        finally:
            if session is not None:
                self._leave(session, connection, farewell)

    def _hear(self, frame: Json, connection: Connection, session: Session | None) -> Session | None:
        kind, data = frame.get("op"), frame.get("d")
        if kind == _HEARTBEAT:
            answer = {"op": _ACK, "d": None}
            asyncio.get_running_loop().call_later(_ACK_SECONDS, connection.send, answer)
            return session
        if kind == _IDENTIFY:
            if session is not None and session.id in self._sessions:
                raise _Closed(4005)
            return self._identify(data if isinstance(data, dict) else {}, connection)
        if kind == _RESUME:
            return self._resume(data if isinstance(data, dict) else {}, connection)
        if session is None:
            raise _Closed(4003)
        if kind == _MEMBERS and isinstance(data, dict):
            self._members(data, session)
        elif kind != _PRESENCE:
            _log.error("The playground's gateway does not implement opcode %s", kind)
            raise _Closed(4001)
        return session

    def _identify(self, data: Json, connection: Connection) -> Session:
        user = self._world.by_token(str(data.get("token", "")).removeprefix("Bot ").strip())
        if user is None:
            raise _Closed(4004)
        shard, intents = data.get("shard", [0, 1]), data.get("intents", -1)
        if not _is_shard(shard):
            raise _Closed(4010)
        if user.bot:
            self._check_intents(intents)
        session = Session(user, intents, (shard[0], shard[1]))
        session.connection = connection
        was_away = not self.bots_here()
        self._sessions[session.id] = session
        session.dispatch(
            "READY", self._payloads.ready(user, session.id, self.address, session.shard)
        )
        if (self._world.guild_id >> 22) % session.shard[1] == session.shard[0]:
            self._welcome(session)
        if user.bot and was_away:
            self._announce_presence()
        return session

    def _welcome(self, session: Session) -> None:
        guild = self._payloads.guild_create(session.user)
        if session.user.bot:
            self.bot_arrived.set()
        else:
            guild["presences"] = [self._bot_presence()]
        session.dispatch("GUILD_CREATE", guild)

    def _check_intents(self, intents: object) -> None:
        if not isinstance(intents, int) or intents < 0:
            raise _Closed(4013)
        asked = Intent.GUILD_MEMBERS | Intent.GUILD_PRESENCES
        if not self._world.message_content:
            asked |= Intent.MESSAGE_CONTENT
        if intents & asked:
            _log.error("The bot asks for privileged intents that its portal has not switched on")
            raise _Closed(4014)

    def _resume(self, data: Json, connection: Connection) -> Session | None:
        self._forget_the_gone()
        session = self._sessions.get(str(data.get("session_id")))
        token = str(data.get("token", "")).removeprefix("Bot ").strip()
        sequence = data.get("seq")
        if session is None or session.user.token != token or not isinstance(sequence, int):
            connection.send({"op": _INVALID, "d": False})
            return None
        was_away = not self.bots_here()
        if session.connection is not None:
            session.connection.close(4000)
        session.connection, session.left_at = connection, None
        if not session.replay(sequence):
            del self._sessions[session.id]
            session.connection = None
            connection.send({"op": _INVALID, "d": False})
            return None
        session.dispatch("RESUMED", {})
        if session.user.bot and was_away:
            self.bot_arrived.set()
            self._announce_presence()
        return session

    def _members(self, data: Json, session: Session) -> None:
        wanted = data.get("user_ids")
        numbers = {str(each) for each in (wanted if isinstance(wanted, list) else [wanted])}
        start = str(data.get("query") or "").lower()
        found = [
            user
            for user in self._world.users.values()
            if (str(user.id) in numbers if wanted else user.name.lower().startswith(start))
        ]
        chunk: Json = {
            "guild_id": str(self._world.guild_id),
            "members": [self._payloads.member(user) for user in found],
            "chunk_index": 0,
            "chunk_count": 1,
            "not_found": sorted(numbers - {str(user.id) for user in found}) if wanted else [],
        }
        if data.get("nonce"):
            chunk["nonce"] = data["nonce"]
        session.dispatch("GUILD_MEMBERS_CHUNK", chunk)

    def _leave(self, session: Session, connection: Connection, farewell: int | None) -> None:
        if session.connection is not connection:
            return
        session.connection, session.left_at = None, asyncio.get_running_loop().time()
        if farewell in (1000, 1001):
            # Whoever closes like this says goodbye: the session ends with the connection.
            self._sessions.pop(session.id, None)
        if session.user.bot and not self.bots_here():
            self.bot_arrived.clear()
            self._announce_presence()

    def _forget_the_gone(self) -> None:
        now = asyncio.get_running_loop().time()
        for session in list(self._sessions.values()):
            if session.left_at is not None and now - session.left_at > RESUMABLE_SECONDS:
                del self._sessions[session.id]

    def _announce_presence(self) -> None:
        audience = Audience(intent=Intent.GUILD_PRESENCES)
        self.announce("PRESENCE_UPDATE", self._bot_presence(), audience)

    def _bot_presence(self) -> Json:
        status = "online" if self.bots_here() else "offline"
        return {
            "user": {"id": str(self._world.bot.id)},
            "guild_id": str(self._world.guild_id),
            "status": status,
            "activities": [],
            "client_status": {"web": status} if self.bots_here() else {},
        }


def _is_shard(shard: object) -> bool:
    """Whether it is a number and a count that it can be one of."""
    if not isinstance(shard, list) or [type(each) for each in shard] != [int, int]:
        return False
    return bool(0 <= shard[0] < shard[1])


def _read(data: str | bytes) -> Json:
    try:
        frame = json.loads(data)
    except (ValueError, RecursionError):
        raise _Closed(4002) from None
    if not isinstance(frame, dict):
        raise _Closed(4002)
    return frame
