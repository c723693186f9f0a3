"""Which picture was taken, and why one can't be had."""

from bot.ui.languages import _
from bot.ui.words.numbers import megabytes


def too_many_bytes(found: int | None, limit: int) -> str:
    """A file with too many bytes; how many isn't always known."""
    if found is None:
        return _(
            "I read pictures up to {limit}; yours is larger than that. Post a smaller one.",
            limit=megabytes(limit),
        )
    return _(
        "I read pictures up to {limit}; yours has {size}. Post a smaller one.",
        limit=megabytes(limit),
        size=megabytes(found),
    )


def looking_at_others(number: int) -> str:
    """To somebody who sends pictures faster than they can be looked at."""
    return _(
        "I'm still looking at the last {number} pictures you sent. "
        "Post this one again once I've answered those.",
        number=number,
    )


def gone() -> str:
    """An attachment that isn't there any more."""
    return _("That picture is gone from Discord. Post it again.")


def slow() -> str:
    """An attachment that doesn't arrive."""
    return _("Discord took too long to hand me your picture. Try again in a minute.")


def unreachable() -> str:
    """An attachment that can't be fetched now."""
    return _("I couldn't get your picture from Discord. Try again in a minute.")


def link_gone() -> str:
    """A link to nothing."""
    return _("That link leads nowhere any more. Save the picture and post it here.")


def link_slow() -> str:
    """A link whose picture doesn't arrive."""
    return _("That link takes too long. Save the picture and post it here.")


def link_to_page() -> str:
    """A link to something to read."""
    return _("That link leads to a page, not to a picture. Save the picture and post it here.")


def link_unreachable() -> str:
    """A link whose picture can't be fetched now."""
    return _("I couldn't get the picture behind that link. Save it and post it here.")


def host_not_allowed(hosts: list[str]) -> str:
    """A link to somewhere the bot doesn't go; `hosts` are those where it does."""
    sentences = [_("I don't follow that link.")]
    if hosts:
        known = ", ".join(f"`{host}`" for host in hosts[:6])
        sentences.append(_("I follow links to {hosts}.", hosts=known))
    sentences.append(_("Save the picture and post it here."))
    return " ".join(sentences)
