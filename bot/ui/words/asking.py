"""What a wish lacks, or says that can't be understood."""

from bot.ui.languages import _, decimal, noted

DREAM_THIS = noted("Dream this")
"""The name of the menu that messages have; Discord shows it in each reader's own language."""


def from_menu() -> str:
    """The menu of a message without a picture was used."""
    return _("That message has no picture. Pick one that shows a picture as an attachment.")


def network_missing(title: str, network: str, near: str, command: str) -> str:
    """A preset whose network isn't installed.

    Args:
        near: Name of one that can be dreamt.
        command: What gets the network.
    """
    return _(
        "**{title}** needs the network {network}, which isn't here yet. Try `{near}`, which is."
        "\n-# Whoever runs me gets it with `{command}`.",
        title=title,
        network=network,
        near=near,
        command=command,
    )


def nothing_attached(command: str) -> str:
    """There is no picture to dream on; `command` is what to type."""
    return _(
        "Attach a picture to `{command}`, or reply with it to a message that has one.",
        command=command,
    )


def avatar_of_whom() -> str:
    """A picture of somebody was asked for, and not whose."""
    return _("Whose avatar? Type `avatar:@somebody`, or `avatar` for your own.")


def no_such_choice(name: str, near: str | None, names: list[str]) -> str:
    """A choice that doesn't exist; what was typed is shown as it is, never as markup."""
    lines = [_("There is no choice `{name}`.", name=name[:40].replace("`", ""))]
    if near:
        lines.append(_("Did you mean `{near}`?", near=near))
    lines.append(_("There are {names}.", names=", ".join(f"`{each}`" for each in names)))
    return " ".join(lines)


def not_a_number(name: str) -> str:
    """A value that should be a number."""
    example = {"strength": decimal(1.5), "seed": "7", "size": "768"}.get(name, "20")
    return _("`{name}` takes a number, such as `{name}={example}`.", name=name, example=example)


def too_many_iterations(most: int) -> str:
    """More steps than are dreamt."""
    return _(
        "I take up to {most} iterations: further ones change little. Try `iterations={most}`.",
        most=most,
    )


def bad_arguments(command: str) -> str:
    """A command was typed in a way it can't be read."""
    return _("I didn't understand that. `{command}` shows how to ask me.", command=command)
