"""What each refusal says: what to do, or when to come back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.database.blocks import Block
from bot.database.standing import Standing
from bot.errors import Refusal
from bot.jobs import admission
from bot.jobs.admission import Asker, admit, purse
from bot.jobs.limits import Limits

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MIDNIGHT = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp())
SOON = NOON + timedelta(seconds=10)
LIMITS = Limits(daily_credits=20, server_credits=100, waiting=5, server_waiting=50, cooldown=30)
GOOD = Standing(
    used=0,
    granted=0,
    server_used=0,
    waiting=0,
    server_waiting=0,
    last_at=None,
    draining=False,
    block=None,
)
MAY = Asker(person_id=1, guild_id=2, roles=(), at=NOON)

REFUSALS: list[tuple[str, dict[str, Any], int, str]] = [
    ("Blocked", {"block": Block(True, None)}, 1, "dreams any more. Whoever runs me"),
    ("Blocked", {"block": Block(False, SOON)}, 1, f"on this server until <t:{MIDNIGHT - 43190}:f>"),
    ("Draining", {"draining": True}, 1, "ask again later"),
    ("QuotaUsedUp", {"used": 20}, 1, f"your 20 credits of today.* new ones <t:{MIDNIGHT}:R>"),
    ("QuotaUsedUp", {"used": 18, "granted": 1}, 4, "You have 3 credits left today"),
    ("QuotaUsedUp", {}, 21, "more than the 20 of a whole day. Try a smaller one"),
    ("ServerUsedUp", {"server_used": 100}, 1, f"its 100 credits of today.* <t:{MIDNIGHT}:R>"),
    ("ServerUsedUp", {"server_used": 97}, 4, "server has 3 credits left today, for everybody"),
    ("TooManyWaiting", {"waiting": 5}, 1, "You have 5 dreams waiting.*Ask again when one"),
    ("ServerLineFull", {"server_waiting": 50}, 1, "server has 50 dreams waiting.*a few minutes"),
    ("TooSoon", {"last_at": NOON}, 1, f"your next dream <t:{MIDNIGHT - 43170}:R>"),
]


@pytest.mark.parametrize(("name", "stands", "cost", "says"), REFUSALS)
def test_a_refusal_says_what_to_do(name: str, stands: dict[str, Any], cost: int, says: str) -> None:
    with pytest.raises(Refusal, match=says) as refusal:
        admit(LIMITS, MAY, replace(GOOD, **stands), cost)
    assert type(refusal.value) is getattr(admission, name)
    assert len(str(refusal.value)) < 200


def test_up_to_the_limits_everybody_may() -> None:
    full = replace(
        GOOD,
        used=19,
        server_used=99,
        waiting=4,
        server_waiting=49,
        last_at=NOON - timedelta(seconds=30),
    )
    admit(LIMITS, MAY, full, 1)


def test_what_is_not_limited_refuses_nobody() -> None:
    crowd = replace(GOOD, server_used=10**6, waiting=10**6, server_waiting=10**6, last_at=NOON)
    admit(Limits(daily_credits=20), MAY, crowd, 20)


def test_in_a_direct_message_no_servers_limits_count() -> None:
    admit(LIMITS, replace(MAY, guild_id=None), replace(GOOD, server_used=100), 1)


def test_a_moment_is_never_shown_before_it_has_come() -> None:
    assert admission.moment(NOON + timedelta(milliseconds=1)) == f"<t:{MIDNIGHT - 43199}:R>"


def test_new_credits_come_at_midnight_in_utc() -> None:
    in_tokyo = datetime.fromisoformat("2026-03-02T05:00:00+09:00")
    assert admission.next_midnight(in_tokyo) == datetime(2026, 3, 2, tzinfo=UTC)


HERE = replace(LIMITS, daily_credits_here=5, bonuses_here={7: 3, 8: 50})


@pytest.mark.parametrize(
    ("roles", "used", "used_here", "left"),
    [
        ((), 0, 0, 5),
        ((), 15, 0, 5),
        ((), 17, 0, 3),
        ((), 5, 5, 0),
        ((7,), 5, 5, 3),
        # Of several the best, and never more than the bot gives anybody.
        ((7, 8), 0, 0, 20),
        ((8,), 20, 0, 0),
    ],
)
def test_a_server_gives_its_people_fewer_credits(
    roles: tuple[int, ...], used: int, used_here: int, left: int
) -> None:
    stands = replace(GOOD, used=used, used_here=used_here)
    asker = replace(MAY, roles=roles)
    assert purse(HERE, asker, stands).left == left
    admit(HERE, asker, stands, left)
    with pytest.raises(admission.QuotaUsedUp):
        admit(HERE, asker, stands, left + 1)


def test_what_was_granted_counts_on_a_server_too() -> None:
    stands = replace(GOOD, granted=2, used=5, used_here=5)
    assert purse(HERE, MAY, stands).left == 2


def test_only_where_a_server_gives_fewer_it_is_said_that_it_does() -> None:
    said = "what this server gives"
    with pytest.raises(Refusal, match=said):
        admit(HERE, MAY, replace(GOOD, used=5, used_here=5), 1)
    with pytest.raises(Refusal) as refusal:
        admit(HERE, MAY, replace(GOOD, used=20, used_here=0), 1)
    assert said not in str(refusal.value)
