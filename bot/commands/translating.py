"""What Discord's own menu shows of the commands, in the languages that there are."""

from discord import app_commands
from discord.app_commands import TranslationContextLocation, locale_str
from discord.app_commands.translator import TranslationContextTypes
from discord.enums import Locale

from bot.ui.languages import ENGLISH, _, language, speaking

_NAMES = {
    TranslationContextLocation.command_name,
    TranslationContextLocation.group_name,
    TranslationContextLocation.parameter_name,
}


class Translator(app_commands.Translator):
    """Looks descriptions up in the catalogues.

    What people type is called the same everywhere, so that one can tell another what to type; only
    what they read and choose is translated, such as the entries of a message's menu.
    """

    async def translate(
        self, string: locale_str, locale: Locale, context: TranslationContextTypes
    ) -> str | None:
        """What that text is in that language; None for the same."""
        code = language(str(locale))
        typed = context.location in _NAMES and not isinstance(
            context.data, app_commands.ContextMenu
        )
        if code == ENGLISH or typed:
            return None
        with speaking(code):
            said = _(string.message)
        return said if said != string.message else None
