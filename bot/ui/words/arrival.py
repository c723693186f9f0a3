"""The first words to a server, and to a person."""

from bot.ui.languages import _, decimal


def greeting(prefix: str, mention: str | None, hours: float) -> tuple[str, str]:
    """Title and text of the hello on a server.

    Args:
        prefix: What typed commands begin with.
        mention: What to type in place of it, where typed commands can't be read.
        hours: How long pictures are kept.
    """
    own = f"{mention} " if mention else prefix
    text = _(
        "Give me a picture, and a neural network shows what it sees in it: eyes, towers, animals "
        "where clouds were.\n\n"
        "**Try it**: `/dream` with a picture, or `{own}dream` in a message that has one.\n"
        "`/help` shows how to ask. Who looks after this server finds `/dreams settings`."
        "\n-# I keep pictures for {hours} hours after their dream. `/privacy` tells the rest, "
        "`/forget` erases it all at once.",
        own=own,
        hours=decimal(hours, 2),
    )
    return _("Hello, I dream"), text


def classic_later(title: str) -> str:
    """Below that hint where the dream that all began with can't be had."""
    return "-# " + _("**{title}** comes when its network is here.", title=title)


def hint() -> str:
    """Below a person's first dream: what they could do next."""
    return "-# " + _(
        "Your first dream! The buttons below take it further, `/presets` shows other styles, "
        "`/help` the rest."
    )
