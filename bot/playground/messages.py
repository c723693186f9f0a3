"""Messages are written, rewritten and deleted, by whichever route."""

from dataclasses import dataclass, replace

from bot.playground.announcements import Audience
from bot.playground.chronicle import Act, Chronicle
from bot.playground.components import Kind, check_components, prepare, walk
from bot.playground.files import StoredFile
from bot.playground.gateway import Gateway
from bot.playground.media import Media
from bot.playground.mentions import mentions
from bot.playground.payloads import Payloads
from bot.playground.refusals import empty_message, invalid
from bot.playground.requests import Body, Upload
from bot.playground.rules import check_message
from bot.playground.sessions import Intent
from bot.playground.state import Channel, Message, User, World
from bot.playground.wire import (
    COMPONENTS_V2,
    EPHEMERAL,
    LOADING,
    SUPPRESS_EMBEDS,
    SUPPRESS_NOTIFICATIONS,
    Json,
    whole,
)

_REPLY = 19
_SETTABLE = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | COMPONENTS_V2


@dataclass(frozen=True)
class Answer:
    """That a message answers an interaction.

    Attributes:
        metadata: As messages carry it.
        seen_by: The one person who sees it, for an ephemeral one.
        type: Of the message: 20 for a slash command, 23 for a menu, 19 for others.
        source: The message that it stands under, for type 19.
    """

    metadata: Json
    seen_by: int | None
    type: int
    source: int | None = None


