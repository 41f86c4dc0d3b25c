"""Expected calibration error against an example worked by hand, and its bounds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_components.stats.calibration import calibration

rows = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60)


def columns(pairs):
    return np.array([p for p, _ in pairs]), np.array([right for _, right in pairs], bool)


def test_equation_3_of_guo_by_hand():
    """Guo et al., ICML 2017, equation 3, with 5 bins. Three bins hold something:
    (0.4, 0.6]: 0.55 right, 0.6 wrong: |1/2 - 0.575| = 0.075
    (0.6, 0.8]: 0.7 right, 0.75 right: |1 - 0.725| = 0.275
    (0.8, 1.0]: 0.9 right, 0.95 wrong, 1.0 right, 0.85 right: |3/4 - 0.925| = 0.175
    ECE = (2 · 0.075 + 2 · 0.275 + 4 · 0.175) / 8 = 0.175; the largest is 0.275."""
    confidence = np.array([0.55, 0.6, 0.7, 0.75, 0.9, 0.95, 1.0, 0.85])
    correct = np.array([1, 0, 1, 1, 1, 0, 1, 1], bool)
    found = calibration(confidence, correct, bins=5)
    assert found["ece"] == pytest.approx(0.175)
    assert found["mce"] == pytest.approx(0.275)
    assert [b["count"] for b in found["bins"]] == [0, 0, 2, 2, 4]
    assert found["bins"][4]["accuracy"] == 0.75
    assert found["bins"][4]["confidence"] == pytest.approx(0.925)
    assert found["bins"][0]["accuracy"] is None


@given(rows)
def test_the_error_is_bounded_and_counts_every_prediction(pairs):
    found = calibration(*columns(pairs))
    assert 0 <= found["ece"] <= found["mce"] + 1e-12 <= 1 + 1e-9
    assert sum(b["count"] for b in found["bins"]) == len(pairs)


@given(rows, st.randoms(use_true_random=False))
def test_order_does_not_matter(pairs, random):
    one, other = (calibration(*columns(p))["ece"] for p in (pairs, random.sample(pairs, len(pairs))))
    assert one == pytest.approx(other, abs=1e-12)


@given(rows)
def test_each_bin_holds_what_its_edges_say(pairs):
    confidence, correct = columns(pairs)
    for found in calibration(confidence, correct, bins=5)["bins"]:
        inside = (confidence > found["low"]) & (confidence <= found["high"]) | (found["low"] == 0) & (confidence == 0)
        assert found["count"] == inside.sum()
        if found["count"]:
            assert found["accuracy"] == pytest.approx(correct[inside].mean())
            assert found["confidence"] == pytest.approx(confidence[inside].mean())


def test_honest_certainty_has_no_error_and_lies_have_all():
    certain = np.ones(10)
    assert calibration(certain, np.ones(10, bool))["ece"] == 0
    assert calibration(certain, np.zeros(10, bool))["ece"] == 1


def test_what_is_not_finite_has_no_error_to_show():
    assert calibration(np.array([0.5, np.nan]), np.array([True, True]))["ece"] is None
