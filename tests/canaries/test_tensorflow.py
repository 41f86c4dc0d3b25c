"""TensorFlow: sessions of TF 1, the inside of a SavedModel, event files, and what its errors say."""

import re
from functools import partial

import numpy as np
import pytest

from tests.kits.canaries import canary

relied_on = partial(canary, "tensorflow")


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A SavedModel whose signature doubles, and refuses what is negative."""
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec([None], tf.int32, name="number")])
    def double(number):
        with tf.control_dependencies([tf.debugging.Assert(tf.reduce_all(number >= 0), ["no ink: blank"])]):
            return {"twice": tf.map_fn(lambda each: 2 * each, number)}

    folder = tmp_path_factory.mktemp("saved")
    tf.saved_model.save(tf.Module(), str(folder), signatures={"serving_default": double.get_concrete_function()})
    return folder


@pytest.fixture(scope="module")
def call(saved):
    """The signature, called in a session of one thread."""
    import tensorflow as tf

    config = tf.compat.v1.ConfigProto(
        intra_op_parallelism_threads=1, inter_op_parallelism_threads=1, use_per_session_threads=True
    )
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    session = tf.compat.v1.Session(graph=tf.Graph(), config=config)
    with session.graph.as_default():
        definition = tf.compat.v1.saved_model.load(session, ["serve"], str(saved)).signature_def["serving_default"]
    return session.make_callable([definition.outputs["twice"].name], feed_list=[definition.inputs["number"].name])


@relied_on(
    "compat.v1.saved_model.load",
    "serve through tf.saved_model.load: 0.28 ms a call instead of 0.19, under Python's lock",
)
def test_a_session_loads_a_savedmodel_and_answers(call):
    assert call(np.array([3, 4], np.int32))[0].tolist() == [6, 8]


@relied_on("use_per_session_threads", "limit the threads of the process, by tf.config.threading")
def test_a_session_has_threads_of_its_own():
    import tensorflow as tf

    options = tf.compat.v1.ConfigProto.DESCRIPTOR.fields_by_name
    assert options["use_per_session_threads"].type == options["use_per_session_threads"].TYPE_BOOL


@relied_on("assertion failed", "find the assertion's own words in the error's new form, or say less of a bad image")
def test_an_assertion_that_fails_says_its_words_in_brackets(call, saved):
    import tensorflow as tf

    function = tf.saved_model.load(str(saved)).signatures["serving_default"]
    for asked in (lambda: call(np.array([-1], np.int32)), lambda: function(number=tf.constant([-1]))):
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"assertion failed: \[no ink: blank\]"):
            asked()


@relied_on("library.function", "compare two exports of one model, and number anew what differs")
def test_the_functions_of_a_savedmodel_end_in_numbers(saved):
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    graph = SavedModel.FromString((saved / "saved_model.pb").read_bytes()).meta_graphs[0].graph_def
    names = [function.signature.name for function in graph.library.function]
    assert len(names) >= 3 and all(re.search(r"_\d+$", name) for name in names)


@relied_on("fingerprint.pb", "stop deleting it")
def test_a_savedmodel_has_a_fingerprint_that_nobody_needs(saved, call):
    import tensorflow as tf

    (saved / "fingerprint.pb").unlink()
    assert list(tf.saved_model.load(str(saved)).signatures) == ["serving_default"]


@relied_on("compat.v1.Event", "write events by tf.summary, and let their bytes differ from run to run")
def test_an_event_has_our_time_and_the_same_bytes_again():
    import tensorflow as tf

    def event():
        summary = tf.compat.v1.Summary(value=[tf.compat.v1.Summary.Value(tag="loss", simple_value=0.5)])
        return tf.compat.v1.Event(wall_time=3, step=3, summary=summary).SerializeToString(deterministic=True)

    assert event() == event()
    assert tf.compat.v1.Event.FromString(event()).summary.value[0].simple_value == 0.5


@relied_on("experimental.stateless_shuffle", "shuffle with numpy by (seed, epoch)")
def test_a_shuffle_follows_from_its_seed_alone():
    import tensorflow as tf

    first, again, other = (tf.random.experimental.stateless_shuffle(tf.range(100), [seed, 0]) for seed in (1, 1, 2))
    assert sorted(first.numpy()) == list(range(100))
    assert first.numpy().tolist() == again.numpy().tolist() != other.numpy().tolist()
