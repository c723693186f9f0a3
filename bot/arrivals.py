"""Who says hello on a server that the bot was just added to."""

from datetime import datetime

from bot.database import Database, greeted


class Arrivals:
    """Decides that for all bots on one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def is_new(self, guild_id: int, since: datetime) -> bool:
        """Whether this bot says hello on that server, where the token's bot is since then.

        True once for each stay there.

        Raises:
            DatabaseAway: Nobody can tell.
        """
        return await self._database.carry_out(
            lambda session: greeted.greet(session, guild_id, since)
        )
