"""The playground: Discord in a box, and the bot in it.

Where to read first: `play` runs it all, with `supervisor` keeping the bot alive; `box` builds the
server. A request comes in through `guard` and `routing` (`limits`, `faults`, `record`), is read by
`requests` and `shapes`, and served by a module of `rest/`. What is there is in `state` (with
`permissions`, `files`, `snowflakes`), written as Discord's JSON by `house` and `payloads`.

A message is written by `messages` (`rules`, `components`, `media`, `mentions`), and noted in the
`chronicle`. A person's command, button or form becomes an interaction in `acts` (`invocations`,
`modals`, `registry`), and lives in `interactions`. Who hears of it decides `announcements`, and
`gateway` tells them, in `sessions` (`compression`). `chat` serves the page in `page/`, `control`
what makes the box misbehave.
"""

from bot.playground.box import DiscordBox, Person, PortTaken
from bot.playground.play import play

__all__ = ["DiscordBox", "Person", "PortTaken", "play"]
