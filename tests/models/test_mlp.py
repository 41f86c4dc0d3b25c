"""The seed's network: its layers, its size, and that its weights come from the seed alone."""

import numpy as np
import pytest

from pipeline_components.models.mlp import mlp


def test_it_is_two_sigmoid_layers_and_a_softmax():
    model = mlp(10, 0)
    dense = [layer for layer in model.layers if hasattr(layer, "units")]
    assert [(layer.name, layer.units, layer.activation.__name__) for layer in dense] == [
        ("hidden_1", 512, "sigmoid"),
        ("hidden_2", 128, "sigmoid"),
        ("probabilities", 10, "softmax"),
    ]
    assert model.count_params() == 468_874
    assert model.name == "mlp" and model.input_shape == (None, 28, 28)


def test_pixels_are_scaled_inside():
    import keras

    model = mlp(3, 0)
    scaled = keras.Model(model.inputs[0], model.get_layer("rescaling").output)
    assert scaled(np.full((1, 28, 28), 255, np.uint8)).numpy().max() == pytest.approx(1)


@pytest.mark.parametrize("seed", [0, 1, 2**31 - 1])
def test_layers_of_one_seed_begin_with_weights_of_their_own(seed):
    model = mlp(128, seed)
    second, third = (model.get_layer(name).kernel.numpy() for name in ("hidden_2", "probabilities"))
    assert np.isfinite(second).all() and not np.allclose(second[:128], third)
    np.testing.assert_array_equal(mlp(128, seed).get_layer("hidden_2").kernel.numpy(), second)
