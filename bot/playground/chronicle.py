"""What was written, rewritten and deleted, in order, so that a test can compare it with its own."""

from dataclasses import dataclass
from typing import Literal

from bot.playground.state import Message

Act = Literal["post", "edit", "delete"]


@dataclass(frozen=True, slots=True)
class Writing:
    """A message as it stood after an act, or before it was deleted.

    Attributes:
        at: Seconds since 1970.
        reply_to: Id of the message that it answers.
        files: Names of what is attached.
    """

    at: float
    act: Act
    message: int
    channel: int
    author: int
    reply_to: int | None
    nonce: str | None
    content: str
    files: tuple[str, ...]


class Chronicle:
    """Every writing since the start; there only where the control is, since it only grows."""

    def __init__(self, *, on: bool) -> None:
        self._on = on
        self._writings: list[Writing] = []

    def note(self, at: float, act: Act, message: Message) -> None:
        """Note what was done to a message."""
        if not self._on:
            return
        reference = message.reference
        self._writings.append(
            Writing(
                at,
                act,
                message.id,
                message.channel_id,
                message.author_id,
                int(reference["message_id"]) if reference else None,
                None if message.nonce is None else str(message.nonce),
                message.content,
                tuple(stored.filename for stored in message.attachments),
            )
        )

    def after(self, number: int) -> list[Writing]:
        """All but the first `number`."""
        return self._writings[number:]
