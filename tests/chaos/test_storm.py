"""Short trials; the command `python -m tests.chaos` holds long ones."""

from pathlib import Path
from typing import Literal

import pytest

from tests.chaos.__main__ import report
from tests.chaos.audit import End
from tests.chaos.grounds import NoCluster
from tests.chaos.trial import Conditions, Outcome, trial
from tests.conftest import without

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


async def held(conditions: Conditions, folder: Path) -> Outcome:
    try:
        return await trial(conditions, folder)
    except NoCluster as error:
        without("postgresql", str(error))


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_every_promise_is_kept_through_a_storm(
    database: Literal["sqlite", "postgresql"], tmp_path: Path
) -> None:
    conditions = Conditions(
        seed=1, database=database, requests=70, persons=7, seconds=45, pause=3, credits=12
    )
    outcome = await held(conditions, tmp_path)
    assert outcome.passed, report(conditions, outcome)
    assert outcome.audit.ends[End.DELIVERED] > 20
    assert outcome.fallen["bot killed"] > 0
    assert outcome.fallen["worker killed"] > 0


async def test_two_bots_share_the_work_and_the_survivor_ends_it(tmp_path: Path) -> None:
    conditions = Conditions(
        seed=2, database="postgresql", requests=60, persons=10, seconds=20, two_bots=True
    )
    outcome = await held(conditions, tmp_path)
    assert outcome.passed, report(conditions, outcome)
    assert outcome.fallen["bot killed for good"] == 1
    assert outcome.audit.ends[End.DELIVERED] > 30