class Messages:
    """Writes messages into the world and announces them."""

    def __init__(
        self, world: World, payloads: Payloads, gateway: Gateway, chronicle: Chronicle
    ) -> None:
        self._world = world
        self._payloads = payloads
        self._gateway = gateway
        self._chronicle = chronicle
        self._nonces: dict[tuple[int, int, str], Message] = {}

    def post(
        self, author: User, channel: Channel, body: Body, answer: Answer | None = None
    ) -> Message:
        """Write a new message; one whose enforced nonce was used just now is that earlier one."""
        nonce = body.fields.get("nonce")
        key = (author.id, channel.id, str(nonce)) if nonce is not None else None
        if key and body.fields.get("enforce_nonce"):
            earlier = self._nonces.get(key)
            if earlier and self._world.now() - earlier.created_at < self._world.nonce_seconds:
                return channel.messages.get(earlier.id, earlier)
        message = self._blank(author, channel, flags_of(body.fields) & _SETTABLE, answer)
        message.nonce = nonce
        message.tts = bool(body.fields.get("tts"))
        if answer is None:
            self._refer(message, channel, body.fields)
        check_message(body.fields, len(body.uploads), flags=message.flags)
        message = self._filled(message, body, list(body.uploads), [])
        if key:
            self._forget_old_nonces()
            self._nonces[key] = message
        return self._place(message, channel)

    def think(self, author: User, channel: Channel, answer: Answer) -> Message:
        """Write the message that stands for an answer still to come."""
        return self._place(self._blank(author, channel, LOADING, answer), channel)

    def edit(self, message: Message, body: Body) -> Message:
        """Rewrite what the body names of a message."""
        asked = flags_of(body.fields) if body.fields.get("flags") is not None else message.flags
        # Components of the second kind stay: that flag can be set once and never taken off.
        lasting = message.flags & (COMPONENTS_V2 | EPHEMERAL)
        flags = lasting | asked & _SETTABLE
        kept = self._kept(message, body)
        check_message(body.fields, len(kept) + len(body.uploads), flags=flags)
        edited_at = message.edited_at if message.flags & LOADING else self._world.now()
        draft = replace(message, flags=flags, edited_at=edited_at, nonce=None)
        edited = self._filled(draft, body, list(body.uploads), kept)
        self._world.channels[message.channel_id].messages[message.id] = edited
        for stored in message.attachments:
            if stored not in edited.attachments:
                self._world.files.retire(stored)
        self._note("edit", edited)
        self._announce("MESSAGE_UPDATE", edited)
        return edited

    def delete(self, message: Message) -> None:
        """Delete a message."""
        channel = self._world.channels[message.channel_id]
        channel.messages.pop(message.id, None)
        self._note("delete", message)
        for stored in message.attachments:
            self._world.files.retire(stored)
        data: Json = {"id": str(message.id), "channel_id": str(channel.id)}
        if not channel.direct:
            data["guild_id"] = str(self._world.guild_id)
        self._gateway.announce("MESSAGE_DELETE", data, self._audience(message))

    def _forget_old_nonces(self) -> None:
        since = self._world.now() - self._world.nonce_seconds
        self._nonces = {key: m for key, m in self._nonces.items() if m.created_at > since}

    def _blank(self, author: User, channel: Channel, flags: int, answer: Answer | None) -> Message:
        number = self._world.snowflakes.next()
        message = Message(number, channel.id, author.id, self._world.now(), flags=flags)
        if answer is not None:
            message.interaction, message.type = answer.metadata, answer.type
            message.seen_by, message.of_application = answer.seen_by, True
            message.flags |= EPHEMERAL if answer.seen_by is not None else 0
            if answer.source is not None:
                self._point(message, channel, answer.source)
        return message

    def _point(self, message: Message, channel: Channel, to: int) -> None:
        message.type = _REPLY
        message.reference = {"type": 0, "channel_id": str(channel.id), "message_id": str(to)}
        if not channel.direct:
            message.reference["guild_id"] = str(self._world.guild_id)

    def _place(self, message: Message, channel: Channel) -> Message:
        channel.messages[message.id] = message
        if message.seen_by is None:
            channel.last_message_id = message.id
        self._note("post", message)
        self._announce("MESSAGE_CREATE", message)
        return message

    def _announce(self, name: str, message: Message) -> None:
        self._gateway.announce(name, self._payloads.placed(message), self._audience(message))

    def _note(self, act: Act, message: Message) -> None:
        self._chronicle.note(self._world.now(), act, message)

    def _audience(self, message: Message) -> Audience:
        channel = self._world.channels[message.channel_id]
        return Audience(channel, Intent.GUILD_MESSAGES, only=message.seen_by)

    def _refer(self, message: Message, channel: Channel, fields: Json) -> None:
        reference = fields.get("message_reference")
        if not reference:
            return
        if reference.get("type"):
            raise invalid("message_reference.type", "UNSUPPORTED", "Nothing is forwarded here.")
        author = self._world.users[message.author_id]
        number = whole(reference.get("message_id")) or 0
        here = str(reference.get("channel_id", channel.id)) == str(channel.id)
        if not here or self._world.message(channel.id, number, author) is None:
            if reference.get("fail_if_not_exists", True):
                raise invalid("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
            return
        self._point(message, channel, number)

    def _kept(self, message: Message, body: Body) -> list[StoredFile]:
        """The attachments that an edit leaves: those it lists, or all where it lists none."""
        listed = body.fields.get("attachments")
        if listed is None:
            # A null removes them, a field left out keeps them.
            return [] if "attachments" in body.fields else list(message.attachments)
        own = {str(stored.id): stored for stored in message.attachments}
        new = {upload.number for upload in body.uploads}
        kept = []
        for index, entry in enumerate(listed):
            number = str(entry.get("id"))
            if number in own:
                kept.append(own[number])
            elif number not in new:
                raise invalid(f"attachments.{index}.id", "ATTACHMENT_NOT_FOUND", "Unknown file.")
        return kept

    def _filled(
        self, message: Message, body: Body, uploads: list[Upload], kept: list[StoredFile]
    ) -> Message:
        """The message with what the body names in it; its new files are kept once it is whole."""
        fields, author = body.fields, self._world.users[message.author_id]
        added = [self._made(message.channel_id, upload, fields) for upload in uploads]
        attachments = kept + added
        media = Media(attachments, self._payloads)
        draft = replace(message, attachments=attachments)
        if "content" in fields:
            draft.content = str("" if fields["content"] is None else fields["content"]).strip()
        if "embeds" in fields and author.bot:
            draft.embeds = [media.embed(embed) for embed in fields["embeds"] or []]
        if "components" in fields and author.bot:
            parts = fields["components"] or []
            check_components(parts, v2=bool(message.flags & COMPONENTS_V2))
            draft.components = prepare(parts, media.resolve)
        self._call(draft, fields, author)
        if not (draft.content or draft.embeds or draft.attachments or draft.components):
            raise empty_message()
        for stored in added:
            self._world.files.keep(stored)
        return draft

    def _made(self, channel_id: int, upload: Upload, fields: Json) -> StoredFile:
        listed: list[Json] = fields.get("attachments") or []
        entry = next((e for e in listed if str(e.get("id")) == upload.number), {})
        name = str(entry.get("filename") or upload.filename)
        return self._world.files.make(channel_id, name, upload.data, entry.get("description"))

    def _call(self, draft: Message, fields: Json, author: User) -> None:
        if not {"content", "components", "allowed_mentions"} & fields.keys():
            return
        texts = [
            str(p.get("content")) for p in walk(draft.components) if p.get("type") == Kind.TEXT
        ]
        channel = self._world.channels[draft.channel_id]
        replied = None
        if draft.reference is not None:
            original = channel.messages.get(int(draft.reference["message_id"]))
            replied = original.author_id if original else None
        called = mentions(
            "\n".join([draft.content, *texts]),
            fields.get("allowed_mentions"),
            author=author,
            channel=channel,
            replied=replied,
            world=self._world,
        )
        draft.mentions, draft.mention_roles = called.users, called.roles
        draft.mention_everyone = called.everyone


def flags_of(fields: Json) -> int:
    """The flags that a body asks for; a form gives them as text."""
    flags = whole(fields.get("flags") or 0)
    if flags is None:
        raise invalid("flags", "NUMBER_TYPE_COERCE", "Value is not an int.")
    return flags
