"""Fitting: what Keras' own `fit` computes, in an order that follows from the seed, with no example left out."""

import numpy as np
import pyarrow as pa
import pytest

from pipeline_components.data.examples import Examples
from pipeline_components.models import network
from pipeline_components.train import TrainConfig
from pipeline_components.train.fit import fit, over_batches, score
from pipeline_components.train.windows import Window, orders
from tests.kits.tfds import handwriting


def examples(split: str) -> Examples:
    """300 digits to train on (two batches of 128 and one of 44), 50 to validate with."""
    image, label = handwriting(30, 5)[split]
    return Examples(image, label, pa.array([f"{split}/{i}" for i in range(len(label))]))


@pytest.mark.parametrize("batch_size", [128, 5000])
def test_trains_exactly_as_keras_fit_does_whatever_the_last_batch(batch_size):
    import keras

    training, held_out = examples("train"), examples("test")
    config = TrainConfig(epochs=2, batch_size=batch_size)
    ours, theirs = (network("mlp").build(10, config.seed) for _ in range(2))
    rows = list(fit(ours, training, held_out, config, xla=True))

    theirs.compile(keras.optimizers.Adam(0.001), "sparse_categorical_crossentropy", metrics=["accuracy"])
    for row, order in zip(rows, orders(len(training), config), strict=True):
        there = training.take(np.asarray(order))
        fitted = theirs.fit(there.image, there.label, batch_size=batch_size, shuffle=False, verbose=0).history
        assert row["loss"] == pytest.approx(fitted["loss"][0], rel=1e-4)
        assert row["accuracy"] == pytest.approx(fitted["accuracy"][0], abs=1e-6)
        judged = theirs.evaluate(held_out.image, held_out.label, verbose=0, return_dict=True)
        assert row["validation_loss"] == pytest.approx(judged["loss"], rel=1e-4)
        assert row["validation_accuracy"] == pytest.approx(judged["accuracy"], abs=1e-6)
    assert [row["epoch"] for row in rows] == [1, 2]
    for mine, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(mine, other, atol=2e-5)


def test_a_score_leaves_out_what_weighs_nothing():
    probabilities = np.array([[0.5, 0.5, 0], [0, 0.25, 0.75], [1, 0, 0]], np.float32)
    loss, correct = score(probabilities, np.array([0, 1, 1], np.uint8), np.array([1, 1, 0], np.float32))
    assert float(loss) == pytest.approx(-np.log(0.5) - np.log(0.25))
    assert int(correct) == 1


@pytest.mark.parametrize("xla", [True, False])
@pytest.mark.parametrize("size", [3, 10, 11, 64])
def test_batches_sum_to_the_whole(xla, size):
    import tensorflow as tf

    def step(image, label, weight):
        value = weight * tf.cast(image[:, 0, 0], tf.float32)
        return tf.reduce_sum(value), tf.reduce_sum(tf.cast(weight, tf.int32) * tf.cast(label, tf.int32))

    image = np.repeat(np.arange(11, dtype=np.uint8) ** 2, 784).reshape(11, 28, 28)
    label = np.arange(11, dtype=np.uint8)
    summed = over_batches(step, size, xla=xla)
    mixed, fours = (Window(image, label, np.array(o, np.int32)) for o in ([10, 3, 0, 1, 2, 9, 8, 7, 6, 5, 4], [4] * 11))
    whole = (label.astype(int) ** 2).sum(), label.sum()
    assert summed([mixed]) == whole
    assert summed([fours, mixed]) == (whole[0] + 11 * 16, whole[1] + 11 * 4)


def test_smoothing_spreads_the_target_and_changes_no_count():
    probabilities = np.array([[0.5, 0.25, 0.25]], np.float32)
    loss, correct = score(probabilities, np.array([0], np.uint8), np.ones(1, np.float32), 0.3)
    assert float(loss) == pytest.approx(-0.8 * np.log(0.5) - 0.2 * np.log(0.25), rel=1e-5)
    assert int(correct) == 1


def test_validation_images_are_judged_as_they_are_and_training_images_are_varied():
    config = TrainConfig(epochs=1, augmentation="full", learning_rate=1e-9)
    training, held_out = examples("train"), examples("test")
    rows = [
        next(fit(network("mlp").build(10, 0), training, held_out, each, xla=True))
        for each in (config, config.model_copy(update={"elastic": 5.0}))
    ]
    assert rows[0]["validation_loss"] == pytest.approx(rows[1]["validation_loss"], rel=1e-5)
    assert rows[0]["loss"] != pytest.approx(rows[1]["loss"], rel=1e-5)
