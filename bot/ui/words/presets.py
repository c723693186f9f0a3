"""Presets that people save, share, and give to their server."""

from collections.abc import Sequence

from bot.ui.languages import _, several
from bot.ui.words.quoting import one_line, quoted

_LONGEST_SHOWN = 40
"""Characters of what somebody typed."""


def save_label() -> str:
    """The button that keeps a dream's recipe; also the title of its form, at most 45 characters."""
    return _("Save as a preset")


def save_line(longest: int) -> tuple[str, str]:
    """What stands above the form's line, and what it may say; at most 45 and 100 characters."""
    return _("Its name"), _("Letters, digits and hyphens, up to {most} of them", most=longest)


def preset_saved(name: str, command: str, left: Sequence[str]) -> str:
    """To whoever saved a dream's recipe.

    Args:
        command: What one types for a dream.
        left: What of the dream's pictures the preset can't have: `guide`, `mask`.
    """
    lines = [_("Saved. `{command} {name}` dreams with it from now on.", command=command, name=name)]
    if "guide" in left:
        lines.append("-# " + _("Without the guide: attach one with `guide` each time."))
    if "mask" in left:
        lines.append("-# " + _("Without the mask: attach one with `mask` each time."))
    return "\n".join(lines)


def preset_deleted(name: str) -> str:
    """It is gone."""
    return _("`{name}` is deleted. What was dreamt with it stays.", name=name)


def preset_shared(name: str, *, public: bool) -> str:
    """Everybody may copy it, or nobody any more."""
    if public:
        return _(
            "Everybody can see `{name}` with your name now, and copy it with "
            "`/preset take {name}`. `/preset share {name} off` takes it back.",
            name=name,
        )
    return _("`{name}` is yours alone. Copies that others have taken stay theirs.", name=name)


def preset_taken(name: str, command: str) -> str:
    """It was copied; `command` is what one types for a dream."""
    return _("`{name}` is yours too now: `{command} {name}`.", name=name, command=command)


def preset_given(name: str, command: str) -> str:
    """All of a server may use it; `command` is what they type for a dream."""
    return _(
        "Everybody on this server can dream with `{name}` now: `{command} {name}`. "
        "`/preset server {name} off` takes it away.",
        name=name,
        command=command,
    )


def preset_taken_away(name: str) -> str:
    """It isn't the server's any more."""
    return _("`{name}` isn't among this server's presets any more.", name=name)


def saved_presets(
    own: Sequence[tuple[str, bool]],
    servers: Sequence[str],
    public: Sequence[tuple[str, int]],
    command: str,
) -> tuple[str, str]:
    """Title and text of the card with them.

    Args:
        own: Names of the person's, each with whether it is public.
        servers: Names of the server's.
        public: Names of the latest that others share, each with whose it is.
        command: What one types for a dream.
    """
    mark = _("shared")
    parts = (
        (_("Yours"), [f"`{name}`" + (f" ({mark})" if open_ else "") for name, open_ in own], " · "),
        (_("This server's"), [f"`{name}`" for name in servers], " · "),
        (_("Shared by others"), [f"`{name}` · <@{person}>" for name, person in public], "\n"),
    )
    lines = [f"**{heading}**\n{between.join(shown)}" for heading, shown, between in parts if shown]
    if not own:
        lines.append(_("You have none yet. *Recipe* under a dream, then *Save as a preset*."))
    if own or servers:
        example = f"`{command} {own[0][0] if own else servers[0]}`"
        lines.append("-# " + _("For example: {example}", example=example))
    if public:
        lines.append("-# " + _("`/preset take` copies what others share, and finds all of it."))
    return _("Saved presets"), "\n".join(lines)


def saved_choice(name: str, *, servers: bool, network: str, layer: str) -> str:
    """A saved preset as it is offered while one types, the person's or the server's."""
    whose = _("this server's") if servers else _("yours")
    return f"{name} ({whose}): {about_recipe(network, layer)}"


def about_recipe(network: str, layer: str) -> str:
    """What a recipe dreams, as short as it can be."""
    return f"{network}, {layer}"


def no_such_preset(name: str, near: Sequence[str], names: Sequence[str]) -> str:
    """None of that name, with those that come near, and those of the catalogue."""
    typed, all_of_them = one_line(name, 60), ", ".join(names)
    if near:
        return _(
            "There is no preset called “{name}”. Nearest: {near}. There are: {names}.",
            name=typed,
            near=", ".join(near),
            names=all_of_them,
        )
    return _(
        "There is no preset called “{name}”. There are: {names}.", name=typed, names=all_of_them
    )


def no_name_for_preset(longest: int) -> str:
    """What was typed can't be one's name."""
    return _(
        "A preset's name is one word of letters, digits and hyphens, such as `night-fur`, with up "
        "to {most} characters.",
        most=longest,
    )


def name_means_more(name: str) -> str:
    """That name is one of the catalogue's, or a word of the commands."""
    return _("`{name}` means something to me already. Choose another name.", name=name)


def name_taken(name: str, *, servers: bool) -> str:
    """There is one of that name, which is another one."""
    if servers:
        return _(
            "This server has another preset called `{name}`. `/preset server {name} off` takes "
            "that one away first.",
            name=name,
        )
    return _(
        "You have another preset called `{name}`. Choose another name, or `/preset delete {name}` "
        "first.",
        name=name,
    )


def no_room_for_preset(most: int, *, servers: bool) -> str:
    """There are as many as may be."""
    if servers:
        return several(
            "This server has {number} preset, as many as I keep for it. Take it away first.",
            "This server has {number} presets, as many as I keep for it. Take one away first.",
            most,
        )
    return several(
        "You have {number} preset, as many as I keep for you. Delete it first.",
        "You have {number} presets, as many as I keep for you. Delete one first.",
        most,
    )


def none_of_yours(typed: str) -> str:
    """They have none of that name."""
    return _(
        "You have no preset called {name}. `/preset list` shows yours.",
        name=quoted(typed, _LONGEST_SHOWN),
    )


def none_of_servers(typed: str) -> str:
    """The server has none of that name."""
    return _(
        "This server has no preset called {name}. `/preset list` shows those that it has.",
        name=quoted(typed, _LONGEST_SHOWN),
    )


def none_shared(typed: str) -> str:
    """Nobody shares one of that name."""
    return _(
        "Nobody shares a preset called {name}. `/preset take` finds those that are shared.",
        name=quoted(typed, _LONGEST_SHOWN),
    )


def several_shared(people: Sequence[int]) -> str:
    """Several people share one of that name."""
    named = ", ".join(f"<@{person}>" for person in people)
    return _("Several people share one of that name: {people}. Say whose.", people=named)


def only_one_dream_saved() -> str:
    """A sheet, or what was made from scratch, is no preset."""
    return _(
        "That has no recipe to save: only a dream has. Make one of a sheet's large, and save that."
    )


def nothing_to_save(command: str) -> str:
    """They have no dream."""
    return _(
        "I found no dream of yours to save. Make one first, or reply to one with `{command}`.",
        command=command,
    )


def no_servers_presets() -> str:
    """In a direct message."""
    return _("There is no server here to give a preset to.")


def blocked_from_presets() -> str:
    """Those who may not dream may not save either."""
    return _("You can't save or share presets here just now, since you can't dream here.")
