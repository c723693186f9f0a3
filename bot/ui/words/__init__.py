"""Every text that people see in the chat, one subject a module.

Whoever speaks needs no more than this: `words.waiting(…)`.
"""

# ruff: noqa: F403 - the names are those of the modules, which have no others of their own

from bot.ui.words.answers import *
from bot.ui.words.arrival import *
from bot.ui.words.asking import *
from bot.ui.words.buttons import *
from bot.ui.words.calling import *
from bot.ui.words.charge import *
from bot.ui.words.credits import *
from bot.ui.words.differing import *
from bot.ui.words.elsewhere import *
from bot.ui.words.forgetting import *
from bot.ui.words.guide import *
from bot.ui.words.history import *
from bot.ui.words.kinds import *
from bot.ui.words.news import *
from bot.ui.words.numbers import *
from bot.ui.words.pages import *
from bot.ui.words.pictures import *
from bot.ui.words.places import *
from bot.ui.words.presets import *
from bot.ui.words.queue import *
from bot.ui.words.quoting import *
from bot.ui.words.reporting import *
from bot.ui.words.rules import *
from bot.ui.words.sharing import *
from bot.ui.words.styles import *
from bot.ui.words.told import *
from bot.ui.words.trouble import *
from bot.ui.words.which import *
