"""How to ask."""

from collections.abc import Callable

from bot.ui.languages import _, noted
from bot.ui.words.asking import DREAM_THIS
from bot.ui.words.buttons import again_label, deeper_label, tweak_label
from bot.ui.words.reporting import report_label
from bot.ui.words.sharing import share_button

TOPICS = {
    "dreaming": noted("All that a dream can have"),
    "sharing": noted("Galleries, stars and reports"),
    "settings": noted("What you and moderators can set"),
}
"""What there is more help on, with what each is about."""


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
        "`{own}dream strength=1.5` stronger\n"
        "`/dream` from a form\n"
        "**Apps › {menu}** in a picture's menu: right click, or a long press\n\n"
        "`{own}presets` the styles, `{own}preset` your own\n"
        "`{own}noise` without a picture\n"
        "`{own}imagine banana` from scratch\n"
        "`{own}explore` four ways of a picture\n"
        "`{own}history` your last dreams\n"
        "`{own}quota` what you have left today\n"
        "`{own}share` into the gallery\n"
        "`{own}forget` erases what I keep of yours",
        own=own,
        other=other,
        menu=_(DREAM_THIS),
    )
    text += "\n\n" + _(
        "Buttons under what I made go on from there: "
        "**{again}**, **{deeper}**, **{tweak}**, **{share}**.",
        again=again_label(),
        deeper=deeper_label(),
        tweak=tweak_label(),
        share=share_button(),
    )
    more = " · ".join(f"`{own}help {topic}`" for topic in TOPICS)
    text += "\n" + _("More: {topics}", topics=more)
    if mention:
        text += f"\n-# {content_is_off(prefix)}"
    return _("Post a picture, get its dream"), text


def help_topic(topic: str, prefix: str, mention: str | None, other: str) -> tuple[str, str]:
    """Title and text of the help on one of the topics; as `help_card`."""
    own = f"{mention} " if mention else prefix
    return _(TOPICS[topic]), _ON[topic](own, other)


def _on_dreaming(own: str, other: str) -> str:
    return _(
        "After `{own}dream`, in any order:\n"
        "`{other}` a style, one of `{own}presets`\n"
        "`strength=1.5` more of the dream, 0 to 2\n"
        "`iterations=40` more steps, which cost more\n"
        "`layer=…` what the network looks for\n"
        "`seed=7` the same one dreams alike\n"
        "`size=768` pixels of the longer side\n"
        "`guide`, `mask` a second picture, and a third\n"
        "`avatar`, `avatar:@somebody`, or a link\n\n"
        "With a picture, on one sheet:\n"
        "`{own}tour` layer by layer\n"
        "`{own}explore` four ways to choose from\n"
        "`{own}presets` all styles\n\n"
        "`{own}queue` where yours stands\n"
        "`{own}cancel` calls a dream off\n"
        "`{own}network` what dreams here",
        own=own,
        other=other,
    )


def _on_sharing(own: str, _other: str) -> str:
    return _(
        "`{own}share` as a reply to your dream: into this server's gallery\n"
        "`{own}unshare` takes it out again\n"
        "`{own}gallery` the best of the week\n"
        "`{own}stars always` enough ⭐ of others hang yours up; `ask` and `never` too\n\n"
        "**{report}** under a dream tells the moderators of it.",
        own=own,
        report=report_label(),
    )


def _on_settings(own: str, _other: str) -> str:
    return _(
        "For yourself:\n"
        "`{own}mention off` I don't call you when a dream is done\n"
        "`{own}news on` I send you news of me\n"
        "`{own}stars never` nobody's ⭐ hang up your dreams\n"
        "`{own}privacy` what I keep, and how long\n"
        "`{own}terms` what else holds\n"
        "`{own}forget` erases what I keep of yours\n\n"
        "For those who manage a server:\n"
        "`/dreams settings` where, how many, which style\n"
        "`{own}admin` who may not dream",
        own=own,
    )


_ON: dict[str, Callable[[str, str], str]] = {
    "dreaming": _on_dreaming,
    "sharing": _on_sharing,
    "settings": _on_settings,
}


def content_is_off(prefix: str) -> str:
    """Why commands with the prefix do nothing on servers, and what works."""
    return _(
        "I can't read messages here, so `{prefix}dream` works only in direct messages to me. "
        "Mentioning me, slash commands and the message menu work everywhere.",
        prefix=prefix,
    )
