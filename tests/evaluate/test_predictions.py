"""What models predict: a row for every example, whatever the batches; and what cannot predict, named."""

import json

import numpy as np
import pytest

from pipeline_components.errors import BadModel, DigitsError
from pipeline_components.evaluate import predictions
from pipeline_components.evaluate.predictions import Champion, probabilities_of

IMAGE = np.random.default_rng(0).integers(0, 256, (7, 28, 28), dtype=np.uint8)


@pytest.fixture(scope="module")
def network():
    import keras

    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Flatten(),
            keras.layers.Dense(3, "softmax"),
        ]
    )


@pytest.fixture(scope="module")
def trained(network, tmp_path_factory):
    file = tmp_path_factory.mktemp("trained") / "model.keras"
    network.save(file)
    return file


@pytest.fixture(scope="module")
def exported(network, tmp_path_factory):
    """An export artifact, as far as a champion is read from it."""
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec([None, 28, 28], tf.uint8, name="images")])
    def serve(images):
        return {"probabilities": network(images)}

    folder, module = tmp_path_factory.mktemp("exported"), tf.Module()
    module.network = network
    tf.saved_model.save(module, str(folder / "saved_model"), signatures={"serving_default": serve})
    identity = {"classes": ["a", "b", "c"], "dataset": "mnist_sample", "line": "mnist"}
    (folder / "model.json").write_text(json.dumps(identity))
    return folder


@pytest.mark.parametrize("size", [1, 3, 7, 2000])
def test_every_example_has_its_row_in_order_whatever_the_batches(network, trained, exported, monkeypatch, size):
    monkeypatch.setattr(predictions, "BATCH", size)
    expected = np.asarray(network(IMAGE))
    for found in (probabilities_of(trained, IMAGE, 3), Champion.open(exported).predict(IMAGE)):
        assert (found.shape, found.dtype) == ((7, 3), np.float32)
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_no_example_has_no_row(trained):
    assert probabilities_of(trained, IMAGE[:0], 3).shape == (0, 3)


def test_a_champion_says_what_it_is_and_how_another_differs(exported):
    champion = Champion.open(exported)
    assert (champion.classes, champion.dataset, champion.line) == (["a", "b", "c"], "mnist_sample", "mnist")
    assert champion.differences(["a", "b", "c"], "mnist") == []
    assert champion.differences(["a", "c", "b"], "kmnist") == [
        "the champion's classes ['a', 'b', 'c'], this model's ['a', 'c', 'b']",
        "the champion's line of data mnist, this model's kmnist",
    ]


def test_what_cannot_predict_is_named(trained, exported, tmp_path):
    with pytest.raises(BadModel, match=r"model\.keras: probabilities of shape \(7, 3\) found, \(7, 10\) expected"):
        probabilities_of(trained, IMAGE, 10)
    (tmp_path / "model.keras").write_bytes(trained.read_bytes()[:1000])
    with pytest.raises(BadModel, match=r"model\.keras: cannot be loaded \(.*\): train again"):
        probabilities_of(tmp_path / "model.keras", IMAGE, 3)
    with pytest.raises(DigitsError, match=r"model\.json"):
        Champion.open(tmp_path)
    (tmp_path / "model.json").write_bytes((exported / "model.json").read_bytes())
    with pytest.raises(BadModel, match=r"saved_model: cannot be loaded"):
        Champion.open(tmp_path).predict(IMAGE)
