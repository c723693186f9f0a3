"""The playground: Discord in a box, and the bot in it."""

from bot.playground.box import DiscordBox, Person, PortTaken
from bot.playground.play import play

__all__ = ["DiscordBox", "Person", "PortTaken", "play"]
