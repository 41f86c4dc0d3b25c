"""Lower bounds of what was lost: they hold as often as they say, and not-a-number is never a bound."""

import math

import numpy as np
import pytest

from pipeline_components.stats.mcnemar import Paired
from pipeline_components.stats.paired_difference import drop, mean_rise


def test_the_mean_rise_and_its_bound_by_hand():
    mean, low = mean_rise(np.array([2.0, 3.0, 4.0]), np.array([1.0, 1.0, 1.0]), 0.025)
    assert (mean, low) == pytest.approx((2.0, 2.0 - 1.959964 / math.sqrt(3)))
    assert math.isnan(mean_rise(np.array([1.0, math.nan]), np.zeros(2), 0.01)[1])
    assert mean_rise(np.array([1.0]), np.zeros(1), 0.01) == (1.0, -math.inf)
    assert math.isnan(mean_rise(np.empty(0), np.empty(0), 0.01)[0])


def test_a_drop_and_its_bound_by_hand():
    share, low = drop(Paired(newly_right=2, newly_wrong=10), 100, 0.005)
    assert share == 0.08 and low == pytest.approx((8 - 2.575829 * math.sqrt(12 - 0.64)) / 100, abs=1e-7)
    assert drop(Paired(0, 0), 100, 0.005) == (0.0, 0.0) and drop(Paired(0, 0), 0, 0.005) == (0.0, -1.0)


@pytest.mark.parametrize("examples", [100, 1000])
def test_where_nothing_is_lost_a_drop_is_hardly_ever_sure(examples):
    rng = np.random.default_rng(1)
    right, wrong = rng.binomial(examples, 0.01, 5000), rng.binomial(examples, 0.01, 5000)
    pairs = [Paired(int(a), int(b)) for a, b in zip(right, wrong, strict=True)]
    assert np.mean([drop(each, examples, 0.005)[1] > 0.02 for each in pairs]) < 0.001
