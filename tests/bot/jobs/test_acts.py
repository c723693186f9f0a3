"""What those in charge do, where it can't be done."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.database import Database
from bot.database.ledger import Act
from bot.errors import Refusal
from bot.jobs.acts import Acts


async def test_where_the_database_is_away_one_is_told_to_look_before_trying_again(
    tmp_path: Path,
) -> None:
    act = Act(1, person_id=1, guild_id=None, by=7, reason="a prize", at=datetime.now(UTC))
    for url in ("postgresql://nobody@127.0.0.1:1/nowhere", f"sqlite:///{tmp_path}/no/such/file"):
        database = Database(url)
        acts = Acts(database, b"a key")
        for done in (acts.grant(act, 5), acts.reset(act), acts.block(act, None), acts.unblock(act)):
            with pytest.raises(Refusal, match=r"out of reach\. Look into the ledger in a minute"):
                await done
        await database.close()
    # SQLite's driver ends the thread of a connection that failed on its own time.
    await asyncio.sleep(0.1)
