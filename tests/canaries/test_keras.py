"""Keras: the inside of its archives, and training and calling a model without `fit`."""

import json
import re
import zipfile
from functools import partial

import numpy as np
import pytest

from tests.kits.canaries import canary

relied_on = partial(canary, "keras")
SAVING = "look what differs between two archives of one model, and rewrite that, or digest weights instead of files"


def network():
    """Two weights."""
    import keras

    layer = keras.layers.Dense(1, kernel_initializer=keras.initializers.GlorotUniform(3), name="answer")
    return keras.Sequential([keras.Input((2,)), layer], name="small")


@pytest.fixture
def saved(tmp_path):
    network().save(tmp_path / "model.keras")
    return tmp_path / "model.keras"


@relied_on("date_saved", SAVING)
def test_an_archive_has_three_members_and_its_date_in_one_of_them(saved):
    with zipfile.ZipFile(saved) as archive:
        assert sorted(archive.namelist()) == ["config.json", "metadata.json", "model.weights.h5"]
        assert sorted(json.loads(archive.read("metadata.json"))) == ["date_saved", "keras_version"]


@relied_on("shared_object_id", SAVING)
def test_addresses_in_memory_are_ids_of_shared_objects_and_nothing_else(saved):
    with zipfile.ZipFile(saved) as archive:
        config = archive.read("config.json").decode()
    assert re.search(r'"shared_object_id": \d{9,}', config)
    assert not re.search(r"\d{9,}", re.sub(r'"shared_object_id": \d+', "", config))


@relied_on("shared_object_id", SAVING)
def test_an_archive_that_was_written_anew_is_the_same_model(saved):
    import keras

    with zipfile.ZipFile(saved) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    content["config.json"] = re.sub(rb'(?<="shared_object_id": )\d+', b"1", content["config.json"])
    with zipfile.ZipFile(saved, "w") as archive:
        for name, data in content.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    np.testing.assert_array_equal(keras.models.load_model(saved).get_weights()[0], network().get_weights()[0])


@relied_on("optimizer.apply(", "apply_gradients with pairs, or write Adam's three lines ourselves")
def test_an_optimizer_is_built_and_applied_by_itself_inside_a_compiled_program():
    import keras
    import tensorflow as tf

    variable = keras.Variable(1.0)
    optimizer = keras.optimizers.Adam(0.25)
    optimizer.build([variable])
    step = tf.function(lambda: optimizer.apply([tf.constant(7.0)], [variable]), jit_compile=True)
    step()
    assert float(variable) == pytest.approx(
        0.75, abs=1e-5
    )  # Adam's first step is the learning rate, whatever the gradient


@relied_on("stateless_call", "freeze the variables into constants with TensorFlow's convert_variables_to_constants_v2")
def test_a_model_is_called_with_constants_for_weights_and_keeps_no_variable():
    import tensorflow as tf

    def answer(values):
        return model.stateless_call([tf.constant([[2.0], [3.0]]), tf.constant([1.0])], [], values, training=False)[0]

    model = network()
    program = tf.function(answer, autograph=False).get_concrete_function(tf.TensorSpec([None, 2]))
    assert program(tf.constant([[10.0, 100.0]])).numpy().tolist() == [[321.0]]
    assert program.graph.variables == () == tuple(program.captured_inputs)


@relied_on("weight.path", "digest weights by their order instead of their names, or name them by their layers")
def test_weights_keep_their_paths_when_a_model_is_loaded(saved):
    import keras

    for model in (network(), keras.models.load_model(saved)):
        assert [weight.path.removeprefix("small/") for weight in model.weights] == ["answer/kernel", "answer/bias"]
