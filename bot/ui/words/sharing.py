"""Sharing dreams in a server's gallery, and what others' stars do."""

from collections.abc import Sequence

from bot.ui.languages import _, several


def share_button() -> str:
    """The button that puts a dream into the gallery."""
    return _("Share")


def exhibited(title: str, person_id: int, link: str) -> str:
    """The post in a gallery."""
    line = _("**{title}**, dreamt by <@{person}>", title=title, person=person_id)
    where = _("where it was dreamt")
    return f"{line} · #DeepDream\n-# [{where}](<{link}>)"


def shared(link: str, *, new: bool) -> str:
    """To its owner, once it is there."""
    if new:
        return _("It hangs in the gallery now: {link}\n-# `/unshare` takes it out.", link=link)
    return _("It hangs there already: {link}", link=link)


def unshared(title: str, *, was_there: bool) -> str:
    """It was taken out."""
    if was_there:
        return _(
            "I took **{title}** out of the gallery. Stars don't bring it back; `/share` does.",
            title=title,
        )
    return _("**{title}** isn't in the gallery, and stars won't bring it there.", title=title)


def no_gallery() -> str:
    """On a server without one."""
    return _(
        "This server has no gallery yet. Who manages it can choose a channel for one with "
        "`/dreams settings`."
    )


def gallery_gone() -> str:
    """Its channel was deleted."""
    return _(
        "The gallery's channel isn't there any more. Who manages this server can choose another "
        "one with `/dreams settings`."
    )


def gallery_closed(channel: str) -> str:
    """The bot may not post there."""
    return _(
        "I may not post pictures in {channel}. Somebody who manages this server can give me that "
        "permission.",
        channel=channel,
    )


def not_from_there(channel: str) -> str:
    """A dream from an age-restricted channel."""
    return _(
        "This was dreamt in an age-restricted channel, and {channel} isn't one. It stays here.",
        channel=channel,
    )


def only_on_servers() -> str:
    """In a direct message."""
    return _("A gallery belongs to a server. Dream it there, and share it from there.")


def nothing_to_share(command: str) -> str:
    """They have no dream there."""
    return _(
        "I found no dream of yours here. Reply to one with `{command}`, or make one first.",
        command=command,
    )


def not_a_dream() -> str:
    """A reply to some other message."""
    return _("That message isn't a finished dream of mine. Reply to one.")


def not_yours_to_share() -> str:
    """Somebody else's dream."""
    return _(
        "Only who dreamt it can share it. Do you like it? Give it a ⭐: enough of those ask for it."
    )


def not_yours_to_remove() -> str:
    """Somebody else's dream."""
    return _("Only who dreamt it, or a moderator, can take it out of the gallery.")


def blocked_from_sharing() -> str:
    """Those who may not dream may not share either."""
    return _("You can't share here just now, since you can't dream here.")


def taken_out_meanwhile() -> str:
    """It was removed in the very moment."""
    return _("It was taken out again just as I hung it up.")


def not_shared_now() -> str:
    """The picture can't be had."""
    return _("I can't get at the picture just now. Try again in a minute.")


def past_sharing() -> str:
    """Neither kept nor on its message."""
    return _("I don't have this picture any more, and its message doesn't show it either.")


def starred(person_id: int, number: int) -> str:
    """Asks its owner whether a dream that people like may be shown."""
    liked = several(
        "<@{person}>, {number} person gave this a ⭐. May it go into the gallery?",
        "<@{person}>, {number} people gave this a ⭐. May it go into the gallery?",
        number,
        person=person_id,
    )
    hint = _("`/stars always` or `/stars never` answers this once and for all.")
    return f"{liked}\n-# {hint}"


def stars_chosen(wanted: str | None) -> str:
    """What a person has chosen about stars."""
    if wanted == "always":
        return _("When enough people give a dream of yours a ⭐, it goes into the gallery.")
    if wanted == "never":
        return _("Your dreams come into the gallery only when you share them yourself.")
    return _("When enough people give a dream of yours a ⭐, I ask you.")


def best_of_week(dreams: Sequence[tuple[str, int, str, int]]) -> tuple[str, str]:
    """Title and text of the card with the best of a week.

    Args:
        dreams: Title, person, link to the post, stars; best first.
    """
    lines = [
        f"{place}. [{title}]({link}) · <@{person}> · ⭐ {stars}"
        for place, (title, person, link, stars) in enumerate(dreams, 1)
    ]
    if not lines:
        lines = [_("Nothing yet. The Share button under a dream, or `/share`, makes a beginning.")]
    return _("The best of the week"), "\n".join(lines)
