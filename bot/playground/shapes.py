"""The shape that a field of Discord's JSON has, known by its name and checked at the door."""

from bot.playground.refusals import Faults
from bot.playground.wire import Json

_OBJECT = frozenset(
    {
        *("data", "message_reference", "allowed_mentions", "component", "accessory", "media"),
        *("file", "emoji", "footer", "author", "image", "thumbnail"),
    }
)
_OBJECTS = frozenset(
    {"embeds", "components", "attachments", "options", "choices", "items", "fields"}
)
_LIST = frozenset({"values", "parse", "users", "roles", "messages", "contexts"})
_INTEGER = frozenset(
    {
        *("type", "style", "color", "accent_color", "spacing", "component_type"),
        *("min_length", "max_length", "min_values", "max_values"),
    }
)
_NUMBER = frozenset({"min_value", "max_value"})
_TEXT = frozenset({"custom_id", "label", "description", "title", "url", "icon_url", "filename"})
_SNOWFLAKE = frozenset({"id", "default_member_permissions"})
_DEEPEST = 12


def check_shapes(body: object) -> None:
    """Refuse a body in which a field holds another kind of thing than Discord's docs say.

    What comes after it may rely on lists being lists and objects being objects, at any depth.
    A field left out or null is not judged here.
    """
    faults = Faults()
    if isinstance(body, list):
        _check_list(body, "", faults, 0)
    elif isinstance(body, dict):
        _check_object(body, "", faults, 0)
    faults.refuse()


def _check_object(record: Json, path: str, faults: Faults, depth: int) -> None:
    for name, value in record.items():
        if value is not None:
            _check_field(name, value, f"{path}.{name}" if path else name, faults, depth)


def _check_list(records: list[object], path: str, faults: Faults, depth: int) -> None:
    for index, record in enumerate(records):
        place = f"{path}.{index}" if path else str(index)
        if isinstance(record, dict):
            _check_object(record, place, faults, depth)
        else:
            faults.add(place, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")


def _check_field(name: str, value: object, path: str, faults: Faults, depth: int) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if name in _OBJECT | _OBJECTS and depth == _DEEPEST:
        faults.add(path, "MODEL_TYPE_CONVERT", "Nested too deeply.")
    elif name in _OBJECT:
        if isinstance(value, dict):
            _check_object(value, path, faults, depth + 1)
        else:
            faults.add(path, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
    elif name in _OBJECTS | _LIST and not isinstance(value, list):
        faults.add(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
    elif name in _OBJECTS and isinstance(value, list):
        _check_list(value, path, faults, depth + 1)
    elif name in _LIST and isinstance(value, list):
        if not all(isinstance(each, str | int) for each in value):
            faults.add(path, "STRING_TYPE_CONVERT", "Could not interpret as a list of strings.")
    elif name in _INTEGER and not (number and isinstance(value, int)):
        faults.add(path, "NUMBER_TYPE_COERCE", "Value is not an int.")
    elif name in _NUMBER and not number:
        faults.add(path, "NUMBER_TYPE_COERCE", "Value is not a number.")
    elif name in _TEXT and not isinstance(value, str):
        faults.add(path, "STRING_TYPE_CONVERT", "Could not interpret as a string.")
    elif name in _SNOWFLAKE and not _is_id(value):
        faults.add(path, "NUMBER_TYPE_COERCE", "Value is not snowflake.")


def _is_id(value: object) -> bool:
    return isinstance(value, str | int) and str(value).isascii() and str(value).isdecimal()
