"""What examples must be: inferred or given, and every way in which they are not."""

import numpy as np

from pipeline_components.data.schema import DataSchema, ImageSchema
from pipeline_components.data.tfds_folder import Records, TfdsFolder
from pipeline_components.preprocess.schema import image_violations, infer, violations


def found(image):
    records = Records("train", image, np.zeros(len(image), np.int64))
    return {a.anomaly: a for a in image_violations(records, ImageSchema())}


def test_good_images_violate_nothing():
    assert found(np.zeros((3, 28, 28), np.uint8)) == {}


def test_nan_is_counted_and_located():
    image = np.zeros((9, 28, 28), np.float32)
    image[[2, 5], 3, 3] = np.nan
    assert found(image)["image_nan"].message == "train: 2 images with NaN pixels (train/2, train/5)"
    assert found(image)["image_dtype"].message == "train: 9 images of float32 found, uint8 expected (train/0, …)"


def test_a_wrong_shape_and_values_out_of_range_are_named():
    wrong = found(np.zeros((4, 27, 28), np.uint8))
    assert wrong["image_shape"].message == "train: 4 images of 27×28 pixels found, 28×28 expected (train/0, …)"
    assert found(np.full((2, 28, 28), 256, np.int16))["image_range"].examples == ("train/0", "train/1")


def folder(train, test=(0, 1, 2), name="letters", classes=("a", "b", "c")) -> TfdsFolder:
    """A dataset of blank images with these labels."""
    splits = {"train": np.array(train), "test": np.array(test)}
    records = {split: Records(split, np.zeros((len(y), 28, 28), np.uint8), y) for split, y in splits.items()}
    return TfdsFolder(name, list(classes), records)


def test_a_schema_is_inferred_with_the_sizes_that_are_known_else_those_that_were_found():
    found = infer(folder([0, 1, 2, 2]))
    assert (found.dataset, found.classes, found.splits) == ("letters", ["a", "b", "c"], {"train": 4, "test": 3})
    assert found.image == ImageSchema(shape=[28, 28], dtype="uint8", minimum=0, maximum=255)
    assert infer(folder([0], name="mnist")).splits == {"train": 60_000, "test": 10_000}


def test_what_a_schema_was_inferred_from_violates_nothing():
    examples = folder([0, 1, 2, 2])
    assert violations(examples, infer(examples)) == []


def test_every_violation_of_a_dataset_is_an_error_and_named():
    schema = DataSchema(dataset="digits", classes=["a", "b", "d"], splits={"train": 1_500})
    found = violations(folder([0, 0, 3, -1]), schema)
    assert [anomaly.message for anomaly in found] == [
        "train: 4 examples found, 1,500 expected",
        "train: 2 labels outside of 0 to 2: -1, 3 (train/2, train/3)",
        "train: class b is missing: 0 of its examples found",
        "train: class d is missing: 0 of its examples found",
        "dataset letters found, digits expected",
        "classes ['a', 'b', 'c'] found, ['a', 'b', 'd'] expected",
    ]
    assert {anomaly.severity for anomaly in found} == {"error"}
    assert [anomaly.anomaly for anomaly in found][:2] == ["split_size", "label_range"]
