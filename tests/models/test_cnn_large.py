"""The large convolutional network: as its docstring says."""

import pytest

from pipeline_components.models import network
from pipeline_components.models.cnn_large import cnn_large


def test_it_is_twice_as_wide():
    assert cnn_large(10, 0).count_params() == 658_986


@pytest.mark.parametrize("name", ["cnn", "cnn_large", "ensemble"])
def test_convolutions_are_trained_on_varied_images(name):
    assert network(name).trained_with["augmentation"] == "full"
