"""Every text that people see in the chat."""

from datetime import datetime

from dream import Preset, Progress

ASK = "Attach a picture to `{command}`, or reply with it to a message that has one."
STOPPING = "I am being restarted. Ask me again in a minute."
FROM_MENU = "That message has no picture. Pick one that shows a picture as an attachment."
DREAM_THIS = "Dream this"
QUICK = "quick"
NOT_HERE = "not here yet"
CELLS = 12
"""Of a bar."""


def network_missing(title: str, network: str) -> str:
    """A preset whose network isn't installed."""
    return (
        f"**{title}** needs the network {network}, which isn't here yet. "
        f"Whoever runs me gets it with `dream fetch {network}`."
    )


def nothing_attached(command: str) -> str:
    """There is no picture to dream on; `command` is what to type."""
    return ASK.format(command=command)


def got_it(title: str) -> str:
    """The first answer, before anything was looked at."""
    return f"☾ **{title}** · got it, looking at your picture…"


def waiting(title: str, before: int) -> str:
    """In the queue, with so many dreams before it."""
    line = f"waiting, {count(before, 'dream')} before yours" if before else "yours is next"
    return f"☾ **{title}** · {line}"


def dreaming(title: str, progress: Progress) -> str:
    """How far a dream has come, with its bar."""
    share = min(max(progress.done, 0.0), 1.0)
    octave = f"octave {progress.octave} of {progress.octaves}"
    return f"☾ **{title}** · dreaming\n{bar(share)} {percent(share)} · {octave}"


def restarted(title: str) -> str:
    """The dream begins again."""
    return f"☾ **{title}** · something broke on our side, so the dream begins again"


def result(title: str, seed: int, seconds: float, notes: list[str]) -> str:
    """The line above the finished dream; below it, in small, what of the wish was dreamt."""
    line = f"✦ **{title}** · seed `{seed}` · {duration(seconds)}"
    return "\n".join([line, *(f"-# I dreamt {note}" for note in notes if note)])


def described(title: str, network: str, layer: str, seed: int) -> str:
    """What people who can't see the dream are told."""
    return f"A DeepDream of the posted picture: {title} ({network}, {layer}), seed {seed}."


def refused(sentence: str) -> str:
    """A wish that can't be met."""
    return sentence


def failed(sentence: str, cost: int) -> str:
    """A dream that came to nothing; its credits are back."""
    back = "Your credit is back." if cost == 1 else f"Your {cost} credits are back."
    return f"Sorry, this dream came to nothing. {sentence} {back}"


def meant_for(person_id: int, text: str) -> str:
    """A text that stands alone, with whom it is for."""
    return f"For <@{person_id}>\n{text}"


def asked_elsewhere(channel_id: int, text: str) -> str:
    """A text sent privately, since the place it was asked for in is closed."""
    return f"You asked for this in <#{channel_id}>, where I can't answer you.\n{text}"


def first_of(pictures: int) -> str:
    """Only one picture of several is dreamt; follows “I dreamt”."""
    return f"the first of your {pictures} pictures, one at a time for now"


def too_many_bytes(found: int | None, limit: int) -> str:
    """A file with too many bytes; how many isn't always known."""
    has = f"has {megabytes(found)}" if found is not None else "is larger than that"
    return f"I read pictures up to {megabytes(limit)}; yours {has}. Post a smaller one."


GONE = "That picture is gone from Discord. Post it again."
SLOW = "Discord took too long to hand me your picture. Try again in a minute."
UNREACHABLE = "I couldn't get your picture from Discord. Try again in a minute."


def missing_permissions(names: list[str], where: str) -> str:
    """What the bot may not do where it was asked to."""
    listed = " and ".join(
        part for part in (", ".join(f"**{n}**" for n in names[:-1]), f"**{names[-1]}**") if part
    )
    plural = "permissions" if len(names) > 1 else "permission"
    return (
        f"I can't do that {where}: I lack the {plural} {listed}. "
        "Somebody who manages this server can give it to my role."
    )


