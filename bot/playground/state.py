"""The playground's world: people, places and what was said, in memory."""

import base64
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bot.playground.files import Files, StoredFile
from bot.playground.permissions import ALL, EVERYONE, MODERATOR, Permission
from bot.playground.snowflakes import Snowflakes
from bot.playground.wire import BOOSTED_FILE_BYTES, EPHEMERAL, FILE_BYTES, Json, same_secret

TEXT_CHANNEL = 0
DIRECT_MESSAGE = 1


@dataclass
class User:
    """A person or the bot."""

    id: int
    name: str
    display_name: str
    bot: bool
    token: str
    joined_at: float
    roles: tuple[int, ...] = ()
    locale: str = "en-US"
    nick: str | None = None


@dataclass
class Role:
    """A role of the guild; the one with the guild's id is everyone's."""

    id: int
    name: str
    permissions: int
    position: int
    colour: int = 0
    managed: bool = False


@dataclass
class Overwrite:
    """What one member is allowed and denied in one channel."""

    allow: int = 0
    deny: int = 0


@dataclass
class Channel:
    """A text channel of the guild, or a direct message between two."""

    id: int
    type: int
    name: str = ""
    topic: str = ""
    position: int = 0
    recipients: tuple[int, ...] = ()
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    messages: dict[int, "Message"] = field(default_factory=dict)
    last_message_id: int | None = None

    @property
    def direct(self) -> bool:
        """Whether it is a direct message."""
        return self.type == DIRECT_MESSAGE


@dataclass
class Message:
    """A message as it stands now.

    Attributes:
        embeds: As Discord gives them, own files by their `attachment_id`.
        components: The same.
        reactions: Ids of who reacted, in order, by emoji.
        seen_by: The one person who sees an ephemeral message.
        interaction: Metadata of the interaction that it answers.
    """

    id: int
    channel_id: int
    author_id: int
    created_at: float
    type: int = 0
    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[StoredFile] = field(default_factory=list)
    flags: int = 0
    nonce: str | int | None = None
    tts: bool = False
    reference: Json | None = None
    mentions: tuple[int, ...] = ()
    mention_roles: tuple[int, ...] = ()
    mention_everyone: bool = False
    edited_at: float | None = None
    reactions: dict[str, list[int]] = field(default_factory=dict)
    seen_by: int | None = None
    interaction: Json | None = None
    of_application: bool = False

    @property
    def ephemeral(self) -> bool:
        """Whether one person alone sees it."""
        return bool(self.flags & EPHEMERAL)


@dataclass
class Command:
    """An application command as the bot registered it; `guild_id` None for a global one."""

    id: int
    version: int
    guild_id: int | None
    body: Json


