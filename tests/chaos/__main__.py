"""The command: one trial, and its report as a table."""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from tests.chaos.audit import End, Fault
from tests.chaos.grounds import NoCluster
from tests.chaos.trial import Conditions, Outcome, trial

SECONDS_A_REQUEST = 0.5
MOST_SHOWN = 20


def main() -> None:
    """Hold the trial; the exit code is 1 if anything was found."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos",
        description=__doc__,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--persons", type=int, default=50)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--two-bots", action="store_true", help="one is killed midway")
    parser.add_argument("--seconds", type=float, help="in which they ask; else half a second each")
    parser.add_argument("--pause", type=float, default=6.0, help="seconds from blow to blow")
    parser.add_argument("--calm", action="store_true", help="no storm, for comparison")
    parser.add_argument("--credits", type=int, help="of a person; else a few need more than that")
    parser.add_argument("--folder", type=Path, help="for the bots' data and logs; else a new one")
    chosen = parser.parse_args()
    conditions = Conditions(
        seed=chosen.seed,
        database=chosen.database,
        requests=chosen.requests,
        persons=chosen.persons,
        seconds=chosen.seconds or SECONDS_A_REQUEST * chosen.requests,
        pause=None if chosen.calm else chosen.pause,
        two_bots=chosen.two_bots,
        credits=chosen.credits or round(1.2 * chosen.requests / chosen.persons),
    )
    folder = chosen.folder or Path(tempfile.mkdtemp(prefix="dreambot-chaos-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        outcome = asyncio.run(trial(conditions, folder))
    except NoCluster as error:
        sys.exit(str(error))
    sys.stdout.write(report(conditions, outcome))
    sys.exit(not outcome.passed)


def report(conditions: Conditions, outcome: Outcome) -> str:
    """The outcome, as a table and what was found."""
    found = outcome.audit
    loads = " ".join(f"{each:.1f}" for each in outcome.load)
    title = (
        f"{conditions.requests} requests of {conditions.persons} persons, seed {conditions.seed}, "
        f"{conditions.database}, {outcome.seconds:.0f} s, load average {loads}"
    )
    rows = [(end.value, found.ends[end]) for end in End]
    rows += [(fault.value, found.count(fault)) for fault in Fault]
    rows += [("not quiet in time", int(not outcome.quiet)), ("orphans", len(outcome.orphans))]
    rows += [*sorted(outcome.fallen.items()), ("bots ended unasked", len(outcome.endings))]
    table = [f"| {name} | {number} |" for name, number in rows]
    findings = [f"- {each.fault}: {each.sentence}" for each in found.findings[:MOST_SHOWN]]
    said = [f"- {number} × {words!r}" for words, number in found.said.most_common(MOST_SHOWN)]
    parts = [title, "", "| what | number |", "|---|---|", *table, "", "Told:", *said, ""]
    parts += [f"{len(found.findings)} findings; logs in {outcome.log}", *findings, ""]
    return "\n".join(parts)


if __name__ == "__main__":
    main()
