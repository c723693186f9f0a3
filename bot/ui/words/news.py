"""News of the bot: who gets them, and what whoever announces them is told."""

from bot.database.news import Announcement, Audience
from bot.ui.languages import _, several
from bot.ui.words.numbers import listed

LONGEST_NEWS = 1500
"""Characters, with room for what is said around them."""


def news(*, wanted: bool) -> str:
    """Whether the person gets any."""
    if wanted:
        return _(
            "When there is news of me, I send it to you as a direct message. "
            "`/news off` keeps me from that."
        )
    return _("I send you no news of me. `/news on` changes that.")


def letter(text: str, *, to_server: bool) -> str:
    """An announcement as it arrives, with how to get no more of them."""
    if to_server:
        why = _("Moderators chose this channel for news of me; `/dreams settings` changes that.")
    else:
        why = _("You asked me for news. `/news off` keeps me from sending more.")
    return f"{text}\n-# {why}"


def announce_what(command: str) -> str:
    """Nothing was said that is to be announced."""
    return _("Say what there is to tell after the command: `{command} …`", command=command)


def news_too_long(number: int) -> str:
    """So many characters are too many."""
    return _(
        "News may have {most} characters; yours have {number}.", most=LONGEST_NEWS, number=number
    )


def nobody_asked() -> str:
    """There is nobody to send it to."""
    return _(
        "Nobody has asked for news so far. People do so with `/news on`, "
        "and moderators choose a channel in `/dreams settings`."
    )


def sure_to_announce(audience: Audience, text: str) -> str:
    """Asks once more, with what is to be sent."""
    to = []
    if audience.people:
        to.append(several("{number} person", "{number} people", audience.people))
    if audience.channels:
        to.append(several("{number} channel", "{number} channels", audience.channels))
    head = _("Send this to **{recipients}**? It can't be taken back.", recipients=listed(to))
    return f"{head}\n>>> {text}"


def announce() -> str:
    """The button that does it."""
    return _("Send it")


def announcing() -> str:
    """It is under way."""
    return _("It is on its way, two letters a second. Once all have it, I say so here.")


def not_announced() -> str:
    """They don't want it sent after all."""
    return _("Nothing was sent.")


def announcing_unanswered() -> str:
    """The question has stood for long enough."""
    return _("You didn't say, so I've sent nothing. Ask me again when you like.")


def announced(done: Announcement) -> str:
    """All letters are sent."""
    told = _("Your news went to {reached} of {all}.", reached=done.reached, all=done.letters)
    if done.closed:
        told += " " + several(
            "{number} can't be written to any more, and gets no further news.",
            "{number} can't be written to any more, and get no further news.",
            done.closed,
        )
    return told
