"""Components of messages and modals: checked, numbered, their files resolved."""

from collections.abc import Callable, Iterator
from enum import IntEnum

from bot.playground.refusals import Faults
from bot.playground.wire import Json


class Kind(IntEnum):
    """Discord's component types."""

    ROW = 1
    BUTTON = 2
    STRING_SELECT = 3
    TEXT_INPUT = 4
    USER_SELECT = 5
    ROLE_SELECT = 6
    MENTIONABLE_SELECT = 7
    CHANNEL_SELECT = 8
    SECTION = 9
    TEXT = 10
    THUMBNAIL = 11
    GALLERY = 12
    FILE = 13
    SEPARATOR = 14
    CONTAINER = 17
    LABEL = 18
    FILE_UPLOAD = 19
    RADIO_GROUP = 21
    CHECKBOX_GROUP = 22
    CHECKBOX = 23


SELECTS = frozenset(
    {
        Kind.STRING_SELECT,
        Kind.USER_SELECT,
        Kind.ROLE_SELECT,
        Kind.MENTIONABLE_SELECT,
        Kind.CHANNEL_SELECT,
    }
)
_LAYOUT = frozenset(
    {Kind.ROW, Kind.SECTION, Kind.TEXT, Kind.GALLERY, Kind.FILE, Kind.SEPARATOR, Kind.CONTAINER}
)
_IN_ROW = SELECTS | {Kind.BUTTON}
_IN_MODAL = frozenset({Kind.ROW, Kind.TEXT, Kind.LABEL})
_IN_LABEL = SELECTS | {
    Kind.TEXT_INPUT,
    Kind.FILE_UPLOAD,
    Kind.RADIO_GROUP,
    Kind.CHECKBOX_GROUP,
    Kind.CHECKBOX,
}
_LINK, _PREMIUM = 5, 6
_MOST_V1_ROWS, _MOST_V2_PARTS, _MOST_V2_TEXT = 5, 40, 4000
_MOST_ADDRESS = 2048


def walk(parts: list[Json]) -> Iterator[Json]:
    """Every component, outer before inner."""
    for part in parts:
        yield part
        yield from walk(_inner(part))


def find(parts: list[Json], custom_id: str) -> Json | None:
    """The component with that custom id."""
    return next((part for part in walk(parts) if part.get("custom_id") == custom_id), None)


def check_components(parts: list[Json], *, v2: bool) -> None:
    """Refuse components that a message can't have."""
    faults = Faults()
    for index, part in enumerate(parts):
        _check(part, f"components.{index}", _LAYOUT if v2 else {Kind.ROW}, faults)
    if v2:
        every = list(walk(parts))
        text = sum(len(str(part.get("content", ""))) for part in every)
        if len(every) > _MOST_V2_PARTS or not every:
            faults.add("components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 40 in length.")
        if text > _MOST_V2_TEXT:
            faults.add(
                "components",
                "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
                f"Total displayable text exceeds maximum size of {_MOST_V2_TEXT}",
            )
    elif len(parts) > _MOST_V1_ROWS:
        faults.add("components", "BASE_TYPE_MAX_LENGTH", "Must be 5 or fewer in length.")
    _check_unique(parts, faults)
    faults.refuse()


