"""tensorflow-datasets: how it writes records, where it keeps checksums, and how it refuses."""

from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from tests.kits.canaries import canary

relied_on = partial(canary, "tensorflow-datasets")


@relied_on(
    "ExampleSerializer",
    "find what serialises an example now and make that deterministic, or write the TFRecord files ourselves",
)
def test_every_record_is_written_by_a_method_that_can_be_replaced(tmp_path, monkeypatch):
    import tensorflow_datasets as tfds
    from tensorflow_datasets.core.example_serializer import ExampleSerializer

    written = []

    def serialize_example(self, example):
        written.append(self.get_tf_example(example).SerializeToString(deterministic=True))
        return written[-1]

    monkeypatch.setattr(ExampleSerializer, "serialize_example", serialize_example)
    builder = tfds.testing.DummyDataset(data_dir=tmp_path)
    builder.download_and_prepare()
    assert len(written) == builder.info.splits["train"].num_examples == 3


@relied_on("builder.data_path", "find the prepared folder below data_dir, as <name>/<version>")
def test_a_builder_tells_its_folder_before_it_is_made(tmp_path):
    import tensorflow_datasets as tfds

    builder = tfds.builder("mnist", data_dir=tmp_path)
    assert Path(builder.data_path) == tmp_path / "mnist" / str(builder.version)


@relied_on("encode_example", "let tfds encode the images itself: the same pixels in twice the time")
def test_an_image_feature_takes_a_png_as_it_is_and_its_encoder_can_be_replaced():
    import tensorflow_datasets as tfds

    features = tfds.features.FeaturesDict({"image": tfds.features.Image(shape=(28, 28, 1))})
    encode = features["image"].encode_example
    features["image"].encode_example = lambda image: encode(b"a PNG")
    assert features.encode_example({"image": np.zeros((28, 28, 1), np.uint8)}) == {"image": b"a PNG"}


@relied_on(
    "url_checksums", "read builder.url_infos instead, which imports TensorFlow: 4 s for `digits run --dataset auto`"
)
@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "kmnist", "emnist"])
def test_checksums_are_tab_separated_beside_the_package(name):
    import tensorflow_datasets as tfds

    rows = (Path(find_spec("tensorflow_datasets").origin).parent / "url_checksums" / f"{name}.txt").read_text()
    registered = tfds.builder_cls(name).url_infos
    assert [line.split("\t") for line in rows.splitlines()] == [
        [url, str(int(info.size)), info.checksum, info.filename] for url, info in sorted(registered.items())
    ]


@relied_on("registered.DatasetNotFoundError", "take the class that tfds.builder raises now")
def test_an_unknown_name_raises_a_class_of_its_own():
    import tensorflow_datasets as tfds

    with pytest.raises(tfds.core.registered.DatasetNotFoundError):
        tfds.builder("no_such_set")


@relied_on(
    "NonMatchingChecksumError", "take the class that download_and_prepare raises now, and look for files by name"
)
def test_originals_are_taken_from_the_manual_folder_by_name_and_their_checksums_are_verified(tmp_path, capsys):
    import tensorflow_datasets as tfds
    from tensorflow_datasets.core.download.download_manager import NonMatchingChecksumError

    builder = tfds.builder("mnist", data_dir=tmp_path)
    for info in type(builder).url_infos.values():
        (tmp_path / info.filename).write_bytes(b"not MNIST")
    with pytest.raises(NonMatchingChecksumError):
        builder.download_and_prepare(download_config=tfds.download.DownloadConfig(manual_dir=tmp_path))
