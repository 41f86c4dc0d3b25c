"""Examples out of a tfds folder: in file order, all of them, or what is wrong with which."""

import json

import numpy as np
import pytest

from pipeline_components.data.tfds_folder import read_folder
from pipeline_components.errors import BadData
from tests.kits import images
from tests.kits.tfds import handwriting, write_folder


@pytest.fixture(scope="module")
def splits():
    """200 digits to train on and 50 to test with."""
    return handwriting(20, 5)


@pytest.fixture
def folder(tmp_path, splits):
    return write_folder(tmp_path, splits) / "examples"


def records(folder, split="train"):
    return folder / f"mnist_sample-{split}.tfrecord-00000-of-00001"


def unpacked(records):
    return np.concatenate(list(records.batches()))


def test_examples_come_in_file_order_with_their_labels(folder, splits):
    found = read_folder(folder)
    assert (found.name, found.classes) == ("mnist_sample", [str(digit) for digit in range(10)])
    assert {name: len(part) for name, part in found.splits.items()} == {"train": 200, "test": 50}
    for name, (image, label) in splits.items():
        np.testing.assert_array_equal(unpacked(found.splits[name]), image)
        np.testing.assert_array_equal(found.splits[name].label, label)
    assert (unpacked(found.splits["test"]).dtype, found.splits["test"].label.dtype) == (np.uint8, np.int64)
    assert found.splits["test"].ids(np.array([0, 49])) == ["test/0", "test/49"]


def test_more_than_a_batch_loses_nothing(folder, splits, monkeypatch):
    monkeypatch.setattr("pipeline_components.data.tfds_folder.BATCH", 30)
    np.testing.assert_array_equal(unpacked(read_folder(folder).splits["train"]), splits["train"][0])


def test_an_empty_split_is_one(tmp_path, splits):
    nothing = {"test": (np.empty((0, 28, 28), np.uint8), np.empty(0, np.uint8))}
    found = read_folder(write_folder(tmp_path, splits | nothing) / "examples").splits["test"]
    assert (len(found), found.image.shape, list(found.batches())) == (0, (0, 28, 28), [])


def test_a_folder_that_is_none_or_lacks_a_split_is_named(tmp_path, splits):
    with pytest.raises(BadData, match=rf"^{tmp_path}: not a tensorflow-datasets folder \(.*\): run ingest again"):
        read_folder(tmp_path)
    half = write_folder(tmp_path / "half", {"train": splits["train"]}) / "examples"
    with pytest.raises(BadData, match=f"^{half}: split test is missing; found train$"):
        read_folder(half)


def test_other_features_are_refused(tmp_path, folder, splits):
    odd = write_folder(tmp_path / "odd", splits, dtype="float32") / "examples"
    with pytest.raises(BadData, match=r"features.json: images are 28×28×1 float32, 28×28×1 uint8 expected"):
        read_folder(odd)
    features = json.loads((folder / "features.json").read_text())
    features["featuresDict"]["features"]["label"] = features["featuresDict"]["features"]["image"]
    (folder / "features.json").write_text(json.dumps(features))
    with pytest.raises(BadData, match=r"an Image and a ClassLabel expected, found \{.*'label': 'Image'"):
        read_folder(folder)


def test_a_picture_of_another_size_is_located(tmp_path, splits):
    image, label = splits["train"]
    narrow = {"train": ([*image[:50], image[50][:27], *image[51:]], label)}
    with pytest.raises(BadData, match=r"train: 1 of its .* \(train/50\): 27×28 pixels found, 28×28 expected"):
        unpacked(read_folder(write_folder(tmp_path, splits | narrow) / "examples").splits["train"])


def test_a_damaged_file_is_told_from_one_that_is_too_short(folder):
    whole = records(folder).read_bytes()
    records(folder).write_bytes(whole[:-100])
    with pytest.raises(BadData, match=r"train: a file is damaged after 199 records .*: run ingest again"):
        read_folder(folder)
    size = int.from_bytes(whole[:8], "little") + 16
    records(folder).write_bytes(whole[size:])
    with pytest.raises(BadData, match=r"train holds 199 examples, dataset_info.json says 200: run ingest again"):
        read_folder(folder)


def test_records_that_are_no_examples_are_counted_and_the_first_explained(folder):
    import tensorflow as tf

    junk = tf.train.Feature(bytes_list=tf.train.BytesList(value=[b"no picture"]))
    label = tf.train.Feature(int64_list=tf.train.Int64List(value=[1]))
    with tf.io.TFRecordWriter(str(records(folder))) as writer:
        for feature in ({"image": junk, "label": label}, {"image": junk}):
            writer.write(tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString())
    with pytest.raises(
        BadData, match=r"train: 2 of its records cannot be read \(train/0, train/1\): its image is no PNG"
    ):
        unpacked(read_folder(folder).splits["train"])


def damaged(png, how):
    """A PNG that was cut, or changed, or whose pixels were cut before they were packed anew."""
    if how == "cut":
        return png[:-30]
    if how == "changed":
        return png[:60] + bytes([png[60] ^ 1]) + png[61:]
    return images.png(28, 28, b"\0" * 300)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("cut", r"a truncated PNG: it ends after \d+ bytes, within a chunk that goes on to \d+"),
        ("changed", r"a damaged PNG: the checksum of chunk b'IDAT' at byte 33 is wrong"),
        ("packed short", r"a damaged PNG: its chunks are whole, and its pixels cannot be unpacked"),
    ],
)
def test_a_damaged_picture_is_named_by_file_and_record_in_our_words(folder, how, said):
    import tensorflow as tf

    written = list(tf.data.TFRecordDataset(str(records(folder))).as_numpy_iterator())
    example = tf.train.Example.FromString(written[7])
    png = example.features.feature["image"].bytes_list
    png.value[0] = damaged(png.value[0], how)
    with tf.io.TFRecordWriter(str(records(folder))) as writer:
        for serialized in [*written[:7], example.SerializeToString(), *written[8:]]:
            writer.write(serialized)
    name = records(folder).name
    with pytest.raises(
        BadData, match=rf"^{name}: train: 1 of its records cannot be read \(train/7\): {said}: run ingest again$"
    ):
        unpacked(read_folder(folder).splits["train"])
