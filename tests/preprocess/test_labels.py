"""Labels that are wrong: how many at least, of which class, and whether they stop a run."""

import numpy as np
import pyarrow as pa
import pytest

from pipeline_components.data.examples import Examples
from pipeline_components.preprocess import labels
from pipeline_components.preprocess.labels import Expected, wrong_share
from pipeline_components.preprocess.neighbours import Pool
from pipeline_components.preprocess.statistics import measured_part
from tests.kits.tfds import handwriting

DIGITS = list("0123456789")
NORMAL = np.array([0.015, 0.019, 0.088, 0.145, 0.089, 0.117, 0.028, 0.072, 0.129, 0.081])


def part(split, image, label):
    return measured_part(split, Examples(image, label, pa.array([f"{split}/{i}" for i in range(len(label))])), DIGITS)


@pytest.fixture
def train():
    """2,000 digits, their labels to be changed."""
    image, label = handwriting()["train"]
    return image, label.copy()


def found_in(image, label, tolerance=0.05, normal=NORMAL):
    train = part("train", image, label)
    evidence = Pool.of(train.measured.grid, label).evidence()
    expected = Expected.unknown(10) if normal is None else Expected.known(normal, evidence.pool)
    return labels.check(train, evidence, expected, DIGITS, tolerance)


def test_right_labels_are_not_spoken_of(train):
    assert found_in(*train) == found_in(*train, normal=None) == []


@pytest.mark.parametrize(("share", "severity"), [(0.03, "warning"), (0.05, "warning"), (0.1, "error")])
def test_some_at_random_are_a_warning_and_more_than_the_tolerance_an_error(train, share, severity):
    image, label = train
    rng = np.random.default_rng(0)
    rows = rng.permutation(len(label))[: int(share * len(label))]
    label[rows] = (label[rows] + rng.integers(1, 10, len(rows))) % 10
    (found,) = found_in(image, label)
    assert (found.anomaly, found.severity, found.split) == ("suspect_labels", severity, "train")
    assert len({int(i.split("/")[1]) for i in found.examples} & set(rows.tolist())) >= 4
    assert found_in(image, label, tolerance=0.3)[0].severity == "warning"


def test_all_at_random_are_an_error_of_their_own(train):
    image, label = train
    (found,) = found_in(image, np.random.default_rng(0).permutation(label))
    assert (found.anomaly, found.severity, found.count) == ("random_labels", "error", 2000)
    assert found_in(image, np.random.default_rng(0).permutation(label), normal=None) == [found]


def test_two_classes_that_were_exchanged_in_part_are_named(train):
    image, label = train
    rng = np.random.default_rng(0)
    rows = np.flatnonzero(np.isin(label, (4, 9)) & (rng.random(len(label)) < 0.3))
    label[rows] = 13 - label[rows]
    (found,) = found_in(image, label)
    assert (found.anomaly, found.severity) == ("suspect_labels", "error")
    assert "of class 4 (mostly 9)" in found.message and "of class 9 (mostly 4)" in found.message
    assert {int(i.split("/")[1]) for i in found.examples} <= set(np.flatnonzero(np.isin(label, (4, 9))).tolist())


@pytest.mark.parametrize("size", [10, 20, 40, 200])
@pytest.mark.parametrize("seed", range(5))
def test_a_small_split_of_right_labels_is_never_called_random(train, size, seed):
    """Held against each other, of 40 images 1 in 20 such splits was, and every one of 10."""
    image, label = train
    rows = np.random.default_rng(seed).permutation(len(label))
    whole = part("train", image[rows[size:]], label[rows[size:]])
    held_out = part("validation", image[rows[:size]], label[rows[:size]])
    pool = Pool.of(whole.measured.grid, whole.examples.label)
    expected = Expected.observed(pool.evidence(), 10)
    evidence = pool.evidence_of(held_out.measured.grid, held_out.examples.label)
    assert labels.check(held_out, evidence, expected, DIGITS, 0.05) == []
    shuffled = part("validation", image[rows[:size]], (label[rows[:size]] + 1) % 10)
    evidence = pool.evidence_of(shuffled.measured.grid, shuffled.examples.label)
    (found,) = labels.check(shuffled, evidence, expected, DIGITS, 0.05)
    assert found.severity == "error"


def test_a_smaller_pool_is_expected_to_disagree_more():
    assert Expected.known(NORMAL, 4000).split == pytest.approx(NORMAL.mean())
    assert Expected.known(NORMAL, 400).split == pytest.approx(NORMAL.mean() * 10**0.3)
    assert Expected.known(NORMAL, 1).classes.max() == 0.6


def test_the_share_of_wrong_labels_follows_from_pairs_that_differ():
    assert wrong_share(0.08, 0.08) == wrong_share(0.05, 0.08) == 0
    assert wrong_share(0.08 + 0.92 * (1 - 0.9**2), 0.08) == pytest.approx(0.1)
    assert wrong_share(1.0, 0.08) == 1
