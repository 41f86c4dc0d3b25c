"""The large convolutional network: as its docstring says."""

from pipeline_components.models import network
from pipeline_components.models.cnn_large import cnn_large


def test_it_is_twice_as_wide_and_trained_on_varied_images():
    assert cnn_large(10, 0).count_params() == 658_986
    assert network("cnn_large").trained_with["augmentation"] == "full"
