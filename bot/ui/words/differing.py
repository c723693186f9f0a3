"""What makes a dream another one than its preset says, in a few words."""

from collections.abc import Sequence

from bot.ui.languages import _, decimal, several
from bot.ui.words.quoting import quoted
from dream import Recipe

_LONGEST_LAYER = 60
"""Characters."""


def made_so(title: str, differing: Sequence[str]) -> str:
    """What was made, in bold, and how, such as “**Eyes** · stronger (×1.5)”."""
    return " · ".join([f"**{title}**", *differing])


def dreamt_deeper(depth: int) -> str:
    """The dream of a dream, the so manieth in a row, from 1."""
    return _("deeper") if depth == 1 else _("{number}× deeper", number=depth)


def differing(recipe: Recipe, usual: Recipe) -> list[str]:
    """What of a recipe isn't as usual."""
    said = []
    if recipe.strength != usual.strength:
        said.append(_strength(recipe.strength, usual.strength))
    if recipe.iterations != usual.iterations and isinstance(recipe.iterations, int):
        said.append(several("{number} iteration", "{number} iterations", recipe.iterations))
    if recipe.layer != usual.layer:
        said.append(_("layer {name}", name=quoted(recipe.layer, _LONGEST_LAYER)))
    if recipe.guide is not None:
        said.append(_("with a guide"))
    if recipe.mask is not None:
        said.append(_("with a mask"))
    return said


def _strength(strength: float, usual: float) -> str:
    times = decimal(strength / usual if usual else strength, 2)
    if strength > usual:
        return _("stronger (×{times})", times=times)
    return _("softer (×{times})", times=times)
