"""Files named `attachment://…` in embeds and components, found among a message's own."""

from bot.playground.files import StoredFile
from bot.playground.payloads import Payloads
from bot.playground.refusals import invalid
from bot.playground.wire import Json

_SCHEME = "attachment://"
_EMBED_PICTURES = ("image", "thumbnail")
_EMBED_MEDIA = ("url", "proxy_url", "width", "height", "content_type", "attachment_id")
_EMBED_ICONS = ("author", "footer")


class Media:
    """Resolves the addresses in one message; each record names its file by `attachment_id`."""

    def __init__(self, files: list[StoredFile], payloads: Payloads) -> None:
        self._files = files
        self._payloads = payloads

    def resolve(self, address: str) -> Json:
        """The record of a component's media.

        Raises:
            Refused: No file of that name is attached.
        """
        if address.startswith(_SCHEME):
            stored = self._named(address)
            if stored is None:
                raise invalid(
                    "components",
                    "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
                    f'The referenced attachment "{address}" was not found',
                )
            return self._payloads.media(stored)
        for stored in self._files:
            if _same(address, self._payloads.address(stored)):
                return self._payloads.media(stored)
        return {"url": address, "proxy_url": address, "loading_state": 1, "flags": 0}

    def embed(self, embed: Json) -> Json:
        """An embed with its own files resolved; a name that isn't attached stays as it is."""
        done = {"type": "rich", **embed}
        for key in _EMBED_PICTURES:
            part = done.get(key)
            stored = self._named(str(part.get("url"))) if isinstance(part, dict) else None
            if stored is not None:
                media = self._payloads.media(stored)
                done[key] = {name: media[name] for name in _EMBED_MEDIA}
        for key in _EMBED_ICONS:
            part = done.get(key)
            stored = self._named(str(part.get("icon_url"))) if isinstance(part, dict) else None
            if stored is not None and isinstance(part, dict):
                address = self._payloads.address(stored)
                done[key] = {**part, "icon_url": address, "attachment_id": str(stored.id)}
        return done

    def _named(self, address: str) -> StoredFile | None:
        name = address.removeprefix(_SCHEME)
        if name == address:
            return None
        # The newest of that name, so that an edit shows the file that came with it.
        return next((f for f in reversed(self._files) if f.filename == name), None)


def _same(one: str, other: str) -> bool:
    return one.split("?", 1)[0] == other.split("?", 1)[0]
