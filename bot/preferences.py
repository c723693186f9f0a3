"""How the bot treats people: what they choose, and what it notices of them."""

from bot.database import Database, people


class Preferences:
    """Reads and writes that. All raise `DatabaseAway`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def wants_mention(self, person_id: int) -> bool:
        """Whether the person is called when a dream took its time."""
        async with self._database.transaction() as session:
            return await people.wants_mention(session, person_id)

    async def choose_mention(self, person_id: int, wanted: bool) -> None:
        """The person chooses whether they are called."""
        async with self._database.transaction() as session:
            await people.choose_mention(session, person_id, wanted)

    async def locale(self, person_id: int) -> str | None:
        """What the person was last seen to read Discord in; None if they never were."""
        async with self._database.transaction() as session:
            return await people.locale(session, person_id)

    async def note_locale(self, person_id: int, seen: str) -> None:
        """The person was seen to read Discord in that, such as `de`."""
        async with self._database.transaction() as session:
            await people.note_locale(session, person_id, seen)

    async def stars(self, person_id: int) -> str | None:
        """What others' stars do with the person's dreams: `always`, `never`; None: they are
        asked."""
        async with self._database.transaction() as session:
            return await people.stars(session, person_id)

    async def choose_stars(self, person_id: int, wanted: str | None) -> None:
        """The person chooses that."""
        async with self._database.transaction() as session:
            await people.choose_stars(session, person_id, wanted)
