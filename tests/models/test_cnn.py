"""The small convolutional network: its size, and pixels that it is given as they are."""

import numpy as np

from pipeline_components.models.cnn import cnn


def test_it_is_five_convolutions_and_a_softmax():
    model = cnn(10, 0)
    convolutions = [layer for layer in model.layers if layer.name.startswith("convolution")]
    assert [layer.filters for layer in convolutions] == [16, 48, 48, 96, 96]
    assert model.count_params() == 177_434
    assert cnn(3, 0).output_shape == (None, 3)


def test_no_two_layers_begin_alike():
    model = cnn(10, 1)
    fourth, fifth = (model.get_layer(f"convolution_{number}").kernel.numpy() for number in (4, 5))
    assert not np.allclose(fourth, fifth[:, :, :48])
    assert not np.allclose(fifth, cnn(10, 2).get_layer("convolution_5").kernel.numpy())
