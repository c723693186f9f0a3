"""The one place that writes Discord's JSON: here messages and their files, the rest inherited."""

from bot.playground.files import StoredFile
from bot.playground.house import HousePayloads
from bot.playground.state import Message, User, World
from bot.playground.wire import Json, iso

_REPLY = 19
_EMBED_MEDIA = ("url", "proxy_url", "width", "height", "content_type")


class Payloads(HousePayloads):
    """Writes the world's things as Discord writes them; `cdn` is where files are served."""

    def __init__(self, world: World, cdn: str) -> None:
        super().__init__(world)
        self.cdn = cdn

    def address(self, stored: StoredFile) -> str:
        """Where a file is served."""
        return self.cdn + self._world.files.path(stored)

    def attachment(self, stored: StoredFile, *, ephemeral: bool = False) -> Json:
        """A file of a message."""
        address = self.address(stored)
        data: Json = {
            "id": str(stored.id),
            "filename": stored.filename,
            "size": len(stored.data),
            "url": address,
            "proxy_url": address,
            "content_scan_version": 0,
        }
        optional = {
            "title": stored.title,
            "description": stored.description,
            "content_type": stored.content_type,
            "width": stored.width,
            "height": stored.height,
        }
        data |= {key: value for key, value in optional.items() if value is not None}
        return {**data, "ephemeral": True} if ephemeral else data

    def media(self, stored: StoredFile) -> Json:
        """A file as components show it."""
        address = self.address(stored)
        return {
            "id": str(stored.id),
            "url": address,
            "proxy_url": address,
            "width": stored.width,
            "height": stored.height,
            "content_type": stored.content_type,
            "loading_state": 2,
            "attachment_id": str(stored.id),
            "flags": 0,
        }

    def message(
        self, message: Message, viewer: User | None = None, *, nested: bool = False
    ) -> Json:
        """A message; with its reactions where a viewer is given."""
        world = self._world
        author = world.users[message.author_id]
        elsewhere = _attachment_ids([message.embeds, message.components])
        shown = [file for file in message.attachments if str(file.id) not in elsewhere]
        data: Json = {
            "id": str(message.id),
            "channel_id": str(message.channel_id),
            "type": message.type,
            "content": message.content,
            "author": self.user(author),
            "timestamp": iso(message.created_at),
            "edited_timestamp": iso(message.edited_at) if message.edited_at else None,
            "tts": message.tts,
            "pinned": False,
            "flags": message.flags,
            "mention_everyone": message.mention_everyone,
            "mentions": [self.user(world.users[user]) for user in message.mentions],
            "mention_roles": [str(role) for role in message.mention_roles],
            "attachments": [self.attachment(f, ephemeral=message.ephemeral) for f in shown],
            "embeds": [self._fresh(embed, message) for embed in message.embeds],
            "components": [self._fresh(part, message) for part in message.components],
        }
        if viewer is not None and message.reactions:
            data["reactions"] = self._reactions(message, viewer)
        if message.of_application:
            data |= {"application_id": str(world.bot.id), "webhook_id": str(world.bot.id)}
        if message.interaction is not None:
            data["interaction_metadata"] = message.interaction
        if message.reference is not None:
            data["message_reference"] = message.reference
            if message.type == _REPLY and not nested:
                data["referenced_message"] = self._referenced(message)
        return data

    def placed(self, message: Message) -> Json:
        """A message as the gateway announces it: with its guild and its author's membership."""
        data = self.message(message)
        if message.nonce is not None:
            data["nonce"] = message.nonce
        if self._world.channels[message.channel_id].direct:
            return {**data, "channel_type": 1}
        author = self._world.users[message.author_id]
        guild = {"guild_id": str(self._world.guild_id), "channel_type": 0}
        return {**data, **guild, "member": self.member(author, nested=True)}

    def _referenced(self, message: Message) -> Json | None:
        reference = message.reference or {}
        channel = self._world.channels.get(int(reference["channel_id"]))
        found = channel.messages.get(int(reference["message_id"])) if channel else None
        return self.message(found, nested=True) if found else None

    def _reactions(self, message: Message, viewer: User) -> list[Json]:
        return [
            {
                "emoji": emoji(name),
                "count": len(people),
                "count_details": {"burst": 0, "normal": len(people)},
                "me": viewer.id in people,
                "me_burst": False,
                "burst_colors": [],
            }
            for name, people in message.reactions.items()
        ]

    def _fresh(self, part: Json, message: Message) -> Json:
        """An embed or component whose own files are named by an address that still holds."""
        files = {str(stored.id): stored for stored in message.attachments}

        def freshen(value: object) -> object:
            if isinstance(value, list):
                return [freshen(each) for each in value]
            if not isinstance(value, dict):
                return value
            stored = files.get(str(value.get("attachment_id")))
            if stored is not None:
                return self._renewed(value, stored)
            return {key: freshen(each) for key, each in value.items()}

        fresh = freshen(part)
        assert isinstance(fresh, dict)
        return fresh

    def _renewed(self, part: Json, stored: StoredFile) -> Json:
        media = self.media(stored)
        if "loading_state" in part:
            return {**part, **media}
        if "icon_url" in part:
            rest = {key: value for key, value in part.items() if key != "attachment_id"}
            return {**rest, "icon_url": media["url"]}
        return {key: media[key] for key in _EMBED_MEDIA}


def emoji(name: str) -> Json:
    """An emoji from how a route or a message names it."""
    if ":" in name:
        title, _, number = name.rpartition(":")
        return {"id": number, "name": title}
    return {"id": None, "name": name}


def _attachment_ids(value: object) -> set[str]:
    """Ids of the files that embeds or components show, which the list then leaves out."""
    if isinstance(value, list):
        return set().union(*(_attachment_ids(each) for each in value))
    if not isinstance(value, dict):
        return set()
    own = {str(value["attachment_id"])} if "attachment_id" in value else set()
    return own.union(*(_attachment_ids(each) for each in value.values()))
