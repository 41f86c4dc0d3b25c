"""Whether labels follow images, on clusters of points whose neighbours are known."""

import numpy as np

from pipeline_components.preprocess.neighbours import label_evidence
from pipeline_components.preprocess.statistics import measure
from tests.kits.tfds import handwriting


def clusters(size=20):
    """Two groups of nearly parallel vectors, at a right angle to each other, labelled 0 and 1."""
    grid = np.repeat([[100.0, 0, 0], [0, 100.0, 0]], size, axis=0)
    grid[:, 2] = np.tile(np.arange(size), 2)
    return grid, np.repeat([0, 1], size)


def test_labels_that_follow_their_neighbours_are_not_suspect():
    found = label_evidence(*clusters())
    assert (found.checked, found.suspect.tolist(), found.disagreement, found.suspect_share) == (40, [], 0.0, 0.0)


def test_a_label_that_all_four_neighbours_contradict_is_suspect():
    grid, label = clusters()
    label[10] = 1
    found = label_evidence(grid, label)
    assert found.suspect.tolist() == [10]
    assert found.suspect_share == 1 / 40
    assert found.disagreement == 2 / 40  # its own, and that of 9, which it is the nearest to


def test_suspects_come_with_the_least_like_their_own_label_first():
    grid, label = clusters()
    grid[25] = [40, 100, 0]  # of the second group, and nearest of it to the first
    label[[3, 25]] = [1, 0]
    assert label_evidence(grid, label).suspect.tolist() == [3, 25]


def test_at_most_two_thousand_are_checked_by_a_seed():
    grid, label = clusters(1100)
    label[np.arange(0, 2200, 100)] = 1 - label[np.arange(0, 2200, 100)]
    one, same, other = (label_evidence(grid, label, seed) for seed in (0, 0, 1))
    assert one.checked == 2000
    assert one.suspect.tolist() == same.suspect.tolist() != other.suspect.tolist()
    assert set(one.suspect.tolist()) <= set(range(0, 2200, 100))


def test_too_few_to_have_four_neighbours_are_not_checked():
    grid, label = clusters()
    assert label_evidence(grid[:4], label[:4]).checked == 0
    assert label_evidence(grid[:5], label[:5]).checked == 5


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
