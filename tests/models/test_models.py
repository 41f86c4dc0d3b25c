"""Networks: what they take, what they give, and that their weights follow from the seed."""

import numpy as np
import pytest

from pipeline_components.errors import BadConfig
from pipeline_components.models import NETWORKS, network, weights_digest
from pipeline_components.models.mlp import mlp


@pytest.mark.parametrize("name", NETWORKS)
def test_pixels_in_probabilities_out(name):
    images = np.random.default_rng(0).integers(0, 256, (5, 28, 28), dtype=np.uint8)
    model = network(name).build(7, 0)
    probabilities = model(images).numpy()
    assert probabilities.shape == (5, 7)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(model(images.astype(np.float32)).numpy(), probabilities)


@pytest.mark.parametrize("name", NETWORKS)
def test_weights_follow_from_the_seed_alone(name):
    one, same, other = (weights_digest(network(name).build(10, seed)) for seed in (3, 3, 4))
    assert one == same != other
    assert one.startswith("sha256:") and len(one) == 71


def test_the_digest_changes_with_any_weight():
    model = network("mlp").build(10, 0)
    before = weights_digest(model)
    bias = model.get_layer("probabilities").bias
    bias.assign(bias + np.eye(10, dtype=np.float32)[3] * 1e-6)
    assert weights_digest(model) != before


def test_a_network_is_found_by_name_or_the_nearest_is_said():
    assert network("mlp").build is mlp
    with pytest.raises(BadConfig, match="unknown name 'mlp2'; did you mean 'mlp'"):
        network("mlp2")


@pytest.mark.parametrize(
    ("name", "options", "compiled"),
    [("mlp", {"dropout": 0.0}, True), ("mlp", {"dropout": 0.1}, False), ("cnn", {"dropout": 0.0}, False)],
)
def test_only_dense_layers_without_random_numbers_are_compiled(name, options, compiled):
    chosen = network(name)
    assert chosen.xla({**chosen.options, **options}) is compiled


@pytest.mark.parametrize("name", ["cnn", "cnn_large", "ensemble"])
def test_convolutions_are_trained_on_varied_images(name):
    assert network(name).trained_with["augmentation"] == "full"
