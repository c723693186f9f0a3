"""Being forgotten."""

from bot.database.forgetting import Traces
from bot.ui.languages import _, decimal, several
from bot.ui.words.numbers import dreams


def erase() -> str:
    """The button that does it."""
    return _("Erase it all")


def keep() -> str:
    """The button that doesn't."""
    return _("Leave it")


def erasing() -> str:
    """It is under way."""
    return _("I end what isn't finished, and erase what I have of yours…")


def erased() -> str:
    """It is done."""
    return _(
        "Everything I had of yours is erased: pictures, dreams, presets, settings, and the "
        "record of them.\n"
        "What I posted stays in its channels until somebody deletes it: anyone who may manage "
        "messages there can. Credits you used today stay used until midnight (UTC), and a block "
        "stays until it ends; for that alone I keep a number that leads to you only when you ask "
        "me again."
    )


def nothing_kept() -> str:
    """Of whoever asked."""
    return _("I keep nothing about you, so there is nothing to erase.")


def nothing_erased() -> str:
    """They want to be remembered."""
    return _("All is left as it is.")


def unanswered() -> str:
    """The question has stood for long enough."""
    return _("You didn't say, so I've erased nothing. Ask me again when you like.")


def not_asked() -> str:
    """Somebody answers for another."""
    return _("That is somebody else's to answer. `/forget` asks about what I keep of yours.")


def traces(found: Traces, hours: float) -> tuple[str, str]:
    """Title and text of the card that tells what is kept of a person, before it is erased.

    Args:
        found: What is.
        hours: How long pictures are kept anyway.
    """
    kept = [
        several(
            "**{number} picture** that you posted or I dreamt from one; it goes by itself {hours} "
            "hours after its dream",
            "**{number} pictures** that you posted or I dreamt from those; they go by themselves "
            "{hours} hours after their dream",
            len(found.keys),
            hours=decimal(hours, 2),
        ),
        _("**{dreams}** on record, with what they cost", dreams=dreams(len(found.jobs))),
    ]
    if found.settings:
        kept.append(_("what you have chosen about how I treat you"))
    if found.presets:
        kept.append(
            several(
                "**{number} preset** that you have saved; given to a server, it stays there "
                "without your name",
                "**{number} presets** that you have saved; those given to a server stay there "
                "without your name",
                found.presets,
            )
        )
    if found.language:
        kept.append(_("which language you speak"))
    if found.hinted:
        kept.append(_("that you have had a first dream, so that I explain myself once"))
    lines = [f"· {line}" for line in kept]
    if found.unfinished:
        lines.append(
            _(
                "**{dreams}** not finished yet: cancelled, and refunded.",
                dreams=dreams(found.unfinished),
            )
        )
    lines.append("-# " + _("What I posted in channels stays there until somebody deletes it."))
    return _("What I keep of yours"), "\n".join(lines)
