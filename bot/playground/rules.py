"""What a message may hold: Discord's limits, field by field."""

from bot.playground.refusals import Faults
from bot.playground.wire import COMPONENTS_V2, Json

_CONTENT = 2000
_EMBED_LIMITS = {"title": 256, "description": 4096}
_EMBED_TOTAL = 6000
_NONCE = 25
_FILES = 10


def check_message(fields: Json, files: int, *, flags: int) -> None:
    """Refuse a new or edited message that Discord would refuse; `flags` as they will be."""
    faults = Faults()
    content = fields.get("content")
    if content is not None and (
        isinstance(content, bool) or not isinstance(content, str | int | float)
    ):
        faults.add("content", "BASE_TYPE_STRING", "Could not interpret as a string.")
    faults.too_long("content", content, _CONTENT)
    _check_nonce(fields, faults)
    if files > _FILES:
        faults.add("attachments", "BASE_TYPE_MAX_LENGTH", f"Must be {_FILES} or fewer in length.")
    _check_embeds(fields.get("embeds") or [], faults)
    if flags & COMPONENTS_V2:
        for legacy in ("content", "embeds", "stickers", "poll"):
            if fields.get(legacy):
                faults.add(
                    legacy,
                    "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                    f'The "{legacy}" field cannot be used when using MessageFlags.IS_COMPONENTS_V2',
                )
    for absent in ("sticker_ids", "poll"):
        if fields.get(absent):
            faults.add(absent, "PLAYGROUND_UNSUPPORTED", "The playground has none of these.")
    faults.refuse()


def _check_nonce(fields: Json, faults: Faults) -> None:
    nonce = fields.get("nonce")
    if nonce is None:
        return
    if isinstance(nonce, bool) or not isinstance(nonce, str | int):
        faults.add("nonce", "NONCE_TYPE_INVALID", "Nonce must be a string or an integer.")
    faults.too_long("nonce", str(nonce), _NONCE)


def _check_embeds(embeds: list[Json], faults: Faults) -> None:
    if len(embeds) > 10:
        faults.add("embeds", "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.")
    total = 0
    for index, embed in enumerate(embeds):
        total += _check_embed(embed, f"embeds.{index}", faults)
    if total > _EMBED_TOTAL:
        faults.add(
            "embeds",
            "MAX_EMBED_SIZE_EXCEEDED",
            f"Embed size exceeds maximum size of {_EMBED_TOTAL}",
        )


def _check_embed(embed: Json, path: str, faults: Faults) -> int:
    """Note an embed's faults; how many characters it has."""
    texts = [(name, embed.get(name), most) for name, most in _EMBED_LIMITS.items()]
    texts.append(("footer.text", _inside(embed, "footer", "text"), 2048))
    texts.append(("author.name", _inside(embed, "author", "name"), 256))
    fields = embed.get("fields") or []
    if len(fields) > 25:
        faults.add(f"{path}.fields", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    for index, field in enumerate(fields):
        for name, most in (("name", 256), ("value", 1024)):
            where = f"fields.{index}.{name}"
            if not str(field.get(name) or "").strip():
                faults.add(f"{path}.{where}", "BASE_TYPE_REQUIRED", "This field is required")
            texts.append((where, field.get(name), most))
    for where, text, most in texts:
        faults.too_long(f"{path}.{where}", text, most)
    for where in ("image", "thumbnail"):
        _check_address(_inside(embed, where, "url"), f"{path}.{where}.url", faults)
    _check_address(embed.get("url"), f"{path}.url", faults)
    return sum(len(text) for _, text, _ in texts if isinstance(text, str))


def _check_address(address: object, path: str, faults: Faults) -> None:
    schemes = ("http://", "https://", "attachment://")
    if address and not str(address).startswith(schemes):
        faults.add(
            path,
            "URL_TYPE_INVALID_SCHEME",
            f"Scheme must be one of ('http', 'https'). Got {str(address)[:50]!r}.",
        )


def _inside(embed: Json, outer: str, inner: str) -> object:
    part = embed.get(outer)
    return part.get(inner) if isinstance(part, dict) else None
