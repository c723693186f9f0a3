"""Application commands: as the bot registers them, as people find them."""

import re

from bot.playground.refusals import Faults, unknown_command
from bot.playground.state import Command, World
from bot.playground.wire import Json

SLASH, USER_MENU, MESSAGE_MENU = 1, 2, 3
_NAME = re.compile(r"^[-_'\w]{1,32}$")
_MOST = {SLASH: 100, USER_MENU: 15, MESSAGE_MENU: 15}
_MOST_OPTIONS = 25
_SUBCOMMAND, _GROUP = 1, 2
_DEFAULTS: Json = {
    "type": SLASH,
    "description": "",
    "default_member_permissions": None,
    "dm_permission": True,
    "nsfw": False,
    "contexts": None,
    "integration_types": [0],
    "name_localizations": None,
    "description_localizations": None,
}


class Registry:
    """The commands of the bot's application."""

    def __init__(self, world: World) -> None:
        self._world = world
        # Whether the bot ever put its commands, or looked at what there is.
        self.put = False
        self.looked_at: float | None = None

    def all(self, guild_id: int | None) -> list[Command]:
        """The global commands, or those of a guild."""
        self.looked_at = self._world.now()
        return [c for c in self._world.commands.values() if c.guild_id == guild_id]

    def usable(self, *, direct: bool) -> list[Command]:
        """What a person finds in a place; a guild's own command comes before a global one."""
        found: dict[tuple[str, int], Command] = {}
        for command in sorted(self._world.commands.values(), key=lambda c: c.guild_id or 0):
            contexts = command.body.get("contexts")
            here = 1 if direct else 0
            reachable = contexts is None or here in contexts
            private = direct and (command.guild_id or command.body.get("dm_permission") is False)
            if reachable and not private:
                found[(command.body["name"], command.body["type"])] = command
        return list(found.values())

    def one(self, command_id: int, guild_id: int | None) -> Command:
        """A command by its id."""
        command = self._world.commands.get(command_id)
        if command is None or command.guild_id != guild_id:
            raise unknown_command()
        return command

    def replace_all(self, bodies: list[Json], guild_id: int | None) -> list[Command]:
        """Register exactly these; a command that stays keeps its id."""
        faults = Faults()
        for index, body in enumerate(bodies):
            _check(body, f"{index}", faults)
        for kind, most in _MOST.items():
            if sum(body.get("type", SLASH) == kind for body in bodies) > most:
                faults.add("_", "APPLICATION_COMMANDS_MAX", f"No more than {most} of that type.")
        faults.refuse()
        self.put = True
        here = [c for c in self._world.commands.values() if c.guild_id == guild_id]
        before = {self._key(command.body): command for command in here}
        for command in before.values():
            del self._world.commands[command.id]
        return [self._register(body, guild_id, before.get(self._key(body))) for body in bodies]

    def upsert(self, body: Json, guild_id: int | None) -> Command:
        """Register one, in place of one of the same name and type."""
        faults = Faults()
        _check(body, "", faults)
        faults.refuse()
        self.put = True
        before = [c for c in self._world.commands.values() if c.guild_id == guild_id]
        same = next((c for c in before if self._key(c.body) == self._key(body)), None)
        return self._register(body, guild_id, same)

    def edit(self, command: Command, changes: Json) -> Command:
        """Change a command."""
        body = {**command.body, **changes}
        faults = Faults()
        _check(body, "", faults)
        faults.refuse()
        return self._register(body, command.guild_id, command)

    def remove(self, command: Command) -> None:
        """Unregister a command."""
        self._world.commands.pop(command.id, None)

    def _register(self, body: Json, guild_id: int | None, before: Command | None) -> Command:
        number = self._world.snowflakes.next()
        given = {k: v for k, v in body.items() if v is not None and k not in ("id", "version")}
        complete = {**_DEFAULTS, **given, "options": _options(body.get("options") or [])}
        command = Command(before.id if before else number, number, guild_id, complete)
        if before is not None and before.body == complete:
            command = before
        self._world.commands[command.id] = command
        return command

    @staticmethod
    def _key(body: Json) -> tuple[str, int]:
        return str(body["name"]), int(body.get("type", SLASH))


def _options(options: list[Json]) -> list[Json]:
    done = []
    for option in options:
        each = {key: value for key, value in option.items() if value is not None}
        if "options" in each:
            each["options"] = _options(each["options"])
        done.append(each)
    return done


def _check(body: Json, path: str, faults: Faults) -> None:
    dot = f"{path}." if path else ""
    name, kind = body.get("name"), body.get("type", SLASH)
    if kind not in _MOST:
        faults.add(f"{dot}type", "BASE_TYPE_CHOICES", "Value must be one of (1, 2, 3).")
        return
    if not isinstance(name, str) or not 1 <= len(name) <= 32:
        faults.add(f"{dot}name", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 32 in length.")
    elif kind == SLASH and (not _NAME.match(name) or name != name.lower()):
        faults.add(f"{dot}name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
    if kind != SLASH:
        if body.get("description") or body.get("options"):
            faults.add(
                f"{dot}description",
                "APPLICATION_COMMAND_DESCRIPTION_NOT_ALLOWED",
                "Context menus have no description and no options",
            )
        return
    _check_description(body, dot, faults)
    _check_options(body.get("options") or [], dot, faults)


def _check_description(body: Json, dot: str, faults: Faults) -> None:
    description = body.get("description")
    if not isinstance(description, str) or not 1 <= len(description) <= 100:
        faults.add(
            f"{dot}description", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length."
        )


def _check_options(options: list[Json], dot: str, faults: Faults) -> None:
    if len(options) > _MOST_OPTIONS:
        faults.add(f"{dot}options", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    optional = False
    for index, option in enumerate(options):
        where = f"{dot}options.{index}."
        name = option.get("name")
        if not isinstance(name, str) or not _NAME.match(name) or name != name.lower():
            faults.add(f"{where}name", "APPLICATION_COMMAND_INVALID_NAME", "Name is invalid")
        _check_description(option, where, faults)
        if option.get("type") in (_SUBCOMMAND, _GROUP):
            _check_options(option.get("options") or [], where, faults)
            continue
        if option.get("required") and optional:
            faults.add(
                f"{dot}options",
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                "Required options must be placed before non-required options",
            )
        optional = optional or not option.get("required")
        choices = option.get("choices") or []
        if len(choices) > _MOST_OPTIONS or (choices and option.get("autocomplete")):
            faults.add(f"{where}choices", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
