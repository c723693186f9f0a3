"""Discord's own errors: status, code and the JSON they come in."""

from collections.abc import Mapping

from bot.playground.wire import Json


class Refused(Exception):
    """A request that is answered with an error."""

    def __init__(
        self,
        status: int,
        code: int,
        message: str,
        *,
        errors: Json | None = None,
        headers: Mapping[str, str] | None = None,
        extra: Json | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.headers = dict(headers or {})
        self.body: Json = {"message": message, "code": code, **(extra or {})}
        if errors:
            self.body["errors"] = errors


class Faults:
    """Gathers what is wrong with a form, each under the path of its field."""

    def __init__(self) -> None:
        self._errors: Json = {}

    def add(self, path: str, code: str, message: str) -> None:
        """Note a fault at a dotted path such as `embeds.0.title`."""
        place = self._errors
        for key in path.split("."):
            place = place.setdefault(key, {})
        place.setdefault("_errors", []).append({"code": code, "message": message})

    def too_long(self, path: str, text: object, most: int) -> None:
        """Note a fault where the text is longer than `most` characters."""
        if isinstance(text, str) and len(text) > most:
            self.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")

    def refuse(self) -> None:
        """Raise what was noted, if anything was."""
        if self._errors:
            raise Refused(400, 50035, "Invalid Form Body", errors=self._errors)


def invalid(path: str, code: str, message: str) -> Refused:
    """The refusal of a form with one fault."""
    faults = Faults()
    faults.add(path, code, message)
    try:
        faults.refuse()
    except Refused as refusal:
        return refusal
    raise AssertionError("a fault was noted")


def bad_request(message: str) -> Refused:
    """A body that can't be read at all."""
    return Refused(400, 50109, message)


def unauthorized() -> Refused:
    """No token, or an unknown one."""
    return Refused(401, 0, "401: Unauthorized")


def unknown_channel() -> Refused:
    """No such channel."""
    return Refused(404, 10003, "Unknown Channel")


def unknown_guild() -> Refused:
    """No such guild."""
    return Refused(404, 10004, "Unknown Guild")


def unknown_member() -> Refused:
    """Nobody of that id in the guild."""
    return Refused(404, 10007, "Unknown Member")


def unknown_message() -> Refused:
    """No such message, or none that the sender may see."""
    return Refused(404, 10008, "Unknown Message")


def unknown_user() -> Refused:
    """Nobody of that id."""
    return Refused(404, 10013, "Unknown User")


def unknown_emoji() -> Refused:
    """No such emoji."""
    return Refused(400, 10014, "Unknown Emoji")


def unknown_webhook() -> Refused:
    """No such webhook, or an interaction that wasn't answered yet."""
    return Refused(404, 10015, "Unknown Webhook")


def unknown_interaction() -> Refused:
    """No such interaction, or its first answer came too late."""
    return Refused(404, 10062, "Unknown interaction")


def unknown_command() -> Refused:
    """No such application command."""
    return Refused(404, 10063, "Unknown application command")


def answered_before() -> Refused:
    """The second first answer to one interaction."""
    return Refused(400, 40060, "Interaction has already been acknowledged.")


def token_expired() -> Refused:
    """An interaction's token after its time."""
    return Refused(401, 50027, "Invalid Webhook Token")


def missing_access() -> Refused:
    """The sender can't see the place."""
    return Refused(403, 50001, "Missing Access")


def another_author() -> Refused:
    """An edit of somebody else's message."""
    return Refused(403, 50005, "Cannot edit a message authored by another user")


def empty_message() -> Refused:
    """A message with nothing in it."""
    return Refused(400, 50006, "Cannot send an empty message")


def cannot_message_user() -> Refused:
    """A direct message to somebody who takes none."""
    return Refused(403, 50007, "Cannot send messages to this user")


def missing_permissions() -> Refused:
    """The sender sees the place but may not do that there."""
    return Refused(403, 50013, "Missing Permissions")


def too_large() -> Refused:
    """A file or a request over the limit."""
    return Refused(413, 40005, "Request entity too large")


def not_implemented(method: str, path: str) -> Refused:
    """A part of Discord that the playground doesn't speak."""
    return Refused(
        501,
        0,
        f"The playground does not implement {method} {path}",
        extra={"method": method, "path": path},
    )