def unexpected(short_id: str) -> str:
    """Nobody foresaw this error."""
    return (
        f"Something went wrong on my side. Try again; if it stays, tell whoever runs me "
        f"this number: `{short_id}`."
    )


def bad_arguments(command: str) -> str:
    """A command was typed in a way it can't be read."""
    return f"I didn't understand that. `{command}` shows how to ask me."


def wait(seconds: float) -> str:
    """A command asked for too often."""
    return f"One moment: ask again in {duration(max(seconds, 1))}."


# Cards


def quota(used: int, limit: int, left: int, resets_at: datetime) -> tuple[str, str]:
    """Title and text of the card that tells what is left."""
    text = (
        f"{bar(left / limit if limit else 0)}\n**{left}** of {count(limit, 'credit')} left"
        f" · {used} used\nAll are back <t:{round(resets_at.timestamp())}:R>"
    )
    return "Your dreams today", f"{text}\n-# A standard dream costs one credit."


def choice(preset: Preset, mark: str) -> str:
    """A preset in one line, with its mark if it has one."""
    marked = f" ({mark})" if mark else ""
    return f"{preset.title}{marked}: {preset.text}"


def catalogue(
    presets: list[tuple[Preset, str]], missing: list[Preset], command: str
) -> tuple[str, str]:
    """Title and text of the card with all presets, those whose network is missing named last.

    Args:
        presets: Each with its mark, or nothing.
        missing: Without their networks.
        command: What one types for a dream.
    """
    lines = []
    for preset, mark in presets:
        marked = f" · *{mark}*" if mark else ""
        lines.append(f"**{preset.title}** `{preset.name}` · {preset.text}{marked}")
    if presets:
        lines.append(f"-# For example: `{command} {presets[-1][0].name}`")
    if missing:
        names = ", ".join(preset.name for preset in missing)
        lines.append(f"-# Not here yet, for want of their networks: {names}")
    return "Presets", "\n".join(lines)


def help_card(prefix: str, mention: str | None, other: str) -> tuple[str, str]:
    """Title and text of the help: how to ask, as it is typed.

    Args:
        prefix: What typed commands begin with.
        mention: What to type in place of it, where typed commands can't be read.
        other: Name of a preset that isn't what one gets anyway.
    """
    own = f"{mention} " if mention else prefix
    dream = f"{own}dream"
    text = (
        f"`{dream}` with a picture attached\n"
        f"`{dream}` as a reply to a picture\n"
        f"`{dream} {other}` in another style\n"
        "`/dream` from a form\n"
        f"**Apps › {DREAM_THIS}** in the menu of any picture: right click, or a long press\n\n"
        f"`{own}presets` shows the styles, `{own}quota` what you have left today."
    )
    if mention:
        text += f"\n-# {content_is_off(prefix)}"
    return "Post a picture, get its dream", text


def content_is_off(prefix: str) -> str:
    """Why commands with the prefix do nothing on servers, and what works."""
    return (
        f"I can't read messages here, so `{prefix}dream` works only in direct messages to me. "
        "Mentioning me, slash commands and the message menu work everywhere."
    )


# Numbers, as people read them


def bar(share: float) -> str:
    """A bar, filled to that share of 1."""
    full = round(min(max(share, 0.0), 1.0) * CELLS)
    return "▰" * full + "▱" * (CELLS - full)


def percent(share: float) -> str:
    """A share of 1 in percent, never 100 before the end."""
    return f"{int(share * 100)} %"


def duration(seconds: float) -> str:
    """A time, as exact as it matters."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{round(seconds)} s"
    return f"{round(seconds) // 60} min {round(seconds) % 60} s"


def megabytes(number: int) -> str:
    """A number of bytes in units of 2**20, as Discord counts them."""
    return f"{number / 2**20:.3g} MB"


def count(number: int, what: str) -> str:
    """A number of things."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
