"""What is kept of people, and what holds between them and the bot: both in short."""

from bot.ui.languages import _, decimal


def privacy(hours: float, days: int, *, gated: bool) -> tuple[str, str]:
    """Title and text of what is kept, how long, and who sees it.

    Args:
        hours: How long pictures are kept.
        days: How long it is kept which dreams there were.
        gated: Whether a program of whoever runs the bot sees the pictures first.
    """
    lines = [
        _(
            "**Pictures** that you have me dream on, and their dreams: {hours} hours after the "
            "dream has ended.",
            hours=decimal(hours, 2),
        ),
        _(
            "**Which dreams there were**, where you asked and what they cost: {days} days.",
            days=days,
        ),
        _("**What you chose**, and which language you read: until you have me forget it."),
        _("**Presets** that you save: until you delete them. Others see only those you share."),
        _("Of all other messages only how far I have read, never what they say."),
    ]
    text = "\n".join(f"· {line}" for line in lines)
    if gated:
        text += "\n" + _(
            "Before I dream, a program of whoever runs me looks at a small copy of the picture."
        )
    text += "\n\n" + _(
        "Only whoever runs me can see this, and nothing is trained on it.\n"
        "`/forget` shows what I keep of yours and erases it. What I posted stays in its channel."
    )
    return _("What I keep, and for how long"), text


def terms() -> tuple[str, str]:
    """Title and text of what people agree to by asking for a dream."""
    lines = [
        _("Give me only pictures that you may use. Their dreams are yours as the pictures are."),
        _("What this server and Discord forbid, I am not to dream either."),
        _("Some networks come with terms of their own, such as no commercial use."),
        _("I promise nothing: a dream may fail, be late, or look like nothing you wanted."),
        _(
            "Who floods me, gets around limits or posts what is forbidden is blocked, by whoever "
            "looks after a server or runs me."
        ),
    ]
    return _("What holds between us"), "\n".join(f"· {line}" for line in lines)


def all_of_it(address: str) -> str:
    """Where the whole page is."""
    return _("[All of it]({address})", address=address)
