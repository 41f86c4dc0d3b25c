"""What the tests of export share."""

import pytest

from pipeline_components.export import decoding, normalisation
from tests.kits.exports import write_evaluated_network
from tests.kits.images import encoded, one


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory):
    """Folders of a preprocess, a train and an evaluate artifact: 40 random images and an untrained network."""
    root = tmp_path_factory.mktemp("artifacts")
    folders = [root / name for name in ("preprocess", "train", "evaluate")]
    for folder in folders:
        folder.mkdir()
    write_evaluated_network(*folders)
    return folders


@pytest.fixture(scope="module")
def digit():
    """Encoded bytes → uint8 [28, 28]."""
    tf = pytest.importorskip("tensorflow")

    def whole(data):
        return normalisation.to_digit(decoding.decode(data), normalisation.MNIST_BOX)

    function = tf.function(whole, autograph=False).get_concrete_function(tf.TensorSpec([], tf.string))
    return lambda data: function(tf.constant(data)).numpy()


@pytest.fixture(scope="module")
def expected(digit):
    """What `one` comes out as."""
    return digit(encoded(one()))
