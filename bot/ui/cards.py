"""What the bot's answer looks like at each stage of a dream: values in, a card out.

An answer is plain content with at most one attached picture, from the placeholder to the result: a
plain attachment is shown large, opens and saves with one click, and stands in `message.attachments`
where every script finds it. A picture that an embed shows leaves that list. Components V2 can't be
taken off a message again and forbid content, so the placeholder would have to be made of them too,
for nothing that plain content lacks.
"""

import io
from dataclasses import dataclass
from datetime import datetime

import discord

from bot.jobs.job import Job, Result
from bot.settings import Settings
from bot.ui import words
from dream import Preset, Progress, available, in_package, presets, suffix

COLOUR = discord.Colour(0x7B5CD6)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to attach.

    Attributes:
        name: Of the file.
        data: Its bytes.
        text: What people who can't see it are told.
    """

    name: str
    data: bytes
    text: str

    def file(self) -> discord.File:
        """As the library sends it. A new one for each try: sending reads it to its end."""
        return discord.File(io.BytesIO(self.data), self.name, description=self.text[:1024])


@dataclass(frozen=True, slots=True)
class Card:
    """What an answer shows.

    Attributes:
        text: Its content.
        picture: Put in place of whatever was attached; None leaves or clears that.
        clear: Whether what was attached goes where there is no picture.
    """

    text: str
    picture: Picture | None = None
    clear: bool = False

    async def put(self, message: discord.PartialMessage) -> None:
        """Turn the message into this card."""
        if self.picture is not None:
            await message.edit(content=self.text, attachments=[self.picture.file()])
        elif self.clear:
            await message.edit(content=self.text, attachments=[])
        else:
            await message.edit(content=self.text)


def title(preset: str) -> str:
    """The preset as people read it, one that has left the catalogue by its name."""
    known = presets().get(preset)
    return known.title if known else preset


def placeholder(preset: Preset) -> Card:
    """The answer at once."""
    return Card(words.got_it(preset.title))


def waiting(job: Job, before: int) -> Card:
    """In the queue, so many dreams before it."""
    return Card(words.waiting(title(job.preset), before))


def dreaming(job: Job, progress: Progress) -> Card:
    """On its way, with what it looks like by now."""
    text = words.dreaming(title(job.preset), progress)
    if progress.preview is None:
        return Card(text)
    described = f"The dream at {words.percent(progress.done)}."
    return Card(text, Picture("preview.jpg", progress.preview, described))


def restarted(job: Job) -> Card:
    """Beginning again."""
    return Card(words.restarted(title(job.preset)))


def result(job: Job, result: Result, data: bytes, remark: str) -> Card:
    """The dream. `remark` says what of the wish was left out."""
    recipe, named = job.recipe, title(job.preset)
    picture = Picture(
        f"dream-{job.preset}-{recipe.seed}{suffix(result.format)}",
        data,
        words.described(named, recipe.network, recipe.layer, recipe.seed),
    )
    return Card(words.result(named, recipe.seed, result.seconds, [remark, result.note]), picture)


def refusal(sentence: str) -> Card:
    """A wish that can't be met, and what to do instead."""
    return Card(words.refused(sentence), clear=True)


def failure(job: Job, sentence: str) -> Card:
    """A dream that came to nothing."""
    return Card(words.failed(sentence, job.cost), clear=True)


def quota(used: int, limit: int, left: int, resets_at: datetime) -> discord.Embed:
    """What is left of a person's day."""
    return _embed(words.quota(used, limit, left, resets_at))


def choice(preset: Preset) -> str:
    """The preset as it is offered while one types, in at most 100 characters."""
    return words.choice(preset, _mark(preset))[:100]


def catalogue(command: str) -> discord.Embed:
    """All presets, each with what to type for it."""
    here, missing = _catalogue()
    return _embed(words.catalogue([(preset, _mark(preset)) for preset in here], missing, command))


def help_card(settings: Settings, mention: str | None) -> discord.Embed:
    """How to ask."""
    usual = settings.default_preset().name
    others = [preset.name for preset in _catalogue()[0] if preset.name != usual]
    return _embed(words.help_card(settings.prefix, mention, others[0] if others else usual))


def _catalogue() -> tuple[list[Preset], list[Preset]]:
    """The presets whose network is here, and those whose isn't."""
    here: list[Preset] = []
    missing: list[Preset] = []
    for preset in presets().values():
        (here if available(preset.recipe.network) else missing).append(preset)
    return here, missing


def _mark(preset: Preset) -> str:
    """What is special about its network, or nothing."""
    if in_package(preset.recipe.network):
        return words.QUICK
    return "" if available(preset.recipe.network) else words.NOT_HERE


def _embed(card: tuple[str, str]) -> discord.Embed:
    return discord.Embed(title=card[0], description=card[1], colour=COLOUR)