class World:
    """One guild, its people, its bot, and everything said there.

    Attributes:
        unreachable: Ids of people who take no direct messages.
        message_content: Whether the bot's application may ask for what messages say.
        token_seconds: How long an interaction's token lives.
        answer_seconds: How long an interaction waits for its first answer.
        nonce_seconds: How long a message's nonce is remembered.
        boosts: The guild's level, 0 to 3, on which depends how large its files may be.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.now = clock
        self.snowflakes = Snowflakes(clock)
        self.files = Files(self.snowflakes.next, clock)
        self.message_content = True
        self.unreachable: set[int] = set()
        self.token_seconds = 15 * 60.0
        self.answer_seconds = 3.0
        self.nonce_seconds = 300.0
        self.boosts = 0
        self.created_at = clock()
        self.guild_id = self.snowflakes.next()
        self.guild_name = "The Dream House"
        self.roles: dict[int, Role] = {}
        self.users: dict[int, User] = {}
        self.channels: dict[int, Channel] = {}
        self.commands: dict[int, Command] = {}
        self._people()
        self._rooms()

    def _people(self) -> None:
        self.roles[self.guild_id] = Role(self.guild_id, "@everyone", EVERYONE, 0)
        moderator = self._role("Moderator", MODERATOR, 2, 0xF2B880)
        dreamer = self._role("Dreambot", EVERYONE, 1, 0x9D8CFF, managed=True)
        self.bot = self._user("Dreambot", "Dreambot", (dreamer.id,), bot=True)
        self.people = [
            self._user("ada", "Ada"),
            self._user("grace", "Grace", (moderator.id,)),
            self._user("linus", "Linus"),
            self._user("barbara", "Barbara"),
            self._user("edsger", "Edsger"),
        ]
        self.owner_id = self.people[1].id

    def _rooms(self) -> None:
        self.dreams = self.room("dreams", "Post a picture with !dream and watch it dream.")
        self.lounge = self.room("lounge", "Talk about what you saw.")

    def _role(
        self, name: str, permissions: int, position: int, colour: int, *, managed: bool = False
    ) -> Role:
        role = Role(self.snowflakes.next(), name, permissions, position, colour, managed)
        self.roles[role.id] = role
        return role

    def _user(
        self, name: str, display: str, roles: tuple[int, ...] = (), *, bot: bool = False
    ) -> User:
        snowflake = self.snowflakes.next()
        user = User(snowflake, name, display, bot, _token(snowflake), self.now(), roles)
        self.users[user.id] = user
        return user

    def admit(self, name: str) -> User:
        """Somebody new in the guild."""
        return self._user(name.lower(), name)

    def room(self, name: str, topic: str = "") -> Channel:
        """A new channel of the guild, the last in order."""
        position = sum(not channel.direct for channel in self.channels.values())
        channel = Channel(self.snowflakes.next(), TEXT_CHANNEL, name, topic, position)
        self.channels[channel.id] = channel
        return channel

    def file_bytes(self, channel: Channel | None = None) -> int:
        """Most bytes of a file there; in a guild's channel if none is named."""
        direct = channel is not None and channel.direct
        return FILE_BYTES if direct else BOOSTED_FILE_BYTES[self.boosts]

    def by_token(self, token: str) -> User | None:
        """Whose token it is."""
        return next((u for u in self.users.values() if same_secret(u.token, token)), None)

    def direct(self, one: User, other: User) -> Channel:
        """The direct messages between two, opened if need be."""
        pair = tuple(sorted((one.id, other.id)))
        for channel in self.channels.values():
            if channel.direct and channel.recipients == pair:
                return channel
        channel = Channel(self.snowflakes.next(), DIRECT_MESSAGE, recipients=pair)
        self.channels[channel.id] = channel
        return channel

    def guild_channels(self) -> Iterator[Channel]:
        """The guild's channels, in order."""
        rooms = [channel for channel in self.channels.values() if not channel.direct]
        return iter(sorted(rooms, key=lambda channel: channel.position))

    def permissions(self, user: User, channel: Channel | None = None) -> int:
        """What somebody may do in a channel, or in the guild at large."""
        if channel is not None and channel.direct:
            return EVERYONE if user.id in channel.recipients else 0
        if user.id == self.owner_id:
            return ALL
        granted = self.roles[self.guild_id].permissions
        for role in user.roles:
            granted |= self.roles[role].permissions
        if granted & Permission.ADMINISTRATOR:
            return ALL
        overwrite = channel.overwrites.get(user.id) if channel else None
        if overwrite is not None:
            granted = granted & ~overwrite.deny | overwrite.allow
        return granted if channel is None or granted & Permission.VIEW_CHANNEL else 0

    def may(self, user: User, channel: Channel, permission: Permission) -> bool:
        """Whether somebody may do that in that channel."""
        return bool(self.permissions(user, channel) & permission)

    def message(self, channel_id: int, message_id: int, viewer: User) -> Message | None:
        """A message that this viewer may see."""
        channel = self.channels.get(channel_id)
        message = channel.messages.get(message_id) if channel else None
        if message is None or (message.seen_by is not None and message.seen_by != viewer.id):
            return None
        return message


def _token(snowflake: int) -> str:
    owner = base64.urlsafe_b64encode(str(snowflake).encode()).decode().rstrip("=")
    return f"{owner}.{secrets.token_urlsafe(5)[:6]}.{secrets.token_urlsafe(28)}"
