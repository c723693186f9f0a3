"""What the bot's answer looks like at each stage of a dream: values in, a card out.

An answer is plain content with at most one attached picture, from the placeholder to the result: a
plain attachment is shown large, opens and saves with one click, and stands in `message.attachments`
where every script finds it. A picture that an embed shows leaves that list. Components V2 can't be
taken off a message again and forbid content, so the placeholder would have to be made of them too,
for nothing that plain content lacks.
"""

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import discord

from bot.database.forgetting import Traces
from bot.database.ledger import Entry
from bot.database.presets import Saved
from bot.database.shares import Share
from bot.intake import SPOILER
from bot.jobs.cancelling import name
from bot.jobs.forecast import Forecast
from bot.jobs.job import Job, Kind, Result, State
from bot.jobs.lineup import Outlook
from bot.jobs.recipes import seed
from bot.jobs.submit import Balance
from bot.jobs.turns import Running, Waiting
from bot.networks import fetching
from bot.presets import Styles
from bot.settings import Settings
from bot.ui import buttons, words
from bot.ui.buttons import Look
from dream import (
    Format,
    Imagination,
    Network,
    Preset,
    Progress,
    Recipe,
    Series,
    available,
    in_package,
    known_networks,
    presets,
    suffix,
    tour,
)

COLOUR = discord.Colour(0x7B5CD6)

LONGEST_CHOICE = 100
"""Characters of what is offered while one types."""

SAMPLE = Path(__file__).parent / "pictures" / "presets.jpg"
"""A photograph in all presets; docs/inside.md has the commands that made it and the next."""

PACKAGE_SAMPLE = SAMPLE.with_name("package.jpg")
"""The same in those whose network comes with the package, which are always here."""

PREVIEW = "preview.jpg"
"""Name of the file that shows a dream on its way."""

MADE_OF_NOTHING = {Kind.NOISE, Kind.CLASS}
"""Work that is one picture in the end, and begins with none."""

_NTH = re.compile(r"`([1-9])/[1-9]`")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to attach.

    Attributes:
        name: Of the file.
        data: Its bytes.
        text: What people who can't see it are told.
        spoiler: Whether it is hidden until somebody wants to see it.
    """

    name: str
    data: bytes
    text: str
    spoiler: bool = False

    def file(self) -> discord.File:
        """As the library sends it. A new one for each try: sending reads it to its end."""
        return discord.File(
            io.BytesIO(self.data),
            self.name,
            description=self.text[:1024],
            spoiler=self.spoiler,
        )


@dataclass(frozen=True, slots=True)
class Card:
    """What an answer shows.

    Attributes:
        text: Its content.
        picture: Put in place of whatever was attached; None leaves or clears that.
        clear: Whether what was attached goes where there is no picture, and the buttons with it.
        buttons: Under it, in place of those that were there.
    """

    text: str
    picture: Picture | None = None
    clear: bool = False
    buttons: tuple[Look, ...] = ()

    async def put(self, message: discord.PartialMessage | discord.InteractionMessage) -> None:
        """Turn the message into this card."""
        changes: dict[str, Any] = {}
        if self.picture is not None or self.clear:
            changes["attachments"] = [self.picture.file()] if self.picture else []
        if self.buttons or changes:
            changes["view"] = buttons.view(self.buttons)
        await message.edit(content=self.text, **changes)


def title(preset: str) -> str:
    """The preset as people read it, one that has left the catalogue by its name."""
    known = presets().get(preset)
    return known.title if known else preset


def called(job: Job) -> str:
    """What a job makes, as people read it."""
    return named(job.kind, job.preset)


def named(kind: Kind, preset: str) -> str:
    """What a job of that kind makes of a preset."""
    return words.named(kind, title(preset))


def placeholder(made: str, index: int = 0, of: int = 1, *, picture: bool = True) -> Card:
    """The answer at once, to one of so many pictures of a message; or to what needs no picture."""
    return Card(words.got_nth(made, index, of) if of > 1 else words.got_it(made, picture=picture))


def nth(text: str) -> int | None:
    """Which one of several pictures of a message an answer is about; None if it doesn't say."""
    found = _NTH.search(text)
    return None if found is None else int(found[1]) - 1


def is_preview(file: str) -> bool:
    """Whether a file that was posted here shows a dream on its way, by its name."""
    return file.removeprefix(SPOILER) == PREVIEW


def placeholder_in(text: str) -> str | None:
    """The language of an answer that is still as it was at once; None if it isn't."""
    return words.looking_in(text)


def is_placeholder(text: str) -> bool:
    """Whether an answer is still as it was at once."""
    return placeholder_in(text) is not None


def waiting(job: Job, forecast: Forecast) -> Card:
    """In the line, and where."""
    text = words.waiting(called(job), forecast)
    return Card(text, buttons=buttons.under_growing(job.id))


def dreaming(job: Job, progress: Progress, left: float) -> Card:
    """On its way, with what it looks like by now, and `left` seconds to go."""
    text = words.dreaming(called(job), words.part(job.kind, progress), progress, left)
    picture = None
    if progress.preview is not None:
        described = words.previewed(progress.done)
        picture = Picture(PREVIEW, progress.preview, described, job.spoiler)
    return Card(text, picture, buttons=buttons.under_growing(job.id))


