"""Wilson's interval against published numbers, and what must hold of any interval."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_components.stats.wilson import wilson

counts = st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("correct", "seen", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_newcombes_four_examples(correct, seen, low, high):
    """R. G. Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3 (score, uncorrected)."""
    assert wilson(correct, seen) == pytest.approx((low, high), abs=5e-5)


@given(counts, st.floats(0.51, 0.999))
def test_an_interval_holds_the_proportion_and_stays_between_0_and_1(count, confidence):
    correct, seen = count
    low, high = wilson(correct, seen, confidence)
    assert 0 <= low <= correct / seen <= high <= 1
    assert (low == 0) == (correct == 0)
    assert (high == 1) == (correct == seen)


@given(counts)
def test_right_and_wrong_mirror_each_other(count):
    correct, seen = count
    low, high = wilson(correct, seen)
    assert wilson(seen - correct, seen) == pytest.approx((1 - high, 1 - low), abs=1e-12)


@given(counts)
def test_more_confidence_is_wider_and_more_examples_are_narrower(count):
    correct, seen = count
    low, high = wilson(correct, seen)
    wider, narrower = wilson(correct, seen, 0.99), wilson(correct * 10, seen * 10)
    assert wider[0] <= low <= narrower[0] + 1e-12
    assert narrower[1] - 1e-12 <= high <= wider[1]


@given(st.integers(2, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n - 1), st.just(n))), st.floats(0.51, 0.999))
def test_one_more_right_moves_both_ends_up(count, confidence):
    correct, seen = count
    (low, high), (higher_low, higher) = wilson(correct, seen, confidence), wilson(correct + 1, seen, confidence)
    assert low < higher_low and high <= higher
    assert high < higher or higher == 1


def test_nothing_seen_is_nothing_known():
    assert wilson(0, 0) == (0.0, 1.0)
    with pytest.raises(ValueError, match="5 correct of 4 seen"):
        wilson(5, 4)
