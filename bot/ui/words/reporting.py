"""Telling a server's moderators of a dream that somebody minds."""

from bot.ui.languages import _
from bot.ui.words.quoting import quoted

MOST_QUOTED = 300
"""Characters of a reason that are passed on."""


def report_label() -> str:
    """The button that reports a dream."""
    return _("Report")


def report_title() -> str:
    """Of the form; at most 45 characters."""
    return _("Tell the moderators of this")


def report_line() -> tuple[str, str]:
    """Above the form's one line, and below it; at most 45 and 100 characters."""
    return _("What is wrong with it?"), _("Only the moderators read this, with your name.")


def reported(reporter_id: int, owner_id: int, link: str, reason: str) -> str:
    """To the moderators."""
    told = _(
        "<@{reporter}> reports a dream of <@{owner}>: {link}",
        reporter=reporter_id,
        owner=owner_id,
        link=link,
    )
    return f"🚩 {told}\n> {quoted(reason, MOST_QUOTED)}" if reason else f"🚩 {told}"


def thanks_for_report() -> str:
    """To whoever reports."""
    return _("Thank you. The moderators of this server know of it now.")


def reported_before() -> str:
    """They did so already."""
    return _("You have told the moderators of this one already.")


def no_moderators() -> str:
    """In direct messages, and where the bot is no member."""
    return _("There are no moderators here whom I could tell. What is yours you can delete.")


def report_of_unknown() -> str:
    """The dream was forgotten, though it still hangs there."""
    return _(
        "I know nothing of that dream any more. Please tell a moderator of this server yourself."
    )


def report_not_told() -> str:
    """Neither the moderators' channel nor the server's owner can be reached."""
    return _("I can't reach the moderators of this server. Please tell one of them yourself.")
