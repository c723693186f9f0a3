"""How settings are read from the environment."""

import pytest
from pydantic import ValidationError

from bot.jobs.limits import Limits
from bot.settings import Settings


def test_limits_are_what_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "DAILY_CREDITS": "3",
        "SERVER_CREDITS": "0",
        "WAITING": "4",
        "SERVER_WAITING": "5",
        "COOLDOWN_SECONDS": "1.5",
        "ROLE_BONUS": "123=10, 456=30",
    }.items():
        monkeypatch.setenv(f"DREAMBOT_{name}", value)
    assert Settings().limits == Limits(3, 0, 4, 5, 1.5, {123: 10, 456: 30})


@pytest.mark.parametrize("bonus", ["123", "123=", "=10", "123=-1", "123=ten", "123=1=2", ","])
def test_a_bonus_that_cannot_be_read_is_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch, bonus: str
) -> None:
    monkeypatch.setenv("DREAMBOT_ROLE_BONUS", bonus)
    with pytest.raises(ValidationError):
        Settings()


def test_of_several_bonuses_the_best_counts() -> None:
    limits = Limits(daily_credits=20, bonuses={1: 5, 2: 30, 3: 40})
    assert limits.bonus({1, 2, 99}) == 30
    assert limits.bonus(()) == 0