def check_modal(data: Json) -> None:
    """Refuse a modal that Discord can't show."""
    faults = Faults()
    for name, most in (("title", 45), ("custom_id", 100)):
        text = data.get(name)
        if not isinstance(text, str) or not 1 <= len(text) <= most:
            faults.add(name, "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {most} in length.")
    parts: list[Json] = data.get("components") or []
    if not 1 <= len(parts) <= 5:
        faults.add("components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
    for index, part in enumerate(parts):
        _check(part, f"components.{index}", _IN_MODAL, faults, modal=True)
    _check_unique(parts, faults)
    faults.refuse()


def prepare(parts: list[Json], media: Callable[[str], Json]) -> list[Json]:
    """Components as Discord keeps them: numbered, and addresses of media resolved by `media`."""
    taken = {part["id"] for part in walk(parts) if part.get("id")}
    number = 0

    def numbered(part: Json) -> Json:
        nonlocal number
        if not part.get("id"):
            number += 1
            while number in taken:
                number += 1
            part = {**part, "id": number}
        if part.get("default_values"):
            # An id may come as a number; a browser would round it.
            chosen = [{**each, "id": str(each["id"])} for each in part["default_values"]]
            part = {**part, "default_values": chosen}
        for key in ("media", "file"):
            if isinstance(part.get(key), dict) and "url" in part[key]:
                part = {**part, key: media(str(part[key]["url"]))}
        if part.get("type") == Kind.GALLERY:
            items = [{**item, "media": media(str(item["media"]["url"]))} for item in part["items"]]
            part = {**part, "items": items}
        if part.get("components"):
            part = {**part, "components": [numbered(inner) for inner in part["components"]]}
        for key in ("accessory", "component"):
            if isinstance(part.get(key), dict):
                part = {**part, key: numbered(part[key])}
        return part

    return [numbered(part) for part in parts]


def _inner(part: Json) -> list[Json]:
    inner = list(part.get("components") or [])
    inner += [part[key] for key in ("accessory", "component") if isinstance(part.get(key), dict)]
    return inner


def _check(
    part: Json,
    path: str,
    allowed: frozenset[Kind] | set[Kind],
    faults: Faults,
    *,
    modal: bool = False,
) -> None:
    kind = part.get("type")
    if kind not in allowed:
        names = ", ".join(str(int(each)) for each in sorted(allowed))
        faults.add(
            f"{path}.type", "UNION_TYPE_CHOICES", f"Value of field must be one of ({names})."
        )
        return
    if kind == Kind.ROW:
        _check_row(part, path, faults, {Kind.TEXT_INPUT} if modal else _IN_ROW)
    elif kind == Kind.CONTAINER:
        _check_inner(part, path, _LAYOUT - {Kind.CONTAINER}, faults)
    elif kind == Kind.SECTION:
        _check_inner(part, path, {Kind.TEXT}, faults, most=3)
        accessory = part.get("accessory")
        _check(accessory or {}, f"{path}.accessory", {Kind.BUTTON, Kind.THUMBNAIL}, faults)
    elif kind == Kind.LABEL:
        _text(part, "label", 45, path, faults)
        _check(part.get("component") or {}, f"{path}.component", _IN_LABEL, faults, modal=modal)
    elif kind == Kind.TEXT:
        _text(part, "content", _MOST_V2_TEXT, path, faults)
    elif kind == Kind.GALLERY:
        _check_gallery(part, path, faults)
    elif kind in (Kind.THUMBNAIL, Kind.FILE):
        key = "media" if kind == Kind.THUMBNAIL else "file"
        _text(part.get(key) or {}, "url", _MOST_ADDRESS, f"{path}.{key}", faults)
    elif kind == Kind.BUTTON:
        _check_button(part, path, faults)
    elif kind in _IN_LABEL:
        _check_input(part, path, faults)


def _check_row(part: Json, path: str, faults: Faults, allowed: frozenset[Kind] | set[Kind]) -> None:
    inner = part.get("components") or []
    selects = [each for each in inner if each.get("type") != Kind.BUTTON]
    most = 1 if selects else 5
    _check_inner(part, path, allowed, faults, most=most)


def _check_inner(
    part: Json,
    path: str,
    allowed: frozenset[Kind] | set[Kind],
    faults: Faults,
    *,
    most: int = _MOST_V2_PARTS,
) -> None:
    inner = part.get("components") or []
    if not 1 <= len(inner) <= most:
        faults.add(
            f"{path}.components",
            "BASE_TYPE_BAD_LENGTH",
            f"Must be between 1 and {most} in length.",
        )
        return
    for index, each in enumerate(inner):
        modal = allowed == {Kind.TEXT_INPUT}
        _check(each, f"{path}.components.{index}", allowed, faults, modal=modal)


def _check_gallery(part: Json, path: str, faults: Faults) -> None:
    items = part.get("items") or []
    if not 1 <= len(items) <= 10:
        faults.add(f"{path}.items", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 10 in length.")
        return
    for index, item in enumerate(items):
        _text(item.get("media") or {}, "url", _MOST_ADDRESS, f"{path}.items.{index}.media", faults)


def _check_button(part: Json, path: str, faults: Faults) -> None:
    style = part.get("style")
    if style not in range(1, 7):
        faults.add(f"{path}.style", "BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3, 4, 5, 6}.")
        return
    faults.too_long(f"{path}.label", part.get("label"), 80)
    if style == _LINK:
        if not part.get("url"):
            faults.add(f"{path}.url", "BUTTON_COMPONENT_URL_REQUIRED", "A url is required")
    elif style != _PREMIUM:
        _text(part, "custom_id", 100, path, faults)
    if not part.get("label") and not part.get("emoji") and style != _PREMIUM:
        faults.add(path, "BUTTON_COMPONENT_LABEL_REQUIRED", "A label or an emoji is required")


def _check_input(part: Json, path: str, faults: Faults) -> None:
    _text(part, "custom_id", 100, path, faults)
    faults.too_long(f"{path}.placeholder", part.get("placeholder"), 150)
    if part["type"] == Kind.STRING_SELECT:
        options = part.get("options") or []
        if not 1 <= len(options) <= 25:
            faults.add(
                f"{path}.options", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 25 in length."
            )
            return
        for index, option in enumerate(options):
            for name in ("label", "value"):
                _text(option, name, 100, f"{path}.options.{index}", faults)
            faults.too_long(f"{path}.options.{index}.description", option.get("description"), 100)


def _text(part: Json, name: str, most: int, path: str, faults: Faults) -> None:
    text = part.get(name)
    if not isinstance(text, str) or not text:
        faults.add(f"{path}.{name}", "BASE_TYPE_REQUIRED", "This field is required")
    faults.too_long(f"{path}.{name}", text, most)


def _check_unique(parts: list[Json], faults: Faults) -> None:
    seen: set[str] = set()
    for part in walk(parts):
        custom_id = part.get("custom_id")
        if isinstance(custom_id, str) and custom_id in seen:
            faults.add(
                "components",
                "COMPONENT_CUSTOM_ID_DUPLICATED",
                "Component custom id cannot be duplicated",
            )
        if isinstance(custom_id, str):
            seen.add(custom_id)
