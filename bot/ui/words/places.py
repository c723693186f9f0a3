"""Pictures that may not be dreamt where they were asked for, or not at all."""

from bot.ui.languages import _


def age_restricted() -> str:
    """The picture is from an age-restricted channel, and this isn't one."""
    return _(
        "That picture is from an age-restricted channel, so I don't bring it here. Ask me there, "
        "or in another channel that is age-restricted."
    )


def out_of_sight() -> str:
    """The picture is from a channel that whoever asks can't see."""
    return _("That picture is from a channel that you can't see, so I don't show it to you.")


def kept_out() -> str:
    """The gate refuses the picture."""
    return _(
        "I may not dream that picture: what it seems to show isn't allowed here. Nothing was "
        "charged; try another one."
    )


def gate_fails() -> str:
    """The gate can't say what it thinks of the picture."""
    return _(
        "I can't check pictures just now, so I can't take any. Nothing was charged; please try "
        "again in a few minutes."
    )
