"""What tests of jobs share: a runner, and what stands at its doors."""

import pytest

from bot.database import Database
from bot.jobs.limits import Limits
from bot.jobs.lineup import AT_ONCE
from bot.jobs.runner import Runner
from bot.jobs.submit import Submission
from bot.jobs.turns import Bounds
from bot.storage import Storage
from tests.bot.jobs.bots import Bot
from tests.bot.jobs.other_side import (
    RecordingMessenger,
    ScriptedPool,
)


@pytest.fixture
def submission(database: Database, storage: Storage) -> Submission:
    return Submission(database, storage, Limits(daily_credits=20))


@pytest.fixture
def messenger() -> RecordingMessenger:
    return RecordingMessenger()


@pytest.fixture
def pool() -> ScriptedPool:
    return ScriptedPool()


@pytest.fixture
def bot(
    database: Database, storage: Storage, pool: ScriptedPool, messenger: RecordingMessenger
) -> Bot:
    def make(lease: float = 5, *, on: Database = database, bounds: Bounds = AT_ONCE) -> Runner:
        return Runner(on, storage, pool, messenger, lease_seconds=lease, bounds=bounds)

    return make
