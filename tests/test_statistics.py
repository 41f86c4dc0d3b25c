"""Statistics of many images, quickly, and what makes a hash."""

import time

import numpy as np
import pyarrow as pa

from pipeline_components.config import DataSchema
from pipeline_components.data.examples import Examples
from pipeline_components.data.neighbours import label_evidence
from pipeline_components.data.quality import conflicts, duplicates
from pipeline_components.data.statistics import content_hash, measure
from pipeline_components.data.validation import validate
from tests.tfds_kit import handwriting


def test_seventy_thousand_images_take_less_than_a_second_and_a_half():
    image, label = handwriting()["train"]
    rng, classes = np.random.default_rng(0), [str(digit) for digit in range(10)]
    splits = {}
    for name, size in (("train", 54_000), ("validation", 6_000), ("test", 10_000)):
        rows = np.arange(size) % len(label)
        noisy = image[rows]
        noisy[:, 0, :8] = rng.integers(0, 2, (size, 8))  # so that no image repeats another
        noisy[:, 1, :4] = np.arange(size)[:, None] >> np.array([0, 4, 8, 12]) & 15
        splits[name] = Examples(noisy, label[rows], pa.array([f"{name}/{i}" for i in range(size)]))
    schema = DataSchema(dataset="many", classes=classes)
    seconds = []
    for _ in range(3):
        start = time.process_time()  # of all threads: no more wall time than that on an idle core
        findings = validate(splits, schema, None, 0.001)
        seconds.append(time.process_time() - start)
    assert findings.statistics["splits"]["train"]["examples"] == 54_000
    assert findings.statistics["quality"]["train"]["duplicates"] == 0
    assert min(seconds) < 1.5


def test_a_hash_tells_images_that_differ_in_one_pixel_apart():
    rows = np.zeros((784, 784), np.uint8)
    np.fill_diagonal(rows, 1)
    assert len(np.unique(content_hash(rows))) == 784
    assert len(np.unique(content_hash(np.zeros((5, 784), np.uint8)))) == 1


def test_duplicates_and_conflicts_are_those_that_come_later():
    content = np.array([5, 7, 5, 9, 7, 5], np.uint64)
    assert duplicates(content, np.zeros(6, bool)).tolist() == [2, 4, 5]
    assert duplicates(content, content == 5).tolist() == [4]
    assert conflicts(content, np.array([1, 2, 1, 4, 3, 0])).tolist() == [4, 5]


def test_an_image_with_no_ink_has_its_centre_in_the_middle():
    image = np.zeros((2, 28, 28), np.uint8)
    image[1, 3, 20] = 255
    measured = measure(image)
    assert (measured.row[0], measured.column[0]) == (13.5, 13.5)
    assert (measured.row[1], measured.column[1]) == (3, 20)
    assert measured.blank.tolist() == [True, False]
    assert measure(np.full((1, 28, 28), 255, np.uint8)).saturated.all()


def test_a_suspect_label_is_found_among_its_neighbours():
    image, label = handwriting()["test"]
    grid = measure(image).grid
    before = set(label_evidence(grid, label).suspect.tolist())
    wrong = label.copy()
    ones = np.flatnonzero(label == 1)[:5]
    wrong[ones] = 8
    after = label_evidence(grid, wrong).suspect.tolist()
    assert len(set(ones.tolist()) & set(after) - before) >= 4
    assert label_evidence(grid[:3], label[:3]).checked == 0
