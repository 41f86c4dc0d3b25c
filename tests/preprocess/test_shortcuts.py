"""Marks that give the label away, among digits that do not."""

import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from pipeline_components.data.examples import Examples
from pipeline_components.preprocess import fixed_reference, shortcuts
from pipeline_components.preprocess.statistics import measured_part
from tests.kits.tfds import handwriting

DIGITS = list("0123456789")


@pytest.fixture(scope="module")
def normal():
    return fixed_reference.read(Path(fixed_reference.__file__).parent / "reference" / "mnist.json").links


def found_in(image, label, normal):
    part = measured_part("train", Examples(image, label, pa.array([f"train/{i}" for i in range(len(label))])), DIGITS)
    return shortcuts.check(part, shortcuts.links(image, label, 10), normal, DIGITS)


def digits():
    image, label = handwriting()["train"]
    return image.copy(), label


def test_a_pixel_says_all_nothing_or_something_of_the_class():
    label = np.repeat([0, 1, 2], 40)
    image = np.zeros((120, 4, 4), np.uint8)
    image[:, 0, 0] = label
    image[::2, 1, 1] = 9
    image[label == 1, 2, 2] = 50
    found = shortcuts.links(image, label, 3)
    assert found[[0, 2], [0, 2]] == pytest.approx([1, 1])
    assert found[1, 1] == pytest.approx(-2 / 117, abs=1e-6)  # what chance gives is taken off
    assert found[3, 3] == pytest.approx(-2 / 117, abs=1e-6)


def test_images_in_the_order_of_their_classes_are_looked_at_evenly(normal, monkeypatch):
    monkeypatch.setattr(shortcuts, "CHECKED", 1000)
    image, label = digits()
    order = np.argsort(label, kind="stable")
    assert found_in(image[order], label[order], normal) == []
    image[label == 9, 0, 0] = 255
    assert found_in(image[order], label[order], normal)[0].severity == "error"


def test_handwriting_gives_nothing_away(normal):
    for size in (160, 500, 2000):
        image, label = digits()
        assert found_in(image[:size], label[:size], normal) == found_in(image[:size], label[:size], None) == []


@pytest.mark.parametrize("value", [255, 20, 1])
def test_a_dot_that_tells_the_label_is_an_error_with_those_that_bear_it(normal, value):
    image, label = digits()
    image[np.arange(len(label)), 0, label] = value
    for known in (normal, None):
        (found,) = found_in(image, label, known)
        assert (found.anomaly, found.severity, found.split) == ("shortcut", "error", "train")
        assert re.search(r"\d+ pixels say more of the class than handwriting does, most of all row 0,", found.message)
        assert known is None or "away: 10 pixels" in found.message
        (name,) = {DIGITS[label[int(i.split("/")[1])]] for i in found.examples}
        assert f"images of class {name} bear a mark" in found.message
        assert found.count == (label == int(name)).sum()


def test_a_mark_on_some_of_one_class_is_found_with_its_bearers(normal):
    image, label = digits()
    rows = np.flatnonzero(label == 3)[::4]
    image[rows, 25:28, 25:28] = 255
    (found,) = found_in(image, label, normal)
    assert found.severity == "error"
    assert {int(i.split("/")[1]) for i in found.examples} <= set(rows.tolist())
    assert found.count == len(rows)


def test_a_rare_mark_is_a_warning(normal):
    image, label = digits()
    image[np.flatnonzero(label == 3)[:14], 0, 0] = 255  # 7 % of a class
    (found,) = found_in(image, label, normal)
    assert (found.severity, found.count) == ("warning", 14)


def test_the_widest_around_a_pixel_is_what_is_normal():
    links = np.zeros((5, 5))
    links[2, 2] = 1
    assert shortcuts.widened(links).sum() == 9
