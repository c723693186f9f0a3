"""The audit: every request made against every answer seen, every credit against the ledger."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bot.playground.chronicle import Writing
from tests.chaos.books import Books, JobEntry
from tests.chaos.persons import Asked, Kind

ONGOING = "☾"
"""Begins every answer that promises a dream still to come."""


class Fault(StrEnum):
    """What must not happen; the package says what each means."""

    LOST = "lost"
    TWICE = "twice"
    CHARGED = "charged"
    UNANSWERED = "unanswered"
    STRANGE = "strange"


class End(StrEnum):
    """What became of a request."""

    DELIVERED = "delivered"
    FAILED = "failed, told and refunded"
    REFUSED = "refused"
    SILENT = "passed over"
    """Not addressed to the bot, which said nothing."""


@dataclass(frozen=True)
class Finding:
    """One fault, in a sentence."""

    fault: Fault
    sentence: str


@dataclass
class Audit:
    """What was found.

    Attributes:
        ends: How many requests ended in which way.
        said: How many were refused, or told of a failure, with which words.
        findings: Everything that must not be.
    """

    ends: Counter[End] = field(default_factory=Counter)
    said: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    def count(self, fault: Fault) -> int:
        """How many findings are of that kind."""
        return sum(finding.fault is fault for finding in self.findings)

    def find(self, fault: Fault, sentence: str) -> None:
        """Note a finding."""
        self.findings.append(Finding(fault, sentence))


class Answers:
    """The bot's messages for one request, written anew in the order of the chronicle.

    Attributes:
        shown: Whether a dream ever stood there.
        most: The most dreams that stood there at the same time.
    """

    def __init__(self) -> None:
        self._standing: dict[int, Writing] = {}
        self._said = ""
        self.shown = False
        self.most = 0

    def write(self, writing: Writing) -> None:
        """Follow one more writing."""
        if writing.act == "delete":
            self._standing.pop(writing.message, None)
            # Whoever deletes it, what was said was said.
            self._said = self._said or _words(writing)
        else:
            self._standing[writing.message] = writing
        self.most = max(self.most, self.dreams)
        self.shown = self.shown or self.dreams > 0

    @property
    def dreams(self) -> int:
        """How many dreams stand there."""
        return sum(map(dreams_in, self._standing.values()))

    @property
    def promises(self) -> bool:
        """Whether one still promises a dream."""
        return any(
            writing.content.startswith(ONGOING) and not dreams_in(writing)
            for writing in self._standing.values()
        )

    @property
    def words(self) -> str:
        """What was said that is neither a dream nor a promise; nothing if nothing was."""
        standing = [words for writing in self._standing.values() if (words := _words(writing))]
        return standing[0] if standing else self._said


def audit(asked: Sequence[Asked], writings: Sequence[Writing], bot: int, books: Books) -> Audit:
    """Compare the three records.

    Args:
        asked: What the persons noted.
        writings: The server's chronicle.
        bot: Id of the bot at the server.
        books: What the database says.
    """
    found = Audit()
    jobs = {entry.request_key: entry for entry in books.jobs}
    answers = _answers([writing for writing in writings if writing.author == bot], books)
    for request in asked:
        entry = jobs.pop(request.key, None)
        own = answers.pop(request.key, Answers())
        if own.most > 1:
            found.find(Fault.TWICE, f"{own.most} dreams stood at once for {request}")
        if entry is None:
            _check_refused(found, request, own)
        else:
            _check_accepted(found, entry, own)
            _check_charge(found, entry, own, books)
    for entry in jobs.values():
        found.find(Fault.STRANGE, f"nobody asked for {entry}")
    for key, own in answers.items():
        if own.shown:
            found.find(Fault.STRANGE, f"a dream stands where none was asked for: {key}")
    _check_sums(found, books)
    return found


def dreams_in(writing: Writing) -> int:
    """How many dreams are attached; previews aren't."""
    return sum(name.startswith("dream-") for name in writing.files)


