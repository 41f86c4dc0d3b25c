"""Optimisers and schedules: what each does to the step size and the weights."""

import numpy as np
import pytest

from pipeline_components.train import TrainConfig
from pipeline_components.train.optimizers import learning_rate, optimizer


def weights():
    import keras

    return [keras.Variable(np.ones((4, 4), np.float32), name=name) for name in ("kernel", "bias")]


@pytest.mark.parametrize("name", ["adam", "adamw", "sgd", "lion", "muon"])
def test_each_walks_down_a_slope_and_decays_kernels_alone(name):
    variables = weights()
    made = optimizer(TrainConfig(optimizer=name, learning_rate=0.01, weight_decay=0.5), 10, variables)
    for _ in range(5):
        made.apply([np.zeros((4, 4), np.float32)] * 2, variables)
    kernel, bias = (variable.numpy() for variable in variables)
    assert (kernel < 1).all() and (bias == 1).all()
    made.apply([np.ones((4, 4), np.float32)] * 2, variables)
    assert (variables[1].numpy() < bias).any()


def test_schedules_begin_peak_and_end_as_they_say():
    assert learning_rate(TrainConfig(), 100) == 0.001
    cosine = learning_rate(TrainConfig(schedule="cosine"), 100)
    assert [float(cosine(step)) for step in (0, 50, 100)] == pytest.approx([0.001, 0.0005, 0], abs=1e-8)
    cycle = learning_rate(TrainConfig(schedule="one_cycle"), 100)
    assert [float(cycle(step)) for step in (0, 10, 20, 100)] == pytest.approx([4e-5, 52e-5, 1e-3, 0], abs=1e-8)


def test_a_gradient_is_clipped_and_weights_are_averaged():
    variables = weights()[:1]
    made = optimizer(TrainConfig(optimizer="sgd", learning_rate=1, clip_norm=1.0, averaging=0.5), 10, variables)
    made.apply([np.full((4, 4), 100, np.float32)], variables)
    assert np.linalg.norm(variables[0].numpy() - 1) == pytest.approx(1.9, rel=1e-3)  # Nesterov looks 0.9 ahead
    own = variables[0].numpy()
    made.apply([np.full((4, 4), 100, np.float32)], variables)
    later = variables[0].numpy()
    made.finalize_variable_values(variables)
    np.testing.assert_allclose(variables[0].numpy(), (own + later) / 2, rtol=1e-5)
