"""A person's act, from the request of their client to an interaction."""

from bot.playground.components import SELECTS, find
from bot.playground.interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    MODAL,
    Interaction,
    Interactions,
    new_token,
)
from bot.playground.invocations import Resolved, fill_in
from bot.playground.modals import check_chosen, fill_modal
from bot.playground.payloads import Payloads
from bot.playground.permissions import Permission
from bot.playground.refusals import (
    invalid,
    missing_access,
    missing_permissions,
    unknown_channel,
    unknown_command,
    unknown_interaction,
    unknown_message,
    unknown_user,
)
from bot.playground.registry import MESSAGE_MENU, SLASH, USER_MENU, Registry
from bot.playground.requests import Body
from bot.playground.state import Channel, Command, User, World
from bot.playground.wire import Json, whole


class Acts:
    """Reads what a person's client sends and begins the interaction."""

    def __init__(
        self, world: World, payloads: Payloads, registry: Registry, interactions: Interactions
    ) -> None:
        self._world = world
        self._payloads = payloads
        self._registry = registry
        self._interactions = interactions

    def act(self, user: User, body: Body) -> None:
        """Begin the interaction that the body asks for."""
        channel = self._channel(user, body.fields)
        kind, data = body.fields.get("type"), body.fields.get("data")
        if data is None:
            raise invalid("data", "BASE_TYPE_REQUIRED", "This field is required")
        if kind in (COMMAND, AUTOCOMPLETE):
            interaction = self._command(user, channel, body, kind, data)
        elif kind == COMPONENT:
            interaction = self._component(user, channel, body, data)
        elif kind == MODAL:
            interaction = self._modal(user, channel, body, data)
        else:
            raise invalid("type", "BASE_TYPE_CHOICES", "Value must be one of (2, 3, 4, 5).")
        self._interactions.begin(interaction)

    def _channel(self, user: User, fields: Json) -> Channel:
        channel = self._world.channels.get(whole(fields.get("channel_id")) or 0)
        if channel is None:
            raise unknown_channel()
        if not self._world.may(user, channel, Permission.VIEW_CHANNEL):
            raise missing_access()
        application = fields.get("application_id")
        if application is not None and str(application) != str(self._world.bot.id):
            raise invalid("application_id", "APPLICATION_UNKNOWN", "Unknown Application")
        return channel

    def _command(
        self, user: User, channel: Channel, body: Body, kind: int, data: Json
    ) -> Interaction:
        command = self._wanted(channel, data)
        self._check_allowed(user, channel, command)
        resolved = Resolved(self._world, self._payloads, channel)
        told: Json = {
            "id": str(command.id),
            "name": command.body["name"],
            "type": command.body["type"],
        }
        about: Json = {"name": command.body["name"], "command_type": command.body["type"]}
        if command.guild_id:
            told["guild_id"] = str(command.guild_id)
        if command.body["type"] == SLASH:
            unfinished = kind == AUTOCOMPLETE
            told["options"] = fill_in(command, body, resolved, user, unfinished=unfinished)
        else:
            about |= self._target(command, data, resolved, user)
            told["target_id"] = str(data["target_id"])
        if resolved.data:
            told["resolved"] = resolved.data
        return self._interaction(user, channel, body, kind=kind, told=told, about=about)

    def _wanted(self, channel: Channel, data: Json) -> Command:
        for command in self._registry.usable(direct=channel.direct):
            named = (command.body["name"], command.body["type"])
            if str(command.id) == str(data.get("id")) or (
                data.get("id") is None and named == (data.get("name"), data.get("type", SLASH))
            ):
                return command
        raise unknown_command()

    def _check_allowed(self, user: User, channel: Channel, command: Command) -> None:
        needed = command.body.get("default_member_permissions")
        held = self._world.permissions(user, channel)
        if channel.direct:
            return
        if not held & Permission.USE_APPLICATION_COMMANDS:
            raise missing_permissions()
        if needed is None or user.id == self._world.owner_id:
            return
        if not int(needed) or held & int(needed) != int(needed):
            raise missing_permissions()

    def _target(self, command: Command, data: Json, resolved: Resolved, user: User) -> Json:
        target = whole(data.get("target_id")) or 0
        if command.body["type"] == MESSAGE_MENU:
            if not resolved.message(target, user):
                raise unknown_message()
            return {"target_message_id": str(target)}
        assert command.body["type"] == USER_MENU
        if not resolved.user(target):
            raise unknown_user()
        return {"target_user": self._payloads.user(self._world.users[target])}

    def _component(self, user: User, channel: Channel, body: Body, data: Json) -> Interaction:
        number = whole(body.fields.get("message_id")) or 0
        message = self._world.message(channel.id, number, user)
        if message is None:
            raise unknown_message()
        part = find(message.components, str(data.get("custom_id")))
        if part is None or part.get("disabled"):
            raise invalid(
                "data.custom_id", "COMPONENT_VALIDATION_FAILED", "Component validation failed"
            )
        told: Json = {
            "custom_id": part["custom_id"],
            "component_type": part["type"],
            "id": part["id"],
        }
        if part["type"] in SELECTS:
            values = [str(value) for value in data.get("values") or []]
            resolved = Resolved(self._world, self._payloads, channel)
            check_chosen(part, values, resolved, user, "data.values")
            told |= {"values": values} | ({"resolved": resolved.data} if resolved.data else {})
        about = {"interacted_message_id": str(message.id)}
        interaction = self._interaction(user, channel, body, kind=COMPONENT, told=told, about=about)
        interaction.source = message.id
        return interaction

    def _modal(self, user: User, channel: Channel, body: Body, data: Json) -> Interaction:
        before = self._interactions.pending_modal(user.id, data)
        if before is None or before.modal is None:
            raise unknown_interaction()
        resolved = Resolved(self._world, self._payloads, channel)
        parts = fill_modal(before.modal, body, resolved, user)
        told: Json = {"custom_id": before.modal["custom_id"], "components": parts}
        if resolved.data:
            told["resolved"] = resolved.data
        about = {"triggering_interaction_metadata": before.metadata}
        interaction = self._interaction(user, channel, body, kind=MODAL, told=told, about=about)
        interaction.source, before.modal = before.source, None
        return interaction

    def _interaction(
        self, user: User, channel: Channel, body: Body, *, kind: int, told: Json, about: Json
    ) -> Interaction:
        number = self._world.snowflakes.next()
        owner = "0" if channel.direct else str(self._world.guild_id)
        metadata: Json = {
            "id": str(number),
            "type": kind,
            "user": self._payloads.user(user),
            "authorizing_integration_owners": {"0": owner},
            **about,
        }
        nonce = body.fields.get("nonce")
        return Interaction(
            number,
            new_token(number),
            kind,
            user.id,
            channel.id,
            None if nonce is None else str(nonce),
            self._world.now(),
            told,
            metadata,
        )
