"""What is changed in tfds while it writes: images arrive encoded, records have one form, and nothing stays changed."""

import numpy as np
import pytest

from pipeline_components.ingest.encoding import canonical_records, encode_faster
from pipeline_components.ingest.png import png

IMAGE = np.arange(784, dtype=np.uint16).astype(np.uint8).reshape(28, 28, 1)


@pytest.fixture
def features():
    import tensorflow_datasets as tfds

    image = tfds.features.Image(shape=(28, 28, 1))
    return tfds.features.FeaturesDict({"image": image, "label": tfds.features.ClassLabel(num_classes=10)})


def test_an_image_is_our_png_and_decodes_to_itself(features):
    encode_faster(features["image"])
    encoded = features.encode_example({"image": IMAGE, "label": 3})
    assert encoded == {"image": png(IMAGE), "label": 3}
    np.testing.assert_array_equal(features.decode_example(encoded)["image"], IMAGE)


def test_what_is_no_such_array_is_left_to_tfds(features):
    encode_faster(features["image"])
    assert features["image"].encode_example(b"encoded already") == b"encoded already"
    with pytest.raises(ValueError, match="incompatible"):
        features["image"].encode_example(IMAGE[:27])


def test_records_are_serialised_in_one_way_and_only_inside(features):
    from tensorflow_datasets.core.example_serializer import ExampleSerializer

    serializer = ExampleSerializer(features.get_serialized_info())
    example = features.encode_example({"image": IMAGE, "label": 3})
    before = ExampleSerializer.serialize_example
    with canonical_records():
        assert ExampleSerializer.serialize_example is not before
        record = serializer.serialize_example(example)
    assert record == serializer.get_tf_example(example).SerializeToString(deterministic=True)
    assert ExampleSerializer.serialize_example is before
    with pytest.raises(RuntimeError), canonical_records():
        raise RuntimeError
    assert ExampleSerializer.serialize_example is before
