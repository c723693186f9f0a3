"""Presets that people and servers have saved, and how all presets are found by their names."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches

import dream
from bot.database import Database, jobs, presets
from bot.database.presets import Put, Saved
from bot.errors import Refusal
from bot.jobs.job import Job
from bot.plans import AXES
from bot.typed import read
from bot.ui import words
from dream import Preset, Recipe

LONGEST = 32
"""Characters of a name."""

MOST_SHOWN = 10
"""Of those that everybody may copy."""

MOST_OFFERED = 25
"""While one types: as many as Discord shows."""

_LOOKED_THROUGH = 50
"""One's last dreams, among which the newest finished one is looked for."""

_NAME = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Styles:
    """The presets that somebody may name where they ask: their own, the server's, the catalogue's.

    Of several with one name the first goes.

    Attributes:
        saved: Their own, then the server's.
    """

    saved: Sequence[Saved] = ()

    def find(self, name: str) -> Preset | None:
        """The preset of that name, however it is capitalised."""
        key = _key(name)
        found = next((each for each in self._all() if each.name == key), None)
        return as_preset(found) if isinstance(found, Saved) else found

    def near(self, name: str) -> list[str]:
        """The names that come nearest to that one."""
        return get_close_matches(_key(name), [each.name for each in self._all()], 3, 0.4)

    def like(self, typed: str) -> list[Saved | Preset]:
        """Those with that in their name or title."""
        key = _key(typed)
        return [each for each in self._all() if key in each.name or key in _title(each).lower()]

    def _all(self) -> Iterator[Saved | Preset]:
        known: set[str] = set()
        every: list[Saved | Preset] = [*self.saved, *dream.presets().values()]
        for each in every:
            if each.name not in known:
                yield each
            known.add(each.name)


class Presets:
    """Reads and writes what is saved. All raise `DatabaseAway`.

    Args:
        most: That one person, or one server, has.
    """

    def __init__(self, database: Database, most: int) -> None:
        self._database = database
        self._most = most

    async def styles(self, person_id: int, guild_id: int | None) -> Styles:
        """What that person may name there."""
        async with self._database.transaction() as session:
            return Styles(await presets.usable(session, person_id, guild_id))

    async def newest(self, person_id: int) -> Job | None:
        """The person's newest finished dream whose recipe can be saved, wherever they dreamt it."""
        async with self._database.transaction() as session:
            found = await jobs.last_of(session, person_id, _LOOKED_THROUGH)
        return next((job for job in found if job.result and isinstance(job.recipe, Recipe)), None)

    async def save(self, person_id: int, typed: str, job: Job) -> tuple[Saved, list[str]]:
        """Save a dream's recipe as a preset of that person.

        Returns:
            The preset, and for what the further pictures were that it can't have: `guide`, `mask`.

        Raises:
            Refusal: Nothing can be called so, or saved of that, or there is no room.
        """
        if not isinstance(job.recipe, Recipe):
            raise Refusal(words.only_one_dream_saved())
        saved = Saved("person", person_id, new_name(typed), _of_no_picture(job.recipe))
        await self._put(saved)
        left = [role for role in ("guide", "mask") if getattr(job.recipe, role) is not None]
        return saved, left

    async def delete(self, person_id: int, typed: str) -> str:
        """Delete a preset of that person; its name. Raises Refusal if there is none."""
        name = _key(typed)
        async with self._database.transaction() as session:
            if not await presets.remove(session, "person", person_id, name):
                raise Refusal(words.none_of_yours(typed))
        return name

    async def share(self, person_id: int, typed: str, wanted: bool) -> str:
        """Let everybody copy a preset of that person, or nobody any more; its name.

        Raises:
            Refusal: There is none.
        """
        name = _key(typed)
        async with self._database.transaction() as session:
            if not await presets.share(session, person_id, name, wanted):
                raise Refusal(words.none_of_yours(typed))
        return name

    async def take(self, person_id: int, typed: str, whose: int | None) -> Saved:
        """Copy a public preset into that person's own.

        Args:
            whose: The person who shares it, where several share one of that name.

        Raises:
            Refusal: There is none, there are several, or there is no room.
        """
        async with self._database.transaction() as session:
            found = await presets.public_called(session, person_id, _key(typed))
        if whose is not None:
            found = [each for each in found if each.holder_id == whose]
        if not found:
            raise Refusal(words.none_shared(typed))
        if len(found) > 1:
            raise Refusal(words.several_shared([each.holder_id for each in found[:MOST_SHOWN]]))
        copy = Saved("person", person_id, found[0].name, found[0].recipe)
        await self._put(copy)
        return copy

    async def give(self, person_id: int, guild_id: int, typed: str) -> Saved:
        """Put a copy of a preset of that person among the server's.

        Raises:
            Refusal: There is none, the server has one of that name, or there is no room.
        """
        async with self._database.transaction() as session:
            own = await presets.find(session, "person", person_id, _key(typed))
        if own is None:
            raise Refusal(words.none_of_yours(typed))
        copy = Saved("guild", guild_id, own.name, own.recipe, given_by=person_id)
        await self._put(copy)
        return copy

    async def take_away(self, guild_id: int, typed: str) -> str:
        """Remove a preset of that server; its name. Raises Refusal if there is none."""
        name = _key(typed)
        async with self._database.transaction() as session:
            if not await presets.remove(session, "guild", guild_id, name):
                raise Refusal(words.none_of_servers(typed))
        return name

    async def public(self, besides: int, most: int = MOST_SHOWN, like: str = "") -> list[Saved]:
        """The latest that everybody may copy, but that person's, with that in their names."""
        async with self._database.transaction() as session:
            return await presets.public(session, besides, most, _key(like))

    async def _put(self, saved: Saved) -> None:
        async with self._database.transaction() as session:
            done = await presets.put(session, saved, self._most, datetime.now(UTC))
        if done is Put.TAKEN:
            raise Refusal(words.name_taken(saved.name, servers=saved.holder == "guild"))
        if done is Put.FULL:
            raise Refusal(words.no_room_for_preset(self._most, servers=saved.holder == "guild"))


def as_preset(saved: Saved) -> Preset:
    """A saved preset as all are dreamt with."""
    return Preset(saved.name, saved.name, "", saved.recipe)


def new_name(typed: str) -> str:
    """What a preset is called for which somebody typed that: words are joined by hyphens.

    Raises:
        Refusal: It can't be typed so later, or means something else then.
    """
    name = _key(typed)
    if len(name) > LONGEST or not _NAME.fullmatch(name):
        raise Refusal(words.no_name_for_preset(LONGEST))
    means_more = name in AXES or read(name).preset != name
    if means_more or name in dream.presets() or name in _titles():
        raise Refusal(words.name_means_more(name))
    return name


def _key(typed: str) -> str:
    seen = "".join(letter if letter.isprintable() else " " for letter in typed)
    return "-".join(unicodedata.normalize("NFKC", seen).lower().split())


def _title(preset: Saved | Preset) -> str:
    return preset.name if isinstance(preset, Saved) else preset.title


def _titles() -> set[str]:
    return {_key(preset.title) for preset in dream.presets().values()}


def _of_no_picture(recipe: Recipe) -> Recipe:
    """The recipe without what belongs to one picture."""
    return recipe.with_(seed=0, size=None, start="picture", guide=None, mask=None)
