"""Calling people to what is done."""

from bot.ui.languages import _


def ended(person_id: int, *, dream: bool) -> str:
    """The short reply that calls whoever has waited; what came of it stands above."""
    if dream:
        said = _("<@{person}>, your dream is here.", person=person_id)
    else:
        said = _("<@{person}>, your dream came to nothing, for the reason above.", person=person_id)
    return f"{said}\n-# " + _("`/mention off` keeps me from calling you.")


def mention(*, wanted: bool) -> str:
    """Whether the person is called."""
    if wanted:
        return _(
            "When a dream of yours takes more than a minute, I call you with a short reply. "
            "`/mention off` keeps me from that."
        )
    return _("I don't call you; your dreams just appear. `/mention on` changes that.")
