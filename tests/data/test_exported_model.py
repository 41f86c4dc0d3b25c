"""What an export says of itself, written and read."""

import json

import pytest

from pipeline_components.data.exported_model import IDENTITY_FILE, Identity, assertion_in
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
