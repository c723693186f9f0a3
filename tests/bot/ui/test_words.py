"""Texts that say no more than is known."""

import pytest

from bot.ui import words


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "a few seconds"),
        (7.9, "a few seconds"),
        (11, "about 10 s"),
        (27, "about 25 s"),
        (44, "about 40 s"),
        (54, "about 50 s"),
        (58, "about 1 min"),
        (89, "about 1 min"),
        (91, "about 2 min"),
        (1200, "about 20 min"),
        (3300, "about an hour"),
        (9000, "about 2 h"),
    ],
)
def test_a_time_to_come_is_told_coarsely(seconds: float, told: str) -> None:
    assert words.about(seconds) == told
