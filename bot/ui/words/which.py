"""Which of the pictures around a wish was taken, and why none could be."""

from bot.ui.languages import _, noted, several
from bot.ui.words.answers import looking
from bot.ui.words.asking import nothing_attached

OPTIONS = {
    "image": noted("The picture to dream on; the newest one here if you give none"),
    "preset": noted("The style of the dream"),
    "strength": noted("How much of the dream is mixed with the picture: 1 is all, up to 2"),
    "iterations": noted("Steps on each octave: more make more of it, and cost more"),
    "layer": noted("What the network is asked for more of"),
    "seed": noted("The same seed makes the same dream"),
    "size": noted("Longer side of the dream in pixels"),
    "link": noted("A link to a picture"),
    "person": noted("Whose avatar to dream"),
    "guide": noted("A second picture: the dream is made of what is in that one"),
    "mask": noted("A picture that is white where it is to be dreamt"),
}
"""What the options of the slash command are for."""


def attached() -> str:
    """The attachment of a wish that names other pictures too; follows “I dreamt”, as all these."""
    return _("the picture you attached")


def linked() -> str:
    """What a link leads to."""
    return _("the picture behind your link")


def forwarded() -> str:
    """What a forwarded message shows."""
    return _("the picture you forwarded")


def sticker() -> str:
    """A sticker of the message that asks."""
    return _("your sticker")


def own_avatar() -> str:
    """The asker's own avatar."""
    return _("your avatar")


def avatar_of(person_id: int) -> str:
    """Somebody else's avatar."""
    return _("<@{person}>'s avatar", person=person_id)


def in_message(person_id: int | None, pictures: int) -> str:
    """The first picture of somebody's message."""
    if pictures > 1:
        if person_id is None:
            return _("the first of the {pictures} pictures in that message", pictures=pictures)
        return _(
            "the first of the {pictures} pictures in <@{person}>'s message",
            pictures=pictures,
            person=person_id,
        )
    if person_id is None:
        return _("the picture of that message")
    return _("the picture of <@{person}>'s message", person=person_id)


def newest(person_id: int | None, pictures: int) -> str:
    """The first picture of a message that nobody pointed at."""
    if pictures > 1:
        return _("the newest here, {picture}", picture=in_message(person_id, pictures))
    if person_id is None:
        return _("the newest picture here")
    return _("the newest picture here, by <@{person}>", person=person_id)


def nth(index: int, of: int) -> str:
    """Which one of several pictures of a message, in any language."""
    return f"`{index + 1}/{of}`"


def got_nth(title: str, index: int, of: int) -> str:
    """The first answer to one of several pictures of a message, before it was looked at."""
    return f"☾ **{title}** {nth(index, of)} · {looking()}"


def about_nth(sentence: str, index: int, of: int) -> str:
    """Why one of several pictures of a message isn't dreamt."""
    return sentence + "\n-# " + _("Picture {which}", which=nth(index, of))


def nth_of_yours(index: int, of: int, left: int) -> str:
    """Which one of several pictures, of which so many are left aside."""
    which = nth(index, of)
    if not left:
        return _("your picture {which}", which=which)
    return several(
        "your picture {which}; I take {of} at a time, so post the other again",
        "your picture {which}; I take {of} at a time, so post the other {number} again",
        left,
        which=which,
        of=of,
    )


def smaller_than_asked(side: int | None) -> str:
    """The dream has fewer pixels than somebody has chosen; follows what was dreamt, too."""
    return _("at {side} pixels, as large as I can", side=side)


def remark(*notes: str) -> str:
    """What is to be said of a wish, in one line; nothing where there is nothing."""
    return ", ".join(filter(None, notes))


def no_picture(command: str, *, searched: bool) -> str:
    """There is no picture to dream on, nor among the latest messages if they were `searched`."""
    said = nothing_attached(command)
    return _("I find no picture here.") + f" {said}" if searched else said


def nobody() -> str:
    """An avatar of somebody who doesn't exist."""
    return _("I know nobody of that number. Type `avatar:@somebody`, or `avatar` for your own.")


def sticker_is_drawn() -> str:
    """A sticker without a picture in it."""
    return _(
        "That sticker is drawn anew each time it moves, so there is no picture in it to dream on. "
        "Post a picture, or another sticker."
    )


def still_dreaming() -> str:
    """A dream of ours that is asked for before it is there."""
    return _("That dream isn't finished. Ask again when it is, and I dream on from there.")


def not_a_link() -> str:
    """A link that is none."""
    return _("That is no link. One begins with `https://` and leads to a picture.")


def about_the(role: str, sentence: str) -> str:
    """What is wrong with a picture that isn't the one to dream on: a guide or a mask."""
    if role == "guide":
        return _("About the guide: {sentence}", sentence=sentence)
    return _("About the mask: {sentence}", sentence=sentence)


def role_missing(role: str) -> str:
    """A guide or mask was named, and not given."""
    if role == "guide":
        return _("There is no guide. Attach it after the picture to dream on, in the same message.")
    return _("There is no mask. Attach it after the picture to dream on, in the same message.")
