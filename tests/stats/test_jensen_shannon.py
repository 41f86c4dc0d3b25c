"""The Jensen-Shannon distance against numbers worked out and published, and its metric properties."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline_components.stats.jensen_shannon import chance, jensen_shannon

histograms = st.lists(st.integers(0, 1000), min_size=4, max_size=4).filter(any)


def test_lins_divergence_by_hand():
    """J. Lin (1991), equation 4.1 with equal weights: JS(p, q) = H((p + q) / 2) - H(p) / 2 - H(q) / 2.
    p = (1, 0), q = (1/2, 1/2): H(3/4, 1/4) = 0.811278 bits, H(p) = 0, H(q) = 1: 0.311278, whose root is 0.557923.
    SciPy's documentation of `jensenshannon` has the same example in nats: 0.46450140402245893."""
    distance = jensen_shannon([1, 0], [0.5, 0.5])
    assert distance**2 == pytest.approx(0.311278, abs=5e-7)
    assert distance * math.sqrt(math.log(2)) == pytest.approx(0.46450140402245893)


def test_nothing_in_common_is_1_and_the_same_shape_is_0():
    assert jensen_shannon([1, 0, 0], [0, 1, 0]) == 1
    assert jensen_shannon([1, 2, 3], [100, 200, 300]) == pytest.approx(0, abs=1e-7)


@given(histograms, histograms)
def test_it_is_symmetric_bounded_and_does_not_mind_the_order_of_bins(p, q):
    distance = jensen_shannon(p, q)
    assert 0 <= distance <= 1
    assert distance == pytest.approx(jensen_shannon(q, p), abs=1e-7)
    assert distance == pytest.approx(jensen_shannon(p[::-1], q[::-1]), abs=1e-7)


@given(histograms, histograms, histograms)
def test_the_triangle_inequality_holds(p, q, r):
    assert jensen_shannon(p, r) <= jensen_shannon(p, q) + jensen_shannon(q, r) + 1e-7


@given(histograms, histograms, st.integers(1, 1000))
def test_only_the_shape_counts(p, q, times):
    assert jensen_shannon(p, q) == pytest.approx(jensen_shannon([n * times for n in p], q), abs=1e-7)


@given(histograms, histograms)
def test_it_is_zero_for_equal_shapes_alone(p, q):
    shapes = [np.array(side) / sum(side) for side in (p, q)]
    assume(np.abs(shapes[0] - shapes[1]).max() > 1e-3)
    assert jensen_shannon(p, q) > 0


@pytest.mark.parametrize("broken", [[0, 0], [math.nan, 1], [-1, 2], [math.inf, 1]])
def test_what_is_no_histogram_cannot_pass_for_the_same(broken):
    assert jensen_shannon(broken, [1, 1]) == 1
    assert jensen_shannon(broken, broken) == 1


def test_histograms_of_other_bins_are_a_mistake():
    with pytest.raises(ValueError, match="bins"):
        jensen_shannon([1], [1, 2])


def test_chance_is_what_samples_of_one_distribution_are_apart():
    rng, p = np.random.default_rng(0), np.full(10, 0.1)
    apart = [jensen_shannon(rng.multinomial(500, p), rng.multinomial(2000, p)) for _ in range(300)]
    assert math.sqrt(np.mean(np.square(apart))) == pytest.approx(chance(10, 500, 2000), rel=0.1)
