"""The life of an interaction: a person acts, the bot answers in time, and once."""

import asyncio
import base64
import secrets
from dataclasses import dataclass, field
from typing import Literal

from bot.playground.announcements import Audience
from bot.playground.components import check_modal, prepare
from bot.playground.gateway import Gateway
from bot.playground.media import Media
from bot.playground.messages import Answer, Messages, flags_of
from bot.playground.payloads import Payloads
from bot.playground.refusals import (
    answered_before,
    invalid,
    token_expired,
    unknown_interaction,
    unknown_message,
    unknown_webhook,
)
from bot.playground.requests import Body
from bot.playground.state import Message, World
from bot.playground.wire import EPHEMERAL, LOADING, Json, same_secret

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 2, 3, 4, 5
_MESSAGE, _THINK, _ACKNOWLEDGE, _UPDATE, _CHOICES, _SHOW_MODAL = 4, 5, 6, 7, 8, 9
_POSSIBLE = {
    COMMAND: {_MESSAGE, _THINK, _SHOW_MODAL},
    COMPONENT: {_MESSAGE, _THINK, _ACKNOWLEDGE, _UPDATE, _SHOW_MODAL},
    AUTOCOMPLETE: {_CHOICES},
    MODAL: {_MESSAGE, _THINK, _ACKNOWLEDGE, _UPDATE},
}
_SLASH_REPLY, _MENU_REPLY, _REPLY = 20, 23, 19
_MOST_CHOICES = 25


@dataclass
class Interaction:
    """One act of a person, and how far its answer got.

    Attributes:
        data: What the bot is told of the act.
        metadata: What messages tell of it.
        source: The message whose component was used, or whose modal was submitted.
        answered: The type of the first answer.
        original: The message of the first answer.
        written: Every message that its token may edit.
        modal: The modal that was the answer, until it is submitted.
    """

    id: int
    token: str
    type: int
    user_id: int
    channel_id: int
    nonce: str | None
    created_at: float
    data: Json
    metadata: Json
    source: int | None = None
    answered: int | None = None
    original: int | None = None
    written: set[int] = field(default_factory=set)
    modal: Json | None = None
    deadline: asyncio.TimerHandle | None = None