def restarted(job: Job) -> Card:
    """Beginning again."""
    return Card(words.restarted(called(job)), buttons=buttons.under_growing(job.id))


def result(job: Job, result: Result, data: bytes) -> Card:
    """The dream, with what of the wish was left out."""
    number = seed(job.recipe)
    file = f"dream-{_plain(job)}-{number}{suffix(result.format)}"
    notes = [job.remark, result.note]
    text = words.result(_made_so(job), number, result.seconds, job.cost, notes)
    if job.kind is Kind.EXPLORE:
        text += f"\n{words.one_of_four()}"
    if job.hint:
        text += f"\n{words.hint()}"
        classic = next(iter(presets().values()))
        if not available(classic.recipe.network):
            text += f"\n{words.classic_later(classic.title)}"
    picture = Picture(file, data, _described(job), job.spoiler)
    return Card(text, picture, buttons=_under(job))


def compared(job: Job, data: bytes) -> Picture:
    """The picture and its dream side by side."""
    described = words.compared_described(title(job.preset), deeper=job.depth > 0)
    file = f"compared-{job.preset}-{seed(job.recipe)}.jpg"
    return Picture(file, data, described, job.spoiler)


def _under(job: Job) -> tuple[Look, ...]:
    """The buttons under what a job made."""
    if job.kind is Kind.DREAM and "picture" in job.inputs:
        return buttons.under_dream(job.id)
    if job.kind in MADE_OF_NOTHING:
        return buttons.under_made(job.id)
    if job.kind is Kind.EXPLORE and isinstance(job.recipe, Series):
        return buttons.under_four(job.id, len(job.recipe.stops))
    return buttons.under_other(job.id)


def refusal(sentence: str) -> Card:
    """A wish that can't be met, and what to do instead."""
    return Card(sentence, clear=True)


def failure(job: Job, sentence: str) -> Card:
    """A dream that came to nothing."""
    if job.state is State.CANCELLED:
        return Card(words.cancelled(called(job), sentence, job.cost), clear=True)
    return Card(words.failed(sentence, job.cost), clear=True)


def quota(balance: Balance) -> discord.Embed:
    """What is left of a person's day."""
    dreams = [words.spent(_made_so(job), job) for job in balance.dreams]
    return _embed(words.quota(balance, dreams))


def ledger(person_id: int, entries: Sequence[Entry]) -> discord.Embed:
    """A person's entries, for those in charge."""
    return _embed(words.ledger(person_id, entries))


def traces(found: Traces, hours: float) -> discord.Embed:
    """What is kept of a person, pictures for so many hours."""
    return _embed(words.traces(found, hours))


def line(
    outlook: Outlook, here: Callable[[Running | Waiting], bool], own: list[Job]
) -> discord.Embed:
    """What runs and waits.

    Args:
        outlook: In all bots.
        here: Whether that is a job of this place.
        own: Those of whoever asks.
    """
    roster = outlook.roster
    everywhere: list[Running | Waiting] = [*roster.running, *roster.waiting]
    counts = words.Counts(
        running=sum(map(here, roster.running)),
        waiting=sum(map(here, roster.waiting)),
        elsewhere=sum(not here(job) for job in everywhere),
    )
    mine = [
        words.own(name(job), called(job), outlook.left.get(job.id), forecast)
        for job in own
        if (forecast := outlook.forecasts.get(job.id)) or job.id in outlook.left
    ]
    return _embed(words.line(outlook.line, counts, mine))


def cancel_choice(job: Job, channel: str | None) -> str:
    """A job as it is offered to be cancelled, in at most 100 characters."""
    return words.cancel_choice(name(job), called(job), job.state, channel)[:100]


def history(dreams: list[tuple[Job, str | None]], command: str) -> discord.Embed:
    """Somebody's last dreams, each with the address of its message if that is there."""
    lines = [
        words.past(_made_so(job), seed(job.recipe), job.created_at, job.state, link)
        for job, link in dreams
    ]
    return _embed(words.last_dreams(lines, command))


def kept(job: Job, made: Result, data: bytes, form: Format) -> Card:
    """A result that couldn't be delivered, handed over."""
    card = result(job, replace(made, format=form), data)
    return replace(card, text=words.kept(card.text))


def best_of_week(shares: Sequence[Share], best: str | None) -> discord.Embed:
    """What hangs in a server's gallery, best first, and the address of the best one's picture."""
    shown = [(share.title, share.person_id, share.post, share.stars) for share in shares]
    return _embed(words.best_of_week(shown)).set_image(url=best)


def choice(preset: Preset | Saved) -> str:
    """The preset as it is offered while one types, in at most 100 characters."""
    if isinstance(preset, Preset):
        return words.choice(preset, _mark(preset))[:100]
    recipe, servers = preset.recipe, preset.holder == "guild"
    return words.saved_choice(
        preset.name, servers=servers, network=recipe.network, layer=recipe.layer
    )[:100]


