"""An answer that can't stand where it was asked for, and how it is found again."""

from bot.ui.languages import _


def meant_for(person_id: int, text: str) -> str:
    """A text that stands alone, with whom it is for."""
    return _("For <@{person}>", person=person_id) + f"\n{text}"


def asked_elsewhere(channel_id: int, text: str) -> str:
    """A text sent privately, since the place it was asked for in is closed."""
    where = _("You asked for this in <#{channel}>, where I can't answer you.", channel=channel_id)
    return f"{where}\n{text}"


def mark(number: str) -> str:
    """The last line of an answer that was posted anew, by which it is found again."""
    return "-# " + _("Dream `{number}`", number=number)


def sent_privately(title: str) -> str:
    """Stands where the answer should have been."""
    said = _("I may not post it here any more, so I've sent it to you directly.")
    return f"☾ **{title}** · {said}"


def kept_for_you(title: str) -> str:
    """Stands where the dream should have been, which couldn't be sent to its person either."""
    said = _(
        "I may not post it here any more, and can't write to you directly. "
        "I keep it for a while: `/history` gets it. Nothing was charged."
    )
    return f"☾ **{title}** · {said}"


def not_privately() -> str:
    """What is kept for somebody can't be handed over where they ask for it."""
    return _(
        "I keep a dream of yours, and can't write to you directly. "
        "`/history` shows it to you alone."
    )
