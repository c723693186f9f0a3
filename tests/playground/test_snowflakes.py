"""Ids: unique, growing, and made of their moment."""

import time

from hypothesis import given
from hypothesis import strategies as st

from bot.playground.snowflakes import Snowflakes, seconds


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=60))
def test_ids_grow_even_where_the_clock_steps_back(steps: list[float]) -> None:
    moments = iter(steps)
    now = time.time()
    flakes = Snowflakes(lambda: now + next(moments))
    ids = [flakes.next() for _ in steps]
    assert ids == sorted(set(ids))


def test_ten_thousand_in_one_millisecond_are_ten_thousand() -> None:
    now = time.time()
    flakes = Snowflakes(lambda: now)
    assert len({flakes.next() for _ in range(10_000)}) == 10_000


def test_an_id_tells_when_it_was_made() -> None:
    assert abs(seconds(Snowflakes().next()) - time.time()) < 1
