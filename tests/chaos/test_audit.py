"""The audit cries over a falsified record, and over no other."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from bot.playground.chronicle import Writing
from tests.chaos.audit import Audit, End, Fault, audit
from tests.chaos.books import AllowanceEntry, Books, JobEntry, LedgerEntry
from tests.chaos.persons import Asked, Kind

BOT, ADA, GUILD, ROOM, DAY = 1, 2, 3, 4, date(2026, 1, 1)
PROMISE, DREAM = "☾ **Stones** · yours is next", "✦ **Stones** · seed `7` · 1 s · 1 credit"


def wrote(
    message: int, content: str, *files: str, to: int | None = None, act: str = "post"
) -> Writing:
    return Writing(0.0, act, message, ROOM, BOT, to, None, content, files)  # type: ignore[arg-type]


def job(number: int, **changes: object) -> JobEntry:
    entry = JobEntry(
        id=f"job{number}",
        request_key=f"message:{number}:0",
        person=ADA,
        answer=number * 10,
        state="done",
        cost=1,
        told=True,
        name=f"dream-stones-{number}",
    )
    return replace(entry, **changes)  # type: ignore[arg-type]


def reserved(number: int, state: str) -> LedgerEntry:
    return LedgerEntry(f"job{number}", ADA, GUILD, DAY, 1, state)


class Record:
    """Four requests that ended as they should: delivered, failed, refused, passed over."""

    def __init__(self) -> None:
        kinds = [Kind.DREAM, Kind.DREAM, Kind.NO_PICTURE, Kind.CHATTER]
        self.asked = [Asked(kind, ADA, ROOM, number) for number, kind in enumerate(kinds, 11)]
        self.writings = [
            wrote(110, PROMISE, to=11),
            wrote(110, PROMISE, "preview.jpg", to=11, act="edit"),
            wrote(110, DREAM, "dream-stones-11.png", to=11, act="edit"),
            wrote(120, PROMISE, to=12),
            wrote(120, "Sorry, it broke down. Your credit is back.", to=12, act="edit"),
            wrote(130, "Attach a picture.", to=13),
        ]
        self.jobs = [job(11), job(12, state="failed")]
        self.ledger = [reserved(11, "settled"), reserved(12, "refunded")]
        self.allowances = [
            AllowanceEntry("person", ADA, DAY, 1),
            AllowanceEntry("guild", GUILD, DAY, 1),
        ]

    def audited(self) -> Audit:
        books = Books(tuple(self.jobs), tuple(self.ledger), tuple(self.allowances))
        return audit(self.asked, self.writings, BOT, books)


def test_an_honest_record_passes() -> None:
    found = Record().audited()
    assert found.findings == []
    assert found.ends == {End.DELIVERED: 1, End.FAILED: 1, End.REFUSED: 1, End.SILENT: 1}


def test_a_dream_without_a_reply_is_known_by_its_name() -> None:
    record = Record()
    record.writings[2] = wrote(999, f"For <@{ADA}>\n{DREAM}", "dream-stones-11.png")
    record.writings.insert(2, wrote(110, PROMISE, to=11, act="delete"))
    assert record.audited().findings == []


def test_a_deleted_refusal_was_said() -> None:
    record = Record()
    record.writings.append(wrote(130, "Attach a picture.", to=13, act="delete"))
    assert record.audited().findings == []


Falsify = Callable[[Record], object]

FALSIFIED: dict[str, tuple[Fault, Falsify]] = {
    "a dream that was never shown": (Fault.LOST, lambda r: r.writings.pop(2)),
    "a dream that was deleted by the bot": (
        Fault.LOST,
        lambda r: r.writings.append(wrote(110, DREAM, "dream-stones-11.png", to=11, act="delete")),
    ),
    "a dream that progress was written over": (
        Fault.LOST,
        lambda r: r.writings.append(wrote(110, PROMISE, "preview.jpg", to=11, act="edit")),
    ),
    "a job that never ended": (
        Fault.LOST,
        lambda r: r.jobs.__setitem__(1, job(12, told=False, state="queued")),
    ),
    "a job whose bot thinks it delivered": (
        Fault.LOST,
        lambda r: r.writings.__setitem__(2, wrote(110, PROMISE, to=11, act="edit")),
    ),
    "a failure that nobody was told": (Fault.LOST, lambda r: r.writings.pop(4)),
    "a failure not noted as told": (
        Fault.LOST,
        lambda r: r.jobs.__setitem__(1, job(12, state="failed", told=False)),
    ),
    "a second dream in another message": (
        Fault.TWICE,
        lambda r: r.writings.append(wrote(111, DREAM, "dream-stones-11.png", to=11)),
    ),
    "a second dream in the same message": (
        Fault.TWICE,
        lambda r: r.writings.append(
            wrote(110, DREAM, "dream-stones-11.png", "dream-stones-11.png", to=11, act="edit")
        ),
    ),
    "a delivered dream that was given back": (
        Fault.CHARGED,
        lambda r: r.ledger.__setitem__(0, reserved(11, "refunded")),
    ),
    "a failed dream that was charged": (
        Fault.CHARGED,
        lambda r: r.ledger.__setitem__(1, reserved(12, "settled")),
    ),
    "a reservation left open": (
        Fault.CHARGED,
        lambda r: r.ledger.__setitem__(1, reserved(12, "reserved")),
    ),
    "a job without a reservation": (Fault.CHARGED, lambda r: r.ledger.pop(0)),
    "an allowance that counts one too many": (
        Fault.CHARGED,
        lambda r: r.allowances.__setitem__(0, AllowanceEntry("person", ADA, DAY, 2)),
    ),
    "an allowance of a server that counts one too few": (
        Fault.CHARGED,
        lambda r: r.allowances.__setitem__(1, AllowanceEntry("guild", GUILD, DAY, 0)),
    ),
    "an allowance that isn't there": (Fault.CHARGED, lambda r: r.allowances.pop(0)),
    "a request that nobody answered": (Fault.UNANSWERED, lambda r: r.writings.pop(5)),
    "a request that was only promised a dream": (
        Fault.UNANSWERED,
        lambda r: r.writings.__setitem__(5, wrote(130, PROMISE, to=13)),
    ),
    "a promise left beside the dream": (
        Fault.UNANSWERED,
        lambda r: r.writings.append(wrote(112, PROMISE, to=11)),
    ),
    "a job that nobody asked for": (Fault.STRANGE, lambda r: r.asked.pop(1)),
    "a dream that nobody asked for": (
        Fault.STRANGE,
        lambda r: r.writings.append(wrote(999, DREAM, "dream-stones-5.png")),
    ),
    "a dream without a job": (
        Fault.STRANGE,
        lambda r: r.writings.append(wrote(140, DREAM, "dream-stones-5.png", to=14)),
    ),
}


@pytest.mark.parametrize("what", FALSIFIED)
def test_the_audit_cries_over(what: str) -> None:
    fault, falsify = FALSIFIED[what]
    record = Record()
    falsify(record)
    assert fault in {finding.fault for finding in record.audited().findings}
