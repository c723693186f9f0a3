"""What a person filled into a modal, checked and written as the bot receives it."""

from bot.playground.components import SELECTS, Kind
from bot.playground.invocations import Resolved
from bot.playground.refusals import invalid
from bot.playground.requests import Body
from bot.playground.state import User
from bot.playground.wire import Json, whole


def fill_modal(modal: Json, body: Body, resolved: Resolved, user: User) -> list[Json]:
    """The components of a submitted modal as the bot receives them.

    Raises:
        Refused: A required input is empty, or one is of the wrong kind.
    """
    given: dict[str, Json] = {}
    _collect((body.fields.get("data") or {}).get("components") or [], given)
    return [_part(part, given, body, resolved, user) for part in modal["components"]]


def _collect(parts: list[Json], given: dict[str, Json]) -> None:
    for part in parts:
        if isinstance(part.get("custom_id"), str):
            given[part["custom_id"]] = part
        inner = part.get("components") or []
        _collect(inner + ([part["component"]] if part.get("component") else []), given)


def _part(part: Json, given: dict[str, Json], body: Body, resolved: Resolved, user: User) -> Json:
    done = {"type": part["type"], "id": part["id"]}
    if part["type"] == Kind.ROW:
        inner = [_part(each, given, body, resolved, user) for each in part["components"]]
        return {**done, "components": inner}
    if part["type"] == Kind.LABEL:
        return {**done, "component": _part(part["component"], given, body, resolved, user)}
    if part["type"] == Kind.TEXT:
        return done
    custom_id = part["custom_id"]
    return {**done, "custom_id": custom_id} | _answer(
        part, given.get(custom_id, {}), body, resolved, user
    )


def _answer(part: Json, given: Json, body: Body, resolved: Resolved, user: User) -> Json:
    kind, path = part["type"], f"data.components.{part['custom_id']}"
    required = part.get("required", True)
    if kind == Kind.TEXT_INPUT:
        text = str(given.get("value") or "")
        least, most = part.get("min_length", 0), part.get("max_length", 4000)
        if (required and not text) or not (not text or least <= len(text) <= most):
            raise invalid(f"{path}.value", "BASE_TYPE_BAD_LENGTH", "Too short or too long.")
        return {"value": text}
    if kind == Kind.CHECKBOX:
        return {"value": bool(given.get("value"))}
    if kind == Kind.RADIO_GROUP:
        if required and given.get("value") is None:
            raise invalid(f"{path}.value", "BASE_TYPE_REQUIRED", "This field is required")
        return {"value": given.get("value")}
    values = [str(value) for value in given.get("values") or []]
    if required and not values:
        raise invalid(f"{path}.values", "BASE_TYPE_REQUIRED", "This field is required")
    if kind == Kind.FILE_UPLOAD:
        values = [kept for value in values if (kept := resolved.file(value, body))]
    elif kind in SELECTS:
        check_chosen(part, values, resolved, user, path)
    return {"values": values}


def check_chosen(part: Json, values: list[str], resolved: Resolved, user: User, path: str) -> None:
    """Check what was chosen from a select, and resolve it.

    Raises:
        Refused: Too few or too many, or what wasn't to choose from.
    """
    most = part.get("max_values", 1)
    least = min(part.get("min_values", 1), most)
    if not least <= len(values) <= most and (values or part.get("required", True)):
        raise invalid(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most}.")
    kind = part["type"]
    for value in values:
        number = whole(value) or 0
        known = (
            (kind == Kind.STRING_SELECT and value in {o["value"] for o in part["options"]})
            or (kind in (Kind.USER_SELECT, Kind.MENTIONABLE_SELECT) and resolved.user(number))
            or (kind in (Kind.ROLE_SELECT, Kind.MENTIONABLE_SELECT) and resolved.role(number))
            or (kind == Kind.CHANNEL_SELECT and resolved.channel(number, user))
        )
        if not known:
            raise invalid(path, "COMPONENT_VALIDATION_FAILED", "Not one of the choices.")