class Interactions:
    """Keeps the interactions of the last minutes."""

    def __init__(
        self, world: World, payloads: Payloads, gateway: Gateway, messages: Messages
    ) -> None:
        self._world = world
        self._payloads = payloads
        self._gateway = gateway
        self._messages = messages
        self._known: dict[int, Interaction] = {}

    def close(self) -> None:
        """Forget every deadline."""
        for interaction in self._known.values():
            if interaction.deadline is not None:
                interaction.deadline.cancel()

    def begin(self, interaction: Interaction) -> None:
        """Tell the bot of an act, and wait for its answer."""
        self._forget_old_ones()
        self._known[interaction.id] = interaction
        world, user = self._world, self._world.users[interaction.user_id]
        channel = world.channels[interaction.channel_id]
        data: Json = {
            "id": str(interaction.id),
            "application_id": str(world.bot.id),
            "type": interaction.type,
            "token": interaction.token,
            "version": 1,
            "data": interaction.data,
            **self._payloads.place(user, channel),
        }
        source = self._source(interaction)
        if source is not None:
            data["message"] = self._payloads.message(source)
        self._tell(interaction, "INTERACTION_CREATE")
        self._gateway.announce("INTERACTION_CREATE", data, Audience(channel, bot=True))
        interaction.deadline = asyncio.get_running_loop().call_later(
            world.answer_seconds, self._too_late, interaction
        )

    def pending_modal(self, user_id: int, data: Json) -> Interaction | None:
        """The interaction whose modal a person is submitting."""
        for interaction in reversed(self._known.values()):
            modal = interaction.modal
            if modal is None or interaction.user_id != user_id:
                continue
            same = str(data.get("id") or interaction.id) == str(interaction.id)
            if same and modal["custom_id"] == data.get("custom_id"):
                return interaction
        return None

    def answer(self, interaction_id: int, token: str, body: Body) -> Json:
        """The bot's first answer; what `with_response` gives back."""
        interaction = self._known.get(interaction_id)
        if interaction is None or not same_secret(interaction.token, token):
            raise unknown_interaction()
        if interaction.answered is not None:
            raise answered_before()
        if self._world.now() - interaction.created_at > self._world.answer_seconds:
            raise unknown_interaction()
        kind, data = body.fields.get("type"), body.fields.get("data") or {}
        if kind not in _POSSIBLE[interaction.type] or (
            kind in (_ACKNOWLEDGE, _UPDATE) and interaction.source is None
        ):
            raise invalid("type", "INTERACTION_INVALID_TYPE", "This can't be answered like that.")
        message = self._apply(interaction, int(kind), Body(data, body.uploads))
        interaction.answered = int(kind)
        if interaction.deadline is not None:
            interaction.deadline.cancel()
        if message is not None:
            interaction.original = message.id
            interaction.written.add(message.id)
        self._tell(interaction, "INTERACTION_SUCCESS")
        return self._callback(interaction, message)

    def by_token(self, application_id: int, token: str) -> Interaction:
        """The answered interaction whose token this is.

        Raises:
            Refused: There is none, it isn't answered yet, or its time is over.
        """
        found = (i for i in self._known.values() if same_secret(i.token, token))
        interaction = next(found, None)
        if application_id != self._world.bot.id:
            raise unknown_webhook()
        if interaction is None:
            raise token_expired()
        if self._world.now() - interaction.created_at > self._world.token_seconds:
            raise token_expired()
        if interaction.answered is None:
            raise unknown_webhook()
        return interaction

    def written(self, interaction: Interaction, message_id: int | Literal["@original"]) -> Message:
        """A message that the interaction's token may edit."""
        number = interaction.original if message_id == "@original" else message_id
        channel = self._world.channels.get(interaction.channel_id)
        if number not in interaction.written or channel is None or number not in channel.messages:
            raise unknown_message()
        return channel.messages[number]

    def follow_up(self, interaction: Interaction, body: Body) -> Message:
        """A further message; the first one after a deferral takes the deferral's place."""
        channel = self._world.channels[interaction.channel_id]
        original = channel.messages.get(interaction.original or 0)
        if original is not None and original.flags & LOADING:
            return self._messages.edit(original, body)
        private = _is_private(body.fields)
        answer = Answer(
            interaction.metadata,
            interaction.user_id if private else None,
            _REPLY,
            source=interaction.original,
        )
        message = self._messages.post(self._world.bot, channel, body, answer)
        interaction.written.add(message.id)
        return message

    def _apply(self, interaction: Interaction, kind: int, body: Body) -> Message | None:
        world, channel = self._world, self._world.channels[interaction.channel_id]
        if kind in (_MESSAGE, _THINK):
            answer = self._as_answer(interaction, private=_is_private(body.fields))
            if kind == _THINK:
                return self._messages.think(world.bot, channel, answer)
            return self._messages.post(world.bot, channel, body, answer)
        if kind == _CHOICES:
            self._offer(interaction, body.fields)
            return None
        if kind == _SHOW_MODAL:
            self._show_modal(interaction, body.fields)
            return None
        source = self._source(interaction)
        if source is None:
            raise unknown_message()
        return self._messages.edit(source, body) if kind == _UPDATE else source

    def _as_answer(self, interaction: Interaction, *, private: bool) -> Answer:
        seen_by = interaction.user_id if private else None
        if interaction.type == COMMAND:
            slash = interaction.data["type"] == 1
            return Answer(interaction.metadata, seen_by, _SLASH_REPLY if slash else _MENU_REPLY)
        return Answer(interaction.metadata, seen_by, _REPLY, source=interaction.source)

    def _offer(self, interaction: Interaction, data: Json) -> None:
        choices = data.get("choices")
        if choices is None or len(choices) > _MOST_CHOICES:
            raise invalid("data.choices", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
        for index, choice in enumerate(choices):
            if not 1 <= len(str(choice.get("name") or "")) <= 100:
                raise invalid(
                    f"data.choices.{index}.name",
                    "BASE_TYPE_BAD_LENGTH",
                    "Must be between 1 and 100 in length.",
                )
        self._tell(interaction, "APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE", {"choices": choices})

    def _show_modal(self, interaction: Interaction, data: Json) -> None:
        check_modal(data)
        parts = prepare(data["components"], Media([], self._payloads).resolve)
        interaction.modal = {**data, "components": parts}
        application = {"id": str(self._world.bot.id), "name": self._world.bot.display_name}
        place = {"channel_id": str(interaction.channel_id), "application": application}
        self._tell(interaction, "INTERACTION_MODAL_CREATE", {**interaction.modal, **place})

    def _callback(self, interaction: Interaction, message: Message | None) -> Json:
        told: Json = {"id": str(interaction.id), "type": interaction.type}
        resource: Json = {"type": interaction.answered}
        if message is not None:
            told |= {
                "response_message_id": str(message.id),
                "response_message_loading": bool(message.flags & LOADING),
                "response_message_ephemeral": message.ephemeral,
            }
            if interaction.answered != _ACKNOWLEDGE:
                resource["message"] = self._payloads.message(message)
        return {"interaction": told, "resource": resource}

    def _source(self, interaction: Interaction) -> Message | None:
        channel = self._world.channels.get(interaction.channel_id)
        return channel.messages.get(interaction.source or 0) if channel else None

    def _tell(self, interaction: Interaction, name: str, data: Json | None = None) -> None:
        about = {"id": str(interaction.id), "nonce": interaction.nonce, **(data or {})}
        self._gateway.announce(name, about, Audience(only=interaction.user_id))

    def _too_late(self, interaction: Interaction) -> None:
        if interaction.answered is None:
            self._tell(interaction, "INTERACTION_FAILURE", {"reason_code": 2})

    def _forget_old_ones(self) -> None:
        oldest = self._world.now() - 2 * self._world.token_seconds
        for interaction in list(self._known.values()):
            if interaction.created_at < oldest:
                del self._known[interaction.id]


def new_token(interaction_id: int) -> str:
    """A token as Discord's look."""
    text = f"interaction:{interaction_id}:{secrets.token_urlsafe(48)}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _is_private(fields: Json) -> bool:
    return bool(flags_of(fields) & EPHEMERAL)
