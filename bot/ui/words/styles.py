"""The presets."""

from bot.ui.languages import _
from dream import Preset


def quick() -> str:
    """The mark of a preset whose network is the quick one."""
    return _("quick")


def not_here() -> str:
    """The mark of a preset whose network is missing."""
    return _("not here yet")


def choice(preset: Preset, mark: str) -> str:
    """A preset in one line, with its mark if it has one."""
    marked = f" ({mark})" if mark else ""
    return f"{preset.title}{marked}: {_(preset.text)}"


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
        lines.append(f"`{preset.name}` · {_(preset.text)}{marked}")
    if presets:
        example = f"`{command} {presets[-1][0].name}`"
        lines.append("-# " + _("For example: {example}", example=example))
    if missing:
        names = ", ".join(preset.name for preset in missing)
        lines.append("-# " + _("Not here yet, for want of their networks: {names}", names=names))
    return _("Presets"), "\n".join(lines)
