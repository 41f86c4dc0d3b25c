"""Whether labels follow images, on clusters of points whose neighbours are known."""

import numpy as np

from pipeline_components.preprocess.neighbours import CHECKED, POOL, Pool
from pipeline_components.preprocess.statistics import measure
from tests.kits.tfds import handwriting


def clusters(size=20):
    """Two groups of nearly parallel vectors, at a right angle to each other, labelled 0 and 1."""
    grid = np.repeat(np.array([[100.0, 0, 0], [0, 100.0, 0]], np.float32), size, axis=0)
    grid[:, 2] = np.tile(np.arange(size), 2)
    return grid, np.repeat([0, 1], size)


def test_labels_that_follow_their_neighbours_are_not_suspect():
    found = Pool.of(*clusters()).evidence()
    assert (len(found.checked), found.suspect.tolist(), found.pool) == (40, [], 40)
    assert [each.tolist() for each in found.counts(3)] == [[0, 0, 0], [20, 20, 0]]


def test_a_label_that_all_four_neighbours_contradict_is_suspect_and_counted_by_its_class():
    grid, label = clusters()
    label[10] = 1
    found = Pool.of(grid, label).evidence()
    assert found.suspect.tolist() == [10]
    differing, checked = found.counts(2)
    assert differing.tolist() == [1, 1]  # that of 9, which it is the nearest to, and its own
    assert checked.tolist() == [19, 21]
    assert found.nearest[10] == 0


def test_suspects_come_with_the_most_alike_neighbours_first():
    grid, label = clusters()
    grid[25] = [40, 100, 0]
    label[[3, 25]] = [1, 0]
    assert Pool.of(grid, label).evidence().suspect.tolist() == [3, 25]


def test_another_split_is_held_against_the_pool_and_not_against_itself():
    grid, label = clusters()
    pool = Pool.of(grid, label)
    found = pool.evidence_of(grid, 1 - label)
    assert found.suspect.tolist() and len(found.suspect) == 40
    assert pool.evidence_of(grid[:1], label[:1]).nearest.tolist() == [0]  # one alone has neighbours too


def test_at_most_so_many_are_looked_at_by_a_seed():
    grid, label = clusters(2100)
    one, same, other = (Pool.of(grid, label, seed) for seed in (0, 0, 1))
    assert len(one.rows) == POOL
    assert one.rows.tolist() == same.rows.tolist() != other.rows.tolist()
    found = one.evidence_of(grid, label, seed=3)
    assert len(found.checked) == CHECKED and (np.diff(found.checked) > 0).all()


def test_fewer_than_four_neighbours_do():
    grid, label = clusters()
    assert Pool.of(grid[:2], label[:2]).evidence().nearest.tolist() == [0, 0]
    assert len(Pool.of(grid[:1], label[:1]).evidence().checked) == 1


def test_a_wrong_label_is_found_among_its_neighbours():
    image, label = handwriting()["train"]
    grid = measure(image).grid
    before = set(Pool.of(grid, label).evidence().suspect.tolist())
    wrong = label.copy()
    ones = np.flatnonzero(label == 1)[:5]
    wrong[ones] = 8
    after = Pool.of(grid, wrong).evidence().suspect.tolist()
    assert len(set(ones.tolist()) & set(after) - before) >= 4
