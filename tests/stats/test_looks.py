"""What looks cost, against drawn numbers."""

import numpy as np
import pytest

from pipeline_components.stats.looks import flattery, spent


@pytest.mark.parametrize("models", [1, 2, 10, 100])
def test_the_best_of_equal_models_looks_as_much_better_as_is_said(models):
    wrong = np.random.default_rng(1).binomial(10_000, 0.01, (4000, models))
    measured = -wrong.min(axis=1).mean() / 10_000 + 0.01
    assert flattery(models, 10_000, 2 * 0.01 * 0.99) == pytest.approx(measured, rel=0.1, abs=3e-5)


def test_no_images_flatter_nobody():
    assert flattery(5, 0, 0.5) == 0


def test_all_looks_together_spend_alpha():
    assert spent(0.01, 1) == 0.005
    assert sum(spent(0.01, look) for look in range(1, 100_000)) == pytest.approx(0.01, rel=1e-3)