def public_choice(preset: Saved) -> str:
    """A preset that others share, as it is offered while one types, in at most 100 characters."""
    about = words.about_recipe(preset.recipe.network, preset.recipe.layer)
    return f"{preset.name}: {about}"[:100]


def saved(styles: Styles, public: Sequence[Saved], command: str) -> discord.Embed:
    """The presets that somebody has saved, their server's, and what others share."""
    own = [(each.name, each.public) for each in styles.saved if each.holder == "person"]
    servers = [each.name for each in styles.saved if each.holder == "guild"]
    others = [(each.name, each.holder_id) for each in public]
    return _embed(words.saved_presets(own, servers, others, command))


def layers(recipe: Recipe) -> list[tuple[str, str]]:
    """Layers of a recipe's network, each with how it is offered while one types: those worth a
    look, shallow to deep, and what its presets are named after."""
    used = {
        preset.recipe.layer: preset.title
        for preset in presets().values()
        if preset.recipe.network == recipe.network
    }
    stops = [layer for layer, _ in tour(recipe, "layers")]
    return [
        (layer, f"{layer} ({used[layer]})"[:100] if layer in used else layer)
        for layer in dict.fromkeys([*stops, *used])
        if len(layer) <= LONGEST_CHOICE
    ]


def catalogue(command: str) -> discord.Embed:
    """All presets, each with what to type for it."""
    here, missing = _catalogue()
    marks = [_mark(preset) for preset in here]
    if len(set(marks)) == 1:
        # What is said of each says nothing.
        marks = [""] * len(here)
    card = _embed(words.catalogue(list(zip(here, marks, strict=True)), missing, command))
    return card.set_image(url=f"attachment://{_sample().name}")


def sample() -> Picture:
    """A photograph in presets that are here, to go with their list."""
    return Picture(_sample().name, _sample().read_bytes(), words.sample())


def _sample() -> Path:
    return PACKAGE_SAMPLE if _catalogue()[1] else SAMPLE


def networks(command: str) -> discord.Embed:
    """All networks but torchvision's; `command` is what one types for them."""
    found = [(of, available(of.name)) for of in known_networks().values()]
    return _embed(words.networks_card(found, command, fetching("NAME")))


def network(of: Network) -> discord.Embed:
    """One network."""
    own = [preset.title for preset in presets().values() if preset.recipe.network == of.name]
    return _embed(words.network_card(of, available(of.name), own, fetching(of.name)))


def help_card(topic: str, prefix: str, mention: str | None, usual: str) -> discord.Embed:
    """How to ask, where that preset is what one gets anyway; or, of `words.TOPICS`, all of one."""
    others = [preset.name for preset in _catalogue()[0] if preset.name != usual]
    other = others[0] if others else usual
    if topic in words.TOPICS:
        return _embed(words.help_topic(topic, prefix, mention, other))
    return _embed(words.help_card(prefix, mention, other))


def greeting(settings: Settings, mention: str | None) -> discord.Embed:
    """Hello, on a server that the bot was just added to."""
    return _embed(words.greeting(settings.prefix, mention, settings.keep_hours))


def privacy(settings: Settings) -> discord.Embed:
    """What is kept of people, in short."""
    short = words.privacy(settings.keep_hours, settings.record_days, gated=bool(settings.gate))
    return _embed(_with_page(short, settings, "privacy.md"))


def terms(settings: Settings) -> discord.Embed:
    """What people agree to by asking for dreams, in short."""
    return _embed(_with_page(words.terms(), settings, "terms.md"))


def _with_page(short: tuple[str, str], settings: Settings, page: str) -> tuple[str, str]:
    if settings.pages is None:
        return short
    address = f"{settings.pages.rstrip('/')}/{page}"
    return short[0], f"{short[1]}\n{words.all_of_it(address)}"


def _made_so(job: Job) -> str:
    """What a job makes, and what of it isn't as its preset says."""
    said = [words.dreamt_deeper(job.depth)] if job.depth else []
    known = presets().get(job.preset)
    if known is not None and isinstance(job.recipe, Recipe):
        said += words.differing(job.recipe, known.recipe)
    return words.made_so(called(job), said)


def _plain(job: Job) -> str:
    """What it makes, as the part of a file's name."""
    about = "" if job.kind is Kind.PRESETS else job.preset.lower()
    kind = "" if job.kind is Kind.DREAM else job.kind
    return "-".join(re.findall("[a-z0-9]+", f"{kind} {about}"))


def _described(job: Job) -> str:
    """What people who can't see the result are told."""
    recipe, known = job.recipe, title(job.preset)
    if isinstance(recipe, Imagination):
        return words.described_class(known, recipe.network, recipe.seed)
    if isinstance(recipe, Series):
        return words.described_sheet(called(job), recipe.labels)
    say = words.described_noise if job.kind is Kind.NOISE else words.described
    return say(known, recipe.network, recipe.layer, recipe.seed)


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
        return words.quick()
    return "" if available(preset.recipe.network) else words.not_here()


def _embed(card: tuple[str, str]) -> discord.Embed:
    return discord.Embed(title=card[0], description=card[1], colour=COLOUR)
