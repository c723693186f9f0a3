"""How to ask."""

from bot.ui.languages import _
from bot.ui.words.asking import DREAM_THIS
from bot.ui.words.buttons import again_label, deeper_label, tweak_label
from bot.ui.words.sharing import share_button


def help_card(prefix: str, mention: str | None, other: str) -> tuple[str, str]:
    """Title and text of the help: how to ask, as it is typed.

    Args:
        prefix: What typed commands begin with.
        mention: What to type in place of it, where typed commands can't be read.
        other: Name of a preset that isn't what one gets anyway.
    """
    own = f"{mention} " if mention else prefix
    text = _(
        "`{own}dream` with a picture attached\n"
        "`{own}dream` as a reply to a picture\n"
        "`{own}dream {other}` in another style\n"
        "`/dream` from a form\n"
        "**Apps › {menu}** in the menu of any picture: right click, or a long press\n\n"
        "`{own}presets` shows the styles, `{own}preset` those you have saved, "
        "`{own}quota` what you have left today, `{own}queue` where yours stands, "
        "`{own}history` your last dreams.\n"
        "`{own}noise` dreams without a picture, `{own}imagine banana` from scratch; "
        "`{own}tour`, `{own}explore` and `{own}presets` with a picture make a sheet of dreams. "
        "`{own}network` tells what dreams here.\n"
        "`{own}cancel` calls a dream off, `{own}forget` erases what I keep of yours.",
        own=own,
        other=other,
        menu=_(DREAM_THIS),
    )
    text += "\n" + _(
        "Buttons under what I made go on from there: "
        "**{again}**, **{deeper}**, **{tweak}**, **{share}**.",
        again=again_label(),
        deeper=deeper_label(),
        tweak=tweak_label(),
        share=share_button(),
    )
    text += "\n" + _(
        "`{own}privacy` tells what I keep and how long, `{own}terms` what else holds.", own=own
    )
    if mention:
        text += f"\n-# {content_is_off(prefix)}"
    return _("Post a picture, get its dream"), text


def content_is_off(prefix: str) -> str:
    """Why commands with the prefix do nothing on servers, and what works."""
    return _(
        "I can't read messages here, so `{prefix}dream` works only in direct messages to me. "
        "Mentioning me, slash commands and the message menu work everywhere.",
        prefix=prefix,
    )
