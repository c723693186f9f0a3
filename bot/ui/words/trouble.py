"""Why nothing can be done just now, however it is asked for."""

from bot.permissions import NEEDED
from bot.ui.languages import _, noted
from bot.ui.words.numbers import duration, listed

_PERMISSIONS = {
    "view_channel": noted("View Channel"),
    "send_messages": noted("Send Messages"),
    "embed_links": noted("Embed Links"),
    "attach_files": noted("Attach Files"),
    "read_message_history": noted("Read Message History"),
    "send_messages_in_threads": noted("Send Messages In Threads"),
}
"""Those that the bot needs, as people find them in Discord's settings."""

assert set(_PERMISSIONS) == set(NEEDED)


def stopping() -> str:
    """The bot ends."""
    return _("I am being restarted. Ask me again in a minute.")


def asked_before_restart() -> str:
    """A question is answered that the bot asked before it was restarted."""
    return _("I was restarted after I asked this, so nothing was done. Ask me again when you like.")


def database_away() -> str:
    """The database can't be asked."""
    return _(
        "I can't get at my books just now. Dreams under way go on; for anything else ask me again "
        "in a few minutes. Nothing was charged."
    )


def permission(name: str) -> str:
    """A permission by the library's name for it, as people find it in Discord's settings."""
    known = _PERMISSIONS.get(name)
    return _(known) if known else name.replace("_", " ").replace("guild", "server").title()


def missing_permissions(names: list[str], channel: str | None) -> str:
    """What the bot may not do where it was asked to.

    Args:
        names: Of permissions, as the library has them.
        channel: The mention of the place, if it has one.
    """
    lacking = listed([f"**{permission(name)}**" for name in names])
    where = _("in {channel}", channel=channel) if channel else _("here")
    if len(names) > 1:
        return _(
            "I can't do that {where}: I lack the permissions {permissions}. "
            "Somebody who manages this server can give it to my role.",
            where=where,
            permissions=lacking,
        )
    return _(
        "I can't do that {where}: I lack the permission {permission}. "
        "Somebody who manages this server can give it to my role.",
        where=where,
        permission=lacking,
    )


def unexpected(short_id: str) -> str:
    """Nobody foresaw this error."""
    return _(
        "Something went wrong on my side. Try again; if it stays, tell whoever runs me "
        "this number: `{number}`.",
        number=short_id,
    )


def wait(seconds: float) -> str:
    """A command asked for too often."""
    return _("One moment: ask again in {time}.", time=duration(max(seconds, 1)))
