"""The large convolutional network: as its docstring says."""

from pipeline_components.models.cnn_large import cnn_large


def test_it_is_twice_as_wide():
    assert cnn_large(10, 0).count_params() == 658_986
