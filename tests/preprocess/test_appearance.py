"""How classes look: a Gaussian each, and which images are unlike their own."""

import numpy as np
import pytest

from pipeline_components.preprocess import appearance
from pipeline_components.preprocess.appearance import FEWEST, Appearance
from pipeline_components.preprocess.statistics import measure
from tests.kits.tfds import handwriting


@pytest.fixture(scope="module")
def two():
    """600 images each of two classes: every place of a bright square, and of a bright cross."""
    rng = np.random.default_rng(0)
    image = rng.integers(0, 40, (1200, 28, 28)).astype(np.uint8)
    label = np.repeat([0, 1], 600)
    for i in range(1200):
        y, x = rng.integers(4, 14, 2)
        if label[i]:
            image[i, y : y + 9, x + 4] = image[i, y + 4, x : x + 9] = rng.integers(150, 255)
        else:
            image[i, y : y + 9, x : x + 9] = rng.integers(150, 255)
    return measure(image), label


def test_one_in_a_hundred_of_each_class_lies_beyond_its_limit(two):
    measured, label = two
    distance = appearance.fit(measured, label, 2).distance(measured, label)
    assert [(distance[label == i] > 1).sum() for i in (0, 1)] == [6, 6]


def test_an_image_is_held_against_its_own_class(two):
    measured, label = two
    found = appearance.fit(measured, label, 2)
    assert (found.distance(measured, 1 - label) > 1).mean() > 0.9


def test_it_is_the_same_after_a_journey_through_json(two):
    measured, label = two
    found = appearance.fit(measured, label, 2)
    again = Appearance.of_json(found.as_json())
    np.testing.assert_allclose(again.distance(measured, label), found.distance(measured, label), rtol=1e-2)


def test_too_few_images_of_a_class_say_nothing(two):
    measured, label = two
    label = label.copy()
    label[FEWEST - 1 : 600] = 1
    assert appearance.fit(measured, label, 2) is None
    assert appearance.fit(measured, label, 3) is None


def test_the_reference_knows_what_is_done_to_digits():
    from pathlib import Path

    from pipeline_components.preprocess import fixed_reference

    folder = Path(fixed_reference.__file__).parent / "reference"
    looks = fixed_reference.read(folder / "mnist.json").appearance
    image, label = handwriting()["test"]

    def beyond(changed):
        return (looks.distance(measure(np.ascontiguousarray(changed)), label) > 1).mean()

    assert beyond(image) <= 0.02
    assert beyond(np.rot90(image, 1, (1, 2))) > 0.7
    assert beyond(image[:, :, ::-1]) > 0.1
    assert beyond(image // 2) == beyond(np.zeros_like(image)) == 1
