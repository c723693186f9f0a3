"""The shape that a field of Discord's JSON has, known by its name and checked at the door."""

from collections.abc import Callable

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
    if name in _OBJECT | _OBJECTS and depth == _DEEPEST:
        faults.add(path, "MODEL_TYPE_CONVERT", "Nested too deeply.")
    elif name in _OBJECT and isinstance(value, dict):
        _check_object(value, path, faults, depth + 1)
    elif name in _OBJECTS and isinstance(value, list):
        _check_list(value, path, faults, depth + 1)
    elif name == "type" and path.split(".")[-3:-2] == ["embeds"]:
        # The one type that is a word: “rich”.
        _check_value("title", value, path, faults)
    else:
        _check_value(name, value, path, faults)


def _check_value(name: str, value: object, path: str, faults: Faults) -> None:
    for names, fits, code, sentence in _RULES:
        if name in names and not fits(value):
            faults.add(path, code, sentence)
            return


def _is_list(value: object) -> bool:
    return isinstance(value, list)


def _is_list_of_words(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str | int) for each in value)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_id(value: object) -> bool:
    return isinstance(value, str | int) and str(value).isascii() and str(value).isdecimal()


_RULES: tuple[tuple[frozenset[str], Callable[[object], bool], str, str], ...] = (
    (
        _OBJECT,
        lambda value: isinstance(value, dict),
        "MODEL_TYPE_CONVERT",
        "Only dictionaries may be used in a ModelType",
    ),
    (
        _OBJECTS | _LIST,
        _is_list,
        "LIST_TYPE_CONVERT",
        "Only iterables may be used in a ListType",
    ),
    (
        _LIST,
        _is_list_of_words,
        "STRING_TYPE_CONVERT",
        "Could not interpret as a list of strings.",
    ),
    (_TEXT, _is_text, "STRING_TYPE_CONVERT", "Could not interpret as a string."),
    (_INTEGER, _is_integer, "NUMBER_TYPE_COERCE", "Value is not an int."),
    (_NUMBER, _is_number, "NUMBER_TYPE_COERCE", "Value is not a number."),
    (_SNOWFLAKE, _is_id, "NUMBER_TYPE_COERCE", "Value is not snowflake."),
)
