"""The buttons under answers, and what they say when they are pressed."""

from bot.ui.languages import _


def cancel_label() -> str:
    """Calls a dream off."""
    return _("Cancel")


def again_label() -> str:
    """Dreams the same with another seed."""
    return _("Again")


def deeper_label() -> str:
    """Dreams the dream."""
    return _("Deeper")


def tweak_label() -> str:
    """Opens the form with a dream's choices."""
    return _("Tweak")


def stronger_label() -> str:
    """Dreams the same, stronger."""
    return _("Stronger")


def softer_label() -> str:
    """Dreams the same, with more of the picture."""
    return _("Softer")


def compare_label() -> str:
    """Shows picture and dream side by side."""
    return _("Compare")


def recipe_label() -> str:
    """Tells how to get the same again."""
    return _("Recipe")


def delete_label() -> str:
    """Deletes a dream."""
    return _("Delete")


def enlarge_label(number: int) -> str:
    """Dreams that one of a sheet large."""
    return _("{number} large", number=number)


def vary_label(number: int) -> str:
    """Makes another sheet around that one."""
    return _("Vary {number}", number=number)


def tweak_title() -> str:
    """Of the form; at most 45 characters."""
    return _("Tweak this dream")


def tweak_lines() -> dict[str, tuple[str, str]]:
    """What stands above each line of the form, and what it may say; at most 45 and 100 characters.

    By the names of the choices.
    """
    return {
        "preset": (
            _("Preset"),
            _("Its name. Another preset brings its own layer, strength and iterations"),
        ),
        "strength": (_("Strength"), _("How much of the dream is mixed in, 0 to 2")),
        "iterations": (_("Iterations"), _("Steps on each scale, 1 to 100; more of them cost more")),
        "layer": (_("Layer"), _("What the network looks for; empty for the preset's own")),
        "seed": (_("Seed"), _("The same one dreams alike; empty for a new one")),
    }


def dream_unknown(command: str) -> str:
    """A dream that was forgotten; `command` is what to type to dream on it."""
    return _(
        "I know nothing of that dream any more. Reply to it with `{command}`, and I dream on from "
        "it.",
        command=command,
    )


def not_your_dream(owner_id: int, command: str) -> str:
    """Somebody else's dream, which only they change; `command` is what to type instead."""
    return _(
        "That dream is <@{person}>'s. Reply to it with `{command}`, and I dream on from it for "
        "you.",
        person=owner_id,
        command=command,
    )


def not_yours_to_delete() -> str:
    """Somebody else's dream, to whoever doesn't look after the place."""
    return _(
        "That dream isn't yours to delete: whoever asked for it can, and those who look after "
        "this place."
    )


def not_kept() -> str:
    """A picture that was in the storage for its time."""
    return _(
        "I don't have that picture any more, for I keep none for long. Post it once more to dream "
        "on it."
    )


def no_stronger() -> str:
    """There is no more of it."""
    return _("That is as strong as I dream it. Try **Deeper**, which dreams on from here.")


def no_softer() -> str:
    """There would be nothing left of it."""
    return _("Softer than that, nothing would be left of the dream.")


def compared() -> str:
    """Above a picture and its dream."""
    return _("Before and after")


def before(*, deeper: bool) -> str:
    """Above the picture, or the dream that was dreamt on."""
    return _("The dream before") if deeper else _("Before")


def after() -> str:
    """Above the dream."""
    return _("After")


def compared_described(title: str, *, deeper: bool) -> str:
    """What people who can't see the two are told."""
    if deeper:
        return _("The dream before on the left, its dream {title} on the right.", title=title)
    return _("The posted picture on the left, its dream {title} on the right.", title=title)


def recipe(command: str, *, exact: bool, further: bool, deeper: bool) -> str:
    """How to get the same dream again.

    Args:
        command: What to type.
        exact: Whether that is all of it.
        further: Whether there was a guide or a mask.
        deeper: Whether it is the dream of a dream.
    """
    head = _("For the same dream post the same picture with")
    if deeper:
        head = _("For the same dream post the dream before it with")
    lines = [head, f"```{command}```"]
    if further:
        lines.append("-# " + _("Attach its guide or mask after the picture."))
    if exact:
        how = _("Or on a computer: `dream image PICTURE --recipe THIS.json`")
    else:
        how = _(
            "That comes close. The file has all of it: `dream image PICTURE --recipe THIS.json`"
        )
    lines.append(f"-# {how}")
    return "\n".join(lines)


def sure_to_delete(title: str) -> str:
    """Asks once more."""
    return _("Delete **{title}** for good? What it cost stays spent.", title=title)


def deleted(title: str) -> str:
    """It is gone."""
    return _("Deleted: **{title}**.", title=title)


def just_arriving() -> str:
    """A dream that is there, while that isn't written down yet."""
    return _("One moment: that dream is only just arriving. Try again in a few seconds.")


def only_of_pictures() -> str:
    """Pressed under a sheet, or under what was made from scratch."""
    return _("That works for the dream of a picture only.")


def only_of_sheets() -> str:
    """Pressed where no such dream is shown."""
    return _("That works for one of several dreams on a sheet only.")
