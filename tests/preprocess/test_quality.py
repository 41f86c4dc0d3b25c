"""Examples that teach nothing or flatter the score, put among good ones and counted."""

import numpy as np
import pyarrow as pa
import pytest

from pipeline_components.data.examples import Examples
from pipeline_components.preprocess.quality import check_leakage, check_split, conflicts, duplicates, grade
from pipeline_components.preprocess.statistics import measured_part
from tests.kits.tfds import handwriting

DIGITS = list("0123456789")


def part(split, image, label):
    ids = pa.array([f"{split}/{i}" for i in range(len(label))])
    return measured_part(split, Examples(image, label, ids), DIGITS)


@pytest.fixture
def good():
    """500 digits without a fault."""
    image, label = handwriting()["test"]
    return image.copy(), label.copy()


def test_duplicates_and_conflicts_are_those_that_come_later():
    content = np.array([5, 7, 5, 9, 7, 5], np.uint64)
    assert duplicates(content, np.zeros(6, bool)).tolist() == [2, 4, 5]
    assert duplicates(content, content == 5).tolist() == [4]
    assert conflicts(content, np.array([1, 2, 1, 4, 3, 0])).tolist() == [4, 5]


@pytest.mark.parametrize(("count", "severity"), [(0, "warning"), (2, "warning"), (3, "error")])
def test_more_than_the_tolerated_share_is_an_error(count, severity):
    assert grade(count, 2000, 0.001) == severity


def test_a_split_without_a_fault_has_counts_of_zero(good):
    quality, found = check_split(part("test", *good), 0.001)
    assert found == []
    assert quality == {"blank": 0, "saturated": 0, "duplicates": 0, "conflicting": 0}


def test_every_fault_is_counted_once_named_and_located(good):
    image, label = good
    image[[3, 4]], label[4] = 0, label[3]  # blank, which is no duplicate too
    image[7, :25] = 255
    image[[20, 30]] = image[10]
    label[[10, 20]] = 1
    label[30] = 2
    quality, found = check_split(part("test", image, label), 1.0)
    assert (quality["blank"], quality["saturated"], quality["duplicates"], quality["conflicting"]) == (2, 1, 2, 1)
    assert [(each.anomaly, each.severity, each.examples) for each in found] == [
        ("blank_images", "warning", ("test/3", "test/4")),
        ("saturated_images", "warning", ("test/7",)),
        ("duplicate_images", "warning", ("test/20", "test/30")),
        ("conflicting_labels", "warning", ("test/30",)),
    ]
    assert {each.severity for each in check_split(part("test", image, label), 0.0)[1]} == {"error"}


def test_a_held_out_image_that_was_trained_on_is_leaked_and_its_twin_named(good):
    image, label = good
    train = part("train", image[:300], label[:300])
    held_out = image[300:].copy()
    held_out[[5, 9]] = image[[70, 80]]
    held_out[11] = 0
    blank = part("train", np.concatenate([image[:300], np.zeros((1, 28, 28), np.uint8)]), np.append(label[:300], 0))
    for trained in (train, blank):
        count, (found,) = check_leakage(part("test", held_out, label[300:]), trained, 0.01)
        assert (count, found.anomaly, found.severity, found.examples) == (2, "leakage", "warning", ("test/5", "test/9"))
        assert "2 images that the training split holds too, train/70 first" in found.message
    assert check_leakage(part("test", held_out, label[300:]), train, 0.009)[1][0].severity == "error"
    assert check_leakage(part("test", image[300:], label[300:]), train, 0.0) == (0, [])
