"""What dreams are expected to take: learnt quickly, and not thrown off by an accident."""

import math
import random
import statistics

import pytest

from bot.jobs.estimates import BUSY, LEAST_TIME, Effort, Paces, left


def effort(work: int = 15_000_000, network: str = "googlenet", layer: str = "4c") -> Effort:
    return Effort(network, layer, work)


def learnt(kind: str, *dreams: tuple[Effort, float]) -> Paces:
    """What is known after those dreams."""
    paces = Paces(kind, {})
    for dreamt, seconds in dreams:
        paces = Paces(kind, {**paces.measured, **paces.after(dreamt, seconds)})
    return paces


@pytest.mark.parametrize(("kind", "least", "most"), [("cpu x4", 1, 10), ("cuda", 0.05, 2)])
def test_nothing_measured_is_a_modest_guess(kind: str, least: float, most: float) -> None:
    assert least < Paces(kind, {}).seconds(effort()) < most


def test_one_dream_tells_what_the_same_takes_again() -> None:
    assert learnt("cpu x2", (effort(), 40.0)).seconds(effort()) == pytest.approx(40)


def test_twice_the_work_takes_about_twice_as_long() -> None:
    paces = learnt("cpu x2", (effort(), 40.0))
    assert paces.seconds(effort(30_000_000)) == pytest.approx(80, rel=0.1)


def test_a_tiny_dream_takes_more_than_its_steps() -> None:
    paces = learnt("cpu x2", (effort(), 40.0))
    assert paces.seconds(effort(15_000)) > 40 / 1000 * 10


def test_what_one_network_takes_tells_something_of_another() -> None:
    slow = learnt("cpu x2", (effort(), 400.0))
    other = effort(network="dreamnet")
    assert slow.seconds(other) > 10 * Paces("cpu x2", {}).seconds(other)


def test_layers_of_a_network_are_told_apart() -> None:
    low, high = effort(layer="conv2"), effort(layer="4d")
    paces = learnt("cpu x2", *[(low, 10.0), (high, 40.0)] * 10)
    assert paces.seconds(low) == pytest.approx(10, rel=0.15)
    assert paces.seconds(high) == pytest.approx(40, rel=0.15)


def test_a_machine_that_gets_busy_is_noticed_for_what_it_has_not_dreamt_since() -> None:
    one, other = effort(), effort(network="dreamnet")
    quiet = learnt("cpu x2", *[(one, 20.0), (other, 5.0)] * 5)
    busy = quiet
    for _ in range(10):
        busy = Paces("cpu x2", {**busy.measured, **busy.after(one, 60.0)})
    assert busy.seconds(one) == pytest.approx(60, rel=0.2)
    assert busy.seconds(other) > 1.25 * quiet.seconds(other)
    assert busy.measured[BUSY].seconds > quiet.measured[BUSY].seconds


def test_one_accident_is_soon_forgotten() -> None:
    usual = [(effort(), 20.0)] * 10
    paces = learnt("cpu x2", *usual, (effort(), 20_000.0), *[(effort(), 20.0)] * 3)
    assert paces.seconds(effort()) == pytest.approx(20, rel=0.3)


def test_dreams_that_vary_by_a_quarter_are_foretold_within_a_third() -> None:
    chance = random.Random(4)
    kinds = [effort(work, network) for work in (2e6, 1.5e7) for network in ("googlenet", "squeeze")]  # type: ignore[arg-type]
    paces, off = Paces("cpu x2", {}), []
    for _ in range(200):
        dreamt = chance.choice(kinds)
        pace = 900 if dreamt.network == "googlenet" else 300
        took = pace * (dreamt.work + 1e6) / 1e9 * math.exp(chance.gauss(0, 0.2))
        off.append(abs(paces.seconds(dreamt) - took) / took)
        paces = Paces("cpu x2", {**paces.measured, **paces.after(dreamt, took)})
    assert statistics.median(off[20:]) < 0.3


def test_a_worker_counts_as_hung_after_ten_times_the_expected_and_never_soon() -> None:
    paces = learnt("cpu x2", (effort(), 40.0))
    assert paces.time_limit(effort()) == pytest.approx(400)
    assert paces.time_limit(effort(15_000)) == LEAST_TIME


def test_a_network_that_was_never_dreamt_by_has_far_more_time() -> None:
    paces = Paces("cpu x2", {})
    assert paces.time_limit(effort()) >= 60 * paces.seconds(effort())


def test_what_is_left_follows_what_is_seen() -> None:
    assert left(10, 0, 0) == 10
    assert left(10, 20, 1) == 0
    assert left(10, 5, 0.5) == pytest.approx(5)
    # It goes half as fast as foretold.
    assert 7 < left(10, 18, 0.6) < 12


def test_a_sheet_of_several_networks_is_guessed_between_them() -> None:
    guesses = [
        Paces("cpu x2", {}).seconds(effort(network=name))
        for name in ("dreamnet", "dreamnet+googlenet", "googlenet")
    ]
    assert guesses == sorted(guesses)
    assert len(set(guesses)) == 3


def test_what_sheets_take_hardly_changes_what_dreams_take() -> None:
    sheet = effort(layer="sheet of several layers")
    paces = learnt("cpu x2", *[(effort(), 20.0)] * 10, *[(sheet, 40.0), (effort(), 20.0)] * 10)
    assert paces.seconds(effort()) == pytest.approx(20, rel=0.15)
    assert paces.seconds(sheet) == pytest.approx(40, rel=0.15)
