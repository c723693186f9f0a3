"""Layers, channels and sums as people write them: one meaning is one text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dream.errors import RecipeError
from dream.terms import Term, canonical, parse, spelt

terms = st.lists(
    st.builds(
        Term,
        layer=st.sampled_from(["conv2/3x3", "inception_3b/5x5_reduce", "fire8/concat"]),
        channels=st.sets(st.integers(0, 30), max_size=8).map(lambda found: tuple(sorted(found))),
        weight=st.sampled_from([0.001, 0.25, 1.0, 3.0, 12.5]),
    ),
    min_size=1,
    max_size=6,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("inception_4c/output", [Term("inception_4c/output")]),
        ("a:12,40", [Term("a", (12, 40))]),
        ("a : 0 - 3, 7", [Term("a", (0, 1, 2, 3, 7))]),
        ("0.5*a + b:3", [Term("a", weight=0.5), Term("b", (3,))]),
        ("b:3+.5 * a", [Term("a", weight=0.5), Term("b", (3,))]),
        ("a + a", [Term("a", weight=2)]),
        ("a:1 + a:2", [Term("a", (1, 2))]),
        ("a:1 + a:1-2", [Term("a", (1,), 2), Term("a", (2,))]),
        ("a:5 + a", [Term("a"), Term("a", (5,))]),
    ],
)
def test_a_text_means_a_sum(text: str, expected: list[Term]) -> None:
    assert parse(text) == tuple(expected)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("  a ", "a"),
        ("1*a", "a"),
        ("2.50*a", "2.5*a"),
        ("a:7,6,5,5", "a:5-7"),
        ("a:6-7,1", "a:1,6,7"),
        ("b+a", "a + b"),
        ("0.1*a+0.2*a", "0.3*a"),
    ],
)
def test_who_means_the_same_writes_the_same(text: str, written: str) -> None:
    assert canonical(text) == written


@given(terms)
def test_what_was_written_means_what_it_meant(sum_: list[Term]) -> None:
    meant = [term for term in parse(spelt(sum_)) if isinstance(term, Term)]
    assert list(parse(spelt(meant))) == meant
    assert list(parse(spelt(reversed(sum_)))) == meant
    for layer in {term.layer for term in sum_}:
        for channel in (*range(31), 500):
            assert given_to(meant, layer, channel) == pytest.approx(given_to(sum_, layer, channel))


def given_to(terms: list[Term], layer: str, channel: int) -> float:
    """What a channel is weighted with."""
    return sum(
        term.weight
        for term in terms
        if term.layer == layer and (not term.channels or channel in term.channels)
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "“” can't be read"),
        ("a +", "“” can't be read"),
        ("a b", "“a b” can't be read"),
        ("a*2", r"“a\*2” can't be read"),
        ("-1*a", r"“-1\*a” can't be read"),
        ("a:", "“a:” can't be read"),
        ("a:x", "channels like 3 or 8-11, up to 9999; “x” are none"),
        ("a:1,,2", "“” are none"),
        ("a:9-3", "“9-3” are none"),
        ("a:0-99999999", "“0-99999999” are none"),
        ("0*a", "multiplied with a number from 0.001 to 1000, not 0"),
        ("999*a + 2*a", "multiplied with a number from 0.001 to 1000, not 1001"),
    ],
)
def test_what_cant_be_read_is_said_with_how_it_is_written(text: str, said: str) -> None:
    with pytest.raises(RecipeError, match=f"^The layer is .*{said}"):
        parse(text)


def test_a_sum_that_would_be_written_too_long_is_refused() -> None:
    with pytest.raises(RecipeError, match="at most 500 characters"):
        canonical("a:" + ",".join(str(2 * channel) for channel in range(150)))
