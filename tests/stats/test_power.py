"""The loss that a comparison could have seen, against simulated comparisons."""

import numpy as np
import pytest

from pipeline_components.stats.mcnemar import Paired
from pipeline_components.stats.power import detectable


@pytest.mark.parametrize(("examples", "discordant", "found"), [(10_000, 125, 0.0035), (1_000, 40, 0.0200)])
def test_the_loss_that_it_names_is_seen_four_times_in_five(examples, discordant, found):
    loss = detectable(examples, discordant, 0.01)
    assert loss == pytest.approx(found, abs=0.0001)
    rng, share = np.random.default_rng(0), discordant / examples
    wrong = rng.binomial(examples, (share + loss) / 2, 1000)
    right = rng.binomial(examples, (share - loss) / 2, 1000)
    seen = np.mean([Paired(int(r), int(w)).p_worse < 0.01 for r, w in zip(right, wrong, strict=True)])
    assert 0.72 <= seen <= 0.85  # an exact test is somewhat blunter than the normal one behind the formula


def test_more_examples_see_less_and_none_sees_nothing():
    assert detectable(0, 0, 0.01) == 1.0
    assert detectable(100, 5, 0.01) > detectable(1000, 50, 0.01) > detectable(10_000, 500, 0.01) > 0
    assert detectable(1000, 0, 0.01) == detectable(1000, 1, 0.01) > 0
    assert detectable(1000, 40, 0.001) > detectable(1000, 40, 0.01) > detectable(1000, 40, 0.01, power=0.5)
    assert detectable(3, 3, 0.01) <= 1.0
