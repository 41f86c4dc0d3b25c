"""Held-out images whose nearly equal twins are in the training split."""

import numpy as np
import pyarrow as pa
import pytest

from pipeline_components.data.examples import Examples
from pipeline_components.preprocess import near_duplicates
from pipeline_components.preprocess.near_duplicates import nearest
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
    return part("train", image, label), part("test", test, known)


def check(training, held_out, tolerance):
    (found,) = near_duplicates.check(training, [held_out], 10, tolerance)
    return found


def test_honest_splits_have_none():
    assert check(*leaked("as they are", 0), 0.001) == (0.0, [])


@pytest.mark.parametrize(
    ("change", "least"), [("one pixel changed", 0.16), ("noise of 20 levels", 0.16), ("0.8 times as bright", 0.06)]
)
def test_copies_that_were_changed_a_little_are_found_with_their_twin(change, least):
    training, test = leaked(change, 100)
    share, (found,) = check(training, test, 0.001)
    assert (found.anomaly, found.severity, found.split) == ("near_duplicates", "error", "test")
    assert share > least
    rows = {int(i.split("/")[1]) for i in found.examples}
    assert rows <= set(range(100))
    twin = int(found.message.split("nearly train/")[1].split()[0])
    assert f"test/{twin}" == found.examples[0]


def test_exact_copies_are_leaks_of_their_own():
    training, test = leaked("as they are", 100)
    assert check(training, test, 0.001) == (0.0, [])


def test_images_that_are_nearly_blank_are_no_copies_of_one_another():
    faint = np.random.default_rng(0).integers(0, 12, (100, 28, 28))
    (image, label), (test, known) = handwriting()["train"], handwriting()["test"]
    image, test = image.copy(), test.copy()
    image[:100], test[:100] = faint, faint[::-1] // 2
    training, held_out = part("train", image, label), part("test", test, known)
    assert check(training, held_out, 0.001) == (0.0, [])


def test_what_is_tolerated_is_a_warning_and_one_alone_is_chance():
    training, test = leaked("one pixel changed", 10)
    assert check(training, test, 0.05)[1][0].severity == "warning"
    training, test = leaked("one pixel changed", 1)
    assert check(training, test, 0.001) == (0.0, [])


@pytest.mark.parametrize("chunk", [1000, 7])
def test_the_nearest_of_train_is_never_itself(chunk, monkeypatch):
    monkeypatch.setattr(near_duplicates, "CHUNK", chunk)
    training, test = leaked("as they are", 0)
    rows = np.arange(0, 1800, 7)
    itself, other = nearest(training, [(training, rows), (test, rows[:20])])
    assert (itself.found != rows).all() and (itself.apart > 0).all()
    unit = unit_length(training.measured.grid[:])
    for looked, own in ((itself, unit[rows]), (other, unit_length(test.measured.grid[rows[:20]]))):
        likeness = own @ unit.T
        if looked is itself:
            likeness[np.arange(len(rows)), rows] = -1
        best = likeness[np.arange(len(own)), looked.found]
        np.testing.assert_allclose(best, likeness.max(axis=1), rtol=1e-4)
