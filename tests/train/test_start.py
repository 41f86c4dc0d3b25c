"""A warm start: the weights are those of the model that was named, whatever the network, or it is refused."""

import numpy as np
import pytest

from pipeline_components.errors import BadConfig, BadModel
from pipeline_components.models import NETWORKS, network, weights_digest
from pipeline_components.train.archive import save_model
from pipeline_components.train.start import start_from

SMALL = {"ensemble": {"members": 2}}


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_begins_with_the_weights_of_another_training(name, tmp_path):
    build = network(name).build
    before, model = (build(10, seed, **SMALL.get(name, {})) for seed in (1, 2))
    for weight in before.weights:  # averages of normalisations too, which are the same in each new model
        weight.assign(weight + 0.25)
    save_model(before, tmp_path / "model.keras")
    assert weights_digest(model) != weights_digest(before)
    start_from(model, tmp_path)
    assert weights_digest(model) == weights_digest(before)
    image = np.random.default_rng(0).integers(0, 256, (4, 28, 28), np.uint8)
    np.testing.assert_array_equal(model(image), before(image))


def test_other_layers_are_refused_and_change_nothing(tmp_path):
    model = network("mlp").build(10, 0)
    before = weights_digest(model)
    save_model(network("mlp").build(10, 0, hidden_units=[64]), tmp_path / "model.keras")
    expected = r"warm_start: .*: a model of other layers: \S+ of shape .* found, .* expected$"
    with pytest.raises(BadConfig, match=expected):
        start_from(model, tmp_path)
    assert weights_digest(model) == before


def test_what_is_no_model_is_said_in_one_line(tmp_path):
    (tmp_path / "model.keras").write_bytes(b"no model")
    with pytest.raises(BadModel, match=r"model\.keras: cannot be loaded \("):
        start_from(network("mlp").build(10, 0), tmp_path)
