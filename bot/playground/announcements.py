"""Who is told of an event, and how much of it."""

from dataclasses import dataclass

from bot.playground.permissions import Permission
from bot.playground.sessions import Intent, Session
from bot.playground.state import Channel, World
from bot.playground.wire import Json

_DIRECT = {
    Intent.GUILD_MESSAGES: Intent.DIRECT_MESSAGES,
    Intent.GUILD_MESSAGE_REACTIONS: Intent.DIRECT_MESSAGE_REACTIONS,
    Intent.GUILD_MESSAGE_TYPING: Intent.DIRECT_MESSAGE_TYPING,
}
_CONTENT = {"content": "", "embeds": [], "attachments": [], "components": []}


@dataclass(frozen=True)
class Audience:
    """Who may know of an event.

    Attributes:
        channel: Only those who see it.
        intent: Bots need it (its counterpart for direct messages in those); persons don't.
        only: That one person and nobody else.
        bot: The bot and nobody else.
    """

    channel: Channel | None = None
    intent: Intent | None = None
    only: int | None = None
    bot: bool = False

    def includes(self, session: Session, world: World) -> bool:
        """Whether a session is told."""
        user, channel = session.user, self.channel
        if self.only is not None and user.id != self.only:
            return False
        if self.bot and not user.bot:
            return False
        if channel is not None and not world.may(user, channel, Permission.VIEW_CHANNEL):
            return False
        return not user.bot or (self._right_shard(session, world) and self._asked_for(session))

    def _right_shard(self, session: Session, world: World) -> bool:
        direct = self.channel is not None and self.channel.direct
        number, count = session.shard
        return (0 if direct else (world.guild_id >> 22) % count) == number

    def _asked_for(self, session: Session) -> bool:
        if self.intent is None:
            return True
        direct = self.channel is not None and self.channel.direct
        return bool(session.intents & (_DIRECT[self.intent] if direct else self.intent))


def without_content(name: str, data: Json, session: Session, world: World) -> Json:
    """What a session gets of a message: without the intent a bot gets no one else's words."""
    if name not in ("MESSAGE_CREATE", "MESSAGE_UPDATE") or not session.user.bot:
        return data
    if session.intents & Intent.MESSAGE_CONTENT:
        return data
    return blanked(data, world)


def blanked(data: Json, world: World) -> Json:
    """A message as a bot without the message-content intent may have it."""
    if isinstance(data.get("referenced_message"), dict):
        data = {**data, "referenced_message": blanked(data["referenced_message"], world)}
    bot = str(world.bot.id)
    own = data["author"]["id"] == bot or any(user["id"] == bot for user in data["mentions"])
    if own or world.channels[int(data["channel_id"])].direct:
        return data
    return {**data, **_CONTENT}
