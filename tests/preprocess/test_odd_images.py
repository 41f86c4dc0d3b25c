"""Images unlike their class: how many are too many, and which are far off."""

import numpy as np
import pyarrow as pa
import pytest

from pipeline_components.data.examples import Examples
from pipeline_components.preprocess import odd_images
from pipeline_components.preprocess.statistics import measured_part

NAMES = ["a", "b", "c"]


def part(size=3000):
    label = (np.arange(size) % 3).astype(np.uint8)
    image = np.zeros((size, 28, 28), np.uint8)
    return measured_part("train", Examples(image, label, pa.array([f"train/{i}" for i in range(size)])), NAMES)


def distances(*beyond, size=3000, far=()):
    found = np.full(size, 0.2)
    found[list(beyond)] = 1.5
    found[list(far)] = 20
    return found


def test_one_in_a_hundred_is_normal():
    odd, found = odd_images.check(part(), distances(*range(30)), NAMES, 0.05)
    assert (odd.beyond, odd.far, found) == (30, 0, [])


@pytest.mark.parametrize(("beyond", "severity"), [(75, "warning"), (500, "error")])
def test_more_are_a_warning_and_more_than_the_tolerance_an_error(beyond, severity):
    odd, (found,) = odd_images.check(part(), distances(*range(beyond)), NAMES, 0.05)
    assert (found.anomaly, found.severity, found.count) == ("odd_images", severity, beyond)
    assert 0 < odd.share < beyond / 3000 - 0.01


def test_one_far_off_is_named_first():
    _, (found,) = odd_images.check(part(), distances(*range(10), far=[77]), NAMES, 0.05)
    assert (found.severity, found.examples[0]) == ("warning", "train/77")
    assert "images do not look like their class: 0.4%, 1% is normal, 1 of them far off" in found.message


def test_a_class_of_its_own_is_named():
    _, (found,) = odd_images.check(part(), distances(*range(1, 400, 3)), NAMES, 0.05)
    assert found.severity == "error" and "class, of class b above all: 4.4%" in found.message


def test_a_few_of_a_small_split_say_nothing():
    assert odd_images.check(part(20), distances(3, 4, size=20), NAMES, 0.05)[1] == []
