"""Intervals of a difference: published examples, and how often they hold what they claim."""

import numpy as np
import pytest

from pipeline_components.stats.difference import other_examples, same_examples
from pipeline_components.stats.mcnemar import Paired


def test_newcombes_own_example():
    """56 of 70 against 48 of 80: 0.0524 to 0.3339 by method 10 (Newcombe 1998, table II)."""
    assert other_examples((48, 80), (56, 70)) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    low, high = other_examples((56, 70), (48, 80))
    assert (low, high) == pytest.approx((-0.3339, -0.0524), abs=5e-5)


def test_the_pairs_alone_decide_and_the_direction_is_kept():
    low, high = same_examples(Paired(newly_right=16, newly_wrong=7), 1000)
    assert (low, high) == pytest.approx((-0.0008, 0.0187), abs=1e-4)
    assert same_examples(Paired(7, 16), 1000) == pytest.approx((-high, -low))
    assert same_examples(Paired(0, 0), 1000)[0] < 0 < same_examples(Paired(0, 0), 1000)[1]


def test_nothing_seen_says_nothing():
    assert same_examples(Paired(0, 0), 0) == (-1.0, 1.0)
    assert other_examples((0, 0), (0, 0)) == (-1.0, 1.0)


def test_both_hold_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(0)
    cells = rng.multinomial(300, [0.88, 0.06, 0.02, 0.04], size=2000)  # both right, newly right, newly wrong, neither
    paired = [same_examples(Paired(int(c[1]), int(c[2])), 300) for c in cells]
    assert 0.93 < np.mean([low <= 0.04 <= high for low, high in paired]) < 0.975
    first, second = rng.binomial(300, 0.90, 2000), rng.binomial(300, 0.94, 2000)
    other = [other_examples((int(a), 300), (int(b), 300)) for a, b in zip(first, second, strict=True)]
    assert 0.93 < np.mean([low <= 0.04 <= high for low, high in other]) < 0.975
