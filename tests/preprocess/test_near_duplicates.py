"""Held-out images whose nearly equal twins are in the training split."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from pipeline_components.data.examples import Examples
from pipeline_components.preprocess import near_duplicates
from pipeline_components.preprocess.near_duplicates import Training
from pipeline_components.preprocess.neighbours import unit_length
from pipeline_components.preprocess.statistics import measured_part
from tests.faults.changes import COPIES
from tests.kits.tfds import handwriting

DIGITS = list("0123456789")


def part(split, image, label):
    return measured_part(split, Examples(image, label, pa.array([f"{split}/{i}" for i in range(len(label))])), DIGITS)


def leaked(change, count):
    """The two splits, the first images of `test` in `train` too, changed."""
    (image, label), (test, known) = handwriting()["train"], handwriting()["test"]
    image, label = image.copy(), label.copy()
    image[:count], label[:count] = COPIES[change](test[:count], np.random.default_rng(0)), known[:count]
    return Training.of(part("train", image, label), 10), part("test", test, known)


def test_honest_splits_have_none():
    assert near_duplicates.check(leaked("as they are", 0)[1], leaked("as they are", 0)[0], 0.001) == (0.0, [])


@pytest.mark.parametrize(
    ("change", "least"), [("one pixel changed", 0.16), ("noise of 20 levels", 0.16), ("0.8 times as bright", 0.06)]
)
def test_copies_that_were_changed_a_little_are_found_with_their_twin(change, least):
    training, test = leaked(change, 100)
    share, (found,) = near_duplicates.check(test, training, 0.001)
    assert (found.anomaly, found.severity, found.split) == ("near_duplicates", "error", "test")
    assert share > least
    rows = {int(i.split("/")[1]) for i in found.examples}
    assert rows <= set(range(100))
    twin = int(found.message.split("nearly train/")[1].split()[0])
    assert f"test/{twin}" == found.examples[0]


def test_exact_copies_are_leaks_of_their_own():
    training, test = leaked("as they are", 100)
    assert near_duplicates.check(test, training, 0.001) == (0.0, [])


def test_images_that_are_nearly_blank_are_no_copies_of_one_another():
    faint = np.random.default_rng(0).integers(0, 12, (100, 28, 28))
    (image, label), (test, known) = handwriting()["train"], handwriting()["test"]
    image, test = image.copy(), test.copy()
    image[:100], test[:100] = faint, faint[::-1] // 2
    training, held_out = Training.of(part("train", image, label), 10), part("test", test, known)
    assert near_duplicates.check(held_out, training, 0.001) == (0.0, [])


def test_what_is_tolerated_is_a_warning_and_one_alone_is_chance():
    training, test = leaked("one pixel changed", 10)
    assert near_duplicates.check(test, training, 0.05)[1][0].severity == "warning"
    training, test = leaked("one pixel changed", 1)
    assert near_duplicates.check(test, training, 0.001) == (0.0, [])


def test_the_nearest_of_train_is_never_itself():
    training, _ = leaked("as they are", 0)
    rows = np.arange(0, 2000, 7)
    found, apart = training.nearest(training.part, rows, itself=True)
    assert (found != rows).all() and (apart > 0).all()
    unit = unit_length(training.part.measured.grid)
    for row, nearest in zip(rows[:20], found[:20], strict=True):
        likeness = unit @ unit[row]
        likeness[row] = -1
        assert likeness[nearest] == pytest.approx(likeness.max(), rel=1e-4)


def test_nothing_within_reach_is_infinitely_far():
    training, _ = leaked("as they are", 0)
    corner = np.zeros((3, 28, 28), np.uint8)
    corner[:, :4, :4] = 255
    beyond = part("test", corner, np.zeros(3, np.uint8))
    direction = np.zeros(49, np.float32)
    direction[0] = 1
    narrow = replace(training, direction=direction, along=np.sort(training.unit @ direction))
    assert narrow.nearest(beyond, np.arange(3))[1].tolist() == [np.inf] * 3
