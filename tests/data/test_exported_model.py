"""What an export says of itself, written and read."""

import json
from pathlib import Path

import pytest

from pipeline_components.data.exported_model import IDENTITY_FILE, Identity, assertion_in, load_signatures, path_to_load
from pipeline_components.errors import BadData

IDENTITY = Identity(["zero", "one"], "mnist_sample", "mnist")


def test_what_is_written_is_read_again(tmp_path):
    IDENTITY.write(tmp_path)
    assert json.loads((tmp_path / IDENTITY_FILE).read_text()) == {
        "classes": ["zero", "one"],
        "dataset": "mnist_sample",
        "line": "mnist",
    }
    assert Identity.read(tmp_path) == IDENTITY


@pytest.mark.parametrize(
    "content, problem",
    [
        (None, "not readable as JSON"),
        ("{", "not readable as JSON"),
        ('{"classes": ["0"], "dataset": "mnist"}', "does not say what the model is .*'line'"),
    ],
)
def test_a_file_that_does_not_say_who_the_model_is_is_named(tmp_path, content, problem):
    if content is not None:
        (tmp_path / IDENTITY_FILE).write_text(content)
    with pytest.raises(BadData, match=rf"model\.json: {problem}"):
        Identity.read(tmp_path)


@pytest.mark.parametrize("name", ["[x] 100%", "*", "a?", "back\\slash", "plain $a"])
def test_a_model_is_loaded_from_a_folder_of_any_name(tmp_path, name):
    tf = pytest.importorskip("tensorflow")
    module = tf.Module()
    module.double = tf.function(lambda x: {"y": 2 * x}, input_signature=[tf.TensorSpec([], tf.float32)])
    tf.saved_model.save(module, str(tmp_path / name), signatures={"double": module.double})
    assert load_signatures(tmp_path / name)["double"](tf.constant(2.0))["y"].numpy() == 4
    with path_to_load(tmp_path / name) as path:
        assert path.startswith(str(tmp_path)) == (name == "plain $a")
    assert Path(path).is_dir() == (name == "plain $a"), "nothing is left"


def test_what_the_graph_asserts_is_taken_from_its_error():
    tf = pytest.importorskip("tensorflow")

    @tf.function(autograph=False)
    def refuse():
        with tf.control_dependencies([tf.debugging.Assert(tf.constant(False), ["no ink: the image is blank"])]):
            return tf.constant(0)

    with pytest.raises(tf.errors.InvalidArgumentError) as raised:
        refuse()
    assert assertion_in(raised.value) == "no ink: the image is blank"
    assert assertion_in(ValueError("something else")) is None
