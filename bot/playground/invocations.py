"""What a person filled in for a command, checked and written as the bot receives it."""

from bot.playground.payloads import Payloads
from bot.playground.refusals import invalid
from bot.playground.requests import Body
from bot.playground.state import Channel, Command, User, World
from bot.playground.wire import Json, whole

_SUBCOMMAND, _GROUP = 1, 2
_STRING, _INTEGER, _BOOLEAN, _USER, _CHANNEL, _ROLE, _MENTIONABLE, _NUMBER, _FILE = range(3, 12)


class Resolved:
    """The records that an interaction names by id: people, channels, roles, messages, files."""

    def __init__(self, world: World, payloads: Payloads, channel: Channel) -> None:
        self._world = world
        self._payloads = payloads
        self._channel = channel
        self.data: Json = {}

    def user(self, number: int) -> bool:
        """Add a user, and their membership; whether there is one."""
        user = self._world.users.get(number)
        if user is None:
            return False
        self._put("users", number, self._payloads.user(user))
        if not self._channel.direct:
            member = self._payloads.member(user, self._channel, nested=True)
            self._put("members", number, member)
        return True

    def role(self, number: int) -> bool:
        """Add a role; whether there is one."""
        role = self._world.roles.get(number)
        if role is not None:
            self._put("roles", number, self._payloads.role(role))
        return role is not None

    def channel(self, number: int, viewer: User) -> bool:
        """Add a channel; whether there is one."""
        channel = self._world.channels.get(number)
        if channel is None or channel.direct:
            return False
        permissions = str(int(self._world.permissions(viewer, channel)))
        self._put(
            "channels", number, {**self._payloads.channel(channel), "permissions": permissions}
        )
        return True

    def message(self, number: int, viewer: User) -> bool:
        """Add a message of this channel; whether there is one."""
        message = self._world.message(self._channel.id, number, viewer)
        if message is None:
            return False
        self._put("messages", number, self._payloads.message(message))
        return self.user(message.author_id) or True

    def file(self, number: str, body: Body) -> str | None:
        """Keep an uploaded file and add it; its new id."""
        upload = next((each for each in body.uploads if each.number == number), None)
        if upload is None:
            return None
        listed = (body.fields.get("data") or {}).get("attachments") or []
        entry: Json = next((each for each in listed if str(each.get("id")) == number), {})
        name = str(entry.get("filename") or upload.filename)
        stored = self._world.files.make(self._channel.id, name, upload.data)
        self._world.files.keep(stored)
        record = self._payloads.attachment(stored, ephemeral=True)
        self._put("attachments", stored.id, record)
        return str(stored.id)

    def _put(self, kind: str, number: int, record: Json) -> None:
        self.data.setdefault(kind, {})[str(number)] = record


def fill_in(
    command: Command, body: Body, resolved: Resolved, user: User, *, unfinished: bool
) -> list[Json]:
    """The options of a slash command as the bot receives them.

    Args:
        unfinished: While the person is still typing, for an autocompletion.

    Raises:
        Refused: An option is missing, unknown or of the wrong kind.
    """
    given = (body.fields.get("data") or {}).get("options") or []
    form = _Form(body, resolved, user, unfinished)
    return form.options(command.body.get("options") or [], given, "data.options")


class _Form:
    def __init__(self, body: Body, resolved: Resolved, user: User, unfinished: bool) -> None:
        self._body = body
        self._resolved = resolved
        self._user = user
        self._unfinished = unfinished

    def options(self, known: list[Json], given: list[Json], path: str) -> list[Json]:
        by_name = {option["name"]: option for option in known}
        done = []
        for index, each in enumerate(given):
            option = by_name.get(str(each.get("name")))
            if option is None:
                raise invalid(
                    f"{path}.{index}.name", "APPLICATION_COMMAND_INVALID_OPTION", "Unknown option"
                )
            done.append(self._option(option, each, f"{path}.{index}"))
        missing = {
            option["name"] for option in known if option.get("required") and not self._unfinished
        } - {each["name"] for each in done}
        nested = [option for option in known if option["type"] in (_SUBCOMMAND, _GROUP)]
        if missing or (nested and not done):
            raise invalid(
                path,
                "APPLICATION_COMMAND_OPTIONS_MISSING",
                f"Required: {', '.join(sorted(missing)) or 'a subcommand'}",
            )
        return done

    def _option(self, option: Json, given: Json, path: str) -> Json:
        kind = option["type"]
        if kind in (_SUBCOMMAND, _GROUP):
            inner = self.options(option.get("options") or [], given.get("options") or [], path)
            return {"name": option["name"], "type": kind, "options": inner}
        done: Json = {"name": option["name"], "type": kind}
        if given.get("focused"):
            return {**done, "value": given.get("value", ""), "focused": True}
        return {**done, "value": self._value(option, given.get("value"), f"{path}.value")}

    def _value(self, option: Json, value: object, path: str) -> object:
        kind = option["type"]
        if kind == _STRING and isinstance(value, str):
            self._check_choice(option, value, path)
            self._check_range(option, len(value), "length", path)
            return value
        if kind == _INTEGER and isinstance(value, int) and not isinstance(value, bool):
            self._check_choice(option, value, path)
            self._check_range(option, value, "value", path)
            return value
        if kind == _NUMBER and isinstance(value, int | float) and not isinstance(value, bool):
            self._check_choice(option, value, path)
            self._check_range(option, value, "value", path)
            return value
        if kind == _BOOLEAN and isinstance(value, bool):
            return value
        if kind == _FILE and (kept := self._resolved.file(str(value), self._body)):
            return kept
        number = whole(value)
        if number is not None and self._resolve(kind, number):
            return str(value)
        raise invalid(path, "APPLICATION_COMMAND_OPTION_INVALID", f"Not a value for {kind}.")

    def _resolve(self, kind: int, number: int) -> bool:
        if kind == _USER:
            return self._resolved.user(number)
        if kind == _ROLE:
            return self._resolved.role(number)
        if kind == _CHANNEL:
            return self._resolved.channel(number, self._user)
        if kind == _MENTIONABLE:
            return self._resolved.user(number) or self._resolved.role(number)
        return False

    def _check_choice(self, option: Json, value: object, path: str) -> None:
        choices = option.get("choices")
        if choices and value not in [choice["value"] for choice in choices]:
            raise invalid(path, "APPLICATION_COMMAND_OPTION_INVALID", "Not one of the choices.")

    def _check_range(self, option: Json, size: float, of: str, path: str) -> None:
        least, most = option.get(f"min_{of}"), option.get(f"max_{of}")
        if (least is not None and size < least) or (most is not None and size > most):
            raise invalid(path, "APPLICATION_COMMAND_OPTION_INVALID", "Out of range.")
