"""What those in charge do, and what they look up."""

from collections.abc import Sequence
from datetime import datetime

from bot.database.ledger import Entry
from bot.jobs.admission import moment
from bot.ui.languages import _, noted, several
from bot.ui.words.numbers import credits_of
from bot.ui.words.quoting import quoted
from bot.ui.words.told import told

_KINDS = {
    "job": noted("job"),
    "grant": noted("grant"),
    "reset": noted("reset"),
    "block": noted("block"),
    "unblock": noted("unblock"),
}
_STATES = {
    "reserved": noted("reserved"),
    "settled": noted("settled"),
    "refunded": noted("refunded"),
}


def not_in_charge() -> str:
    """They don't run the bot."""
    return _("Only whoever runs me can do that.")


def not_in_charge_here() -> str:
    """They neither run the bot nor manage the server."""
    return _("Only those who manage this server can do that, or whoever runs me.")


def not_that_long() -> str:
    """A block of no time, or of ages."""
    return _("A block lasts from a minute to a year: say for how many hours, or leave it out.")


def only_in_private() -> str:
    """What is about somebody isn't for everybody."""
    return _(
        "Others could read that here. Ask with `/admin ledger`, whose answer only you see, "
        "or in a direct message to me."
    )


def acts(command: str) -> str:
    """What those in charge can do; `command` is what they all begin with."""
    return _(
        "`{command} grant @person 5 why` gives credits for today\n"
        "`{command} reset @person why` gives back what was spent today\n"
        "`{command} block @person 24 why` for so many hours, or for good without a number\n"
        "`{command} unblock @person why`\n"
        "`/admin ledger` shows a person's last entries\n"
        "-# A person's id will do, for somebody who has left. Those who manage a server can block "
        "and unblock there; the rest is for whoever runs me.",
        command=command,
    )


def granted(person_id: int, amount: int) -> str:
    """Credits were given."""
    return several(
        "<@{person}> has {number} credit more for today.",
        "<@{person}> has {number} credits more for today.",
        amount,
        person=person_id,
    )


def reset(person_id: int, amount: int) -> str:
    """What was spent is back."""
    if amount:
        return several(
            "<@{person}> has {number} credit back, all that was spent today.",
            "<@{person}> has {number} credits back, all that was spent today.",
            amount,
            person=person_id,
        )
    return _(
        "There is nothing to give back: <@{person}> has spent nothing today. "
        "Dreams that wait or are under way hold their credits until they end.",
        person=person_id,
    )


def forbidden(person_id: int, everywhere: bool, until: datetime | None) -> str:
    """A person was blocked."""
    end = _("until {when}", when=moment(until, "f")) if until else _("until that is lifted")
    if everywhere:
        return _("<@{person}> can't ask me for dreams anywhere {end}.", person=person_id, end=end)
    return _("<@{person}> can't ask me for dreams on this server {end}.", person=person_id, end=end)


def allowed(person_id: int, was_blocked: bool) -> str:
    """A person's block was lifted, if there was one."""
    if was_blocked:
        return _("<@{person}> can ask me for dreams again.", person=person_id)
    return _("<@{person}> isn't blocked there.", person=person_id)


def ledger(person_id: int, entries: Sequence[Entry]) -> tuple[str, str]:
    """Title and text of the card with a person's entries, newest first."""
    if not entries:
        return _("Ledger"), _("There is nothing about <@{person}>.", person=person_id)
    first = _("Of <@{person}>, newest first", person=person_id)
    return _("Ledger"), "\n".join([first, *map(_entry, entries)])


def _entry(entry: Entry) -> str:
    parts = [moment(entry.at), f"**{_(_KINDS[entry.kind])}**"]
    if entry.cost:
        parts.append(credits_of(entry.cost))
    reason = entry.reason
    if entry.kind == "job":
        # What the bot has noted itself, and nobody typed.
        parts.append(_(_STATES[entry.state]))
        reason = told(reason)
    if entry.who != "bot":
        parts.append(_("by <@{person}>", person=entry.who.removeprefix("person:")))
    return " · ".join([*parts, quoted(reason, 80)])