def _words(writing: Writing) -> str:
    """What it says, if it is neither a dream nor a promise."""
    told = not writing.content.startswith(ONGOING) and not dreams_in(writing)
    return writing.content if told else ""


def _answers(writings: Iterable[Writing], books: Books) -> dict[str, Answers]:
    """The bot's messages by the key of the request that they answer, or by an id of their own."""
    keys = {entry.answer: entry.request_key for entry in books.jobs}
    names = {entry.name: entry.request_key for entry in books.jobs}
    answers: dict[str, Answers] = defaultdict(Answers)
    for writing in writings:
        key = keys.get(writing.message)
        if key is None:
            # One that isn't a reply, as in somebody's direct messages, is known by its dream.
            named = [names[stem] for name in writing.files if (stem := _stem(name)) in names]
            replied = f"message:{writing.reply_to}:0" if writing.reply_to else None
            key = replied or next(iter(named), f"writing:{writing.message}")
            keys[writing.message] = key
        answers[key].write(writing)
    return answers


def _stem(name: str) -> str:
    return name.rsplit(".", 1)[0]


def _check_refused(found: Audit, request: Asked, own: Answers) -> None:
    """A request without a job: it was none, or was answered with a reason."""
    if own.shown:
        found.find(Fault.STRANGE, f"a dream without a job for {request}")
    elif own.promises:
        found.find(Fault.UNANSWERED, f"the last answer still promises a dream for {request}")
    elif own.words:
        found.ends[End.REFUSED] += 1
        found.said[own.words[:100]] += 1
    elif request.kind is Kind.CHATTER:
        found.ends[End.SILENT] += 1
    else:
        found.find(Fault.UNANSWERED, f"nothing was ever said about {request}")


def _check_accepted(found: Audit, entry: JobEntry, own: Answers) -> None:
    """A job ends with its dream standing, or with words that tell why there is none."""
    if own.dreams and own.promises:
        found.find(Fault.UNANSWERED, f"beside the dream a promise of it still stands: {entry}")
    if own.dreams and entry.state == "done":
        found.ends[End.DELIVERED] += 1
    elif own.dreams:
        found.find(Fault.LOST, f"its dream is shown, and yet it isn't done: {entry}")
    elif own.shown:
        found.find(Fault.LOST, f"its dream was shown and taken back: {entry}")
    elif entry.state not in ("failed", "cancelled"):
        found.find(Fault.LOST, f"no dream: {entry}")
    elif not entry.told or own.promises or not own.words:
        found.find(Fault.LOST, f"it failed, and its person doesn't know: {entry}")
    else:
        found.ends[End.FAILED] += 1
        found.said[own.words[:100]] += 1


def _check_charge(found: Audit, entry: JobEntry, own: Answers, books: Books) -> None:
    """A job has one reservation of its cost: settled for a dream, given back without."""
    rows = [row for row in books.ledger if row.job == entry.id]
    if len(rows) != 1 or rows[0].cost != entry.cost or rows[0].person != entry.person:
        found.find(Fault.CHARGED, f"{rows} for {entry}")
    elif rows[0].state != ("settled" if own.shown else "refunded"):
        shown = "a dream was shown" if own.shown else "no dream was shown"
        found.find(Fault.CHARGED, f"{rows[0].state} where {shown}: {entry}")


def _check_sums(found: Audit, books: Books) -> None:
    """What a holder has used on a day is the sum of what wasn't given back."""
    sums: Counter[tuple[str, int, object]] = Counter()
    for row in books.ledger:
        if row.state != "refunded":
            sums["person", row.person, row.day] += row.cost
            if row.guild is not None:
                sums["guild", row.guild, row.day] += row.cost
    for allowance in books.allowances:
        kept = sums.pop((allowance.holder, allowance.id, allowance.day), 0)
        if kept != allowance.used:
            found.find(Fault.CHARGED, f"{kept} in the ledger, but {allowance}")
    for (holder, number, day), kept in sums.items():
        if kept:
            found.find(Fault.CHARGED, f"{kept} of {holder} {number} on {day}, and no allowance")
