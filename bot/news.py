"""News of the bot, which go to none but those who asked for them."""

from bot.database import Database, news
from bot.database.news import Announcement, Audience, Letter, Outcome


class News:
    """Knows who asked, and what is still to be sent. All raise `DatabaseAway`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def wants(self, person_id: int) -> bool:
        """Whether the person gets news."""
        async with self._database.transaction() as session:
            return await news.wants(session, person_id)

    async def choose(self, person_id: int, wanted: bool) -> None:
        """The person chooses whether they get news."""
        async with self._database.transaction() as session:
            await news.choose(session, person_id, wanted)

    async def audience(self) -> Audience:
        """How many get what is announced now."""
        async with self._database.transaction() as session:
            return await news.audience(session)

    async def begin(self, announcement: Announcement) -> int:
        """Have it sent to each who asked by now, once; to how many."""
        return await self._database.carry_out(lambda session: news.begin(session, announcement))

    async def take(self) -> Letter | None:
        """The next letter to send, which no other bot sends meanwhile."""
        return await self._database.carry_out(news.take)

    async def sent(self, letter: Letter, outcome: Outcome) -> None:
        """That letter needs no more sending, whatever the database says to that at first."""
        await self._database.insist(lambda session: news.sent(session, letter, outcome))

    async def done(self) -> list[Announcement]:
        """Announcements that all have, and whoever announced them wasn't told so."""
        async with self._database.transaction() as session:
            return await news.done(session)

    async def under_way(self) -> bool:
        """Whether something is to be sent, or to be told of."""
        async with self._database.transaction() as session:
            return await news.under_way(session)

    async def remove(self, announcement: Announcement) -> None:
        """Whoever announced it was told."""
        async with self._database.transaction() as session:
            await news.remove(session, announcement.id)
