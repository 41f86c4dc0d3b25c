"""Statistics of many images, quickly, and what makes a hash."""

import gzip
import time

import numpy as np
import pyarrow as pa
import pytest

from pipeline_components.data.examples import Examples
from pipeline_components.data.schema import DataSchema
from pipeline_components.preprocess import baseline
from pipeline_components.preprocess.neighbours import label_evidence
from pipeline_components.preprocess.quality import conflicts, duplicates
from pipeline_components.preprocess.split import stratified
from pipeline_components.preprocess.statistics import content_hash, measure
from pipeline_components.preprocess.validation import validate
from tests.kits.tfds import handwriting

SCHEMA = DataSchema(dataset="mnist", classes=[str(digit) for digit in range(10)])


def examples(name, image, label):
    return Examples(image, label, pa.array([f"{name}/{i}" for i in range(len(label))]))


def test_seventy_thousand_images_take_less_than_a_second_and_a_half():
    image, label = handwriting()["train"]
    rng = np.random.default_rng(0)
    splits = {}
    for name, size in (("train", 54_000), ("validation", 6_000), ("test", 10_000)):
        rows = np.arange(size) % len(label)
        noisy = image[rows]
        noisy[:, 0, :8] = rng.integers(0, 2, (size, 8))  # so that no image repeats another
        noisy[:, 1, :4] = np.arange(size)[:, None] >> np.array([0, 4, 8, 12]) & 15
        splits[name] = examples(name, noisy, label[rows])
    seconds = []
    for _ in range(3):
        start = time.process_time()  # of all threads: no more wall time than that on an idle core
        findings = validate(splits, SCHEMA, None, 0.001)
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


def test_a_line_of_data_has_its_own_reference_or_none():
    reference = baseline.of_line(SCHEMA)
    assert (reference.name, reference.line, reference.fits(SCHEMA)) == ("the reference of mnist", "mnist", True)
    assert reference.splits["train"]["examples"] == 54_000
    assert baseline.of_line(SCHEMA.model_copy(update={"dataset": "kmnist"})) is None


def mnist(folder):
    """All of MNIST from its four files, as preprocess splits it."""
    arrays = {}
    for split, stem in (("train", "train"), ("test", "t10k")):
        image, label = (gzip.decompress((folder / f"{stem}-{kind}-ubyte.gz").read_bytes())
                        for kind in ("images-idx3", "labels-idx1"))  # fmt: skip
        arrays[split] = (np.frombuffer(image, np.uint8, offset=16).reshape(-1, 28, 28),
                         np.frombuffer(label, np.uint8, offset=8))  # fmt: skip
    image, label = arrays["train"]
    train, validation = stratified(label, 0.1, 0)
    return {
        "train": examples("train", image[train], label[train]),
        "validation": examples("validation", image[validation], label[validation]),
        "test": examples("test", *arrays["test"]),
    }


@pytest.mark.mnist
def test_all_of_mnist_its_halves_and_its_sample_raise_no_alarm_but_noise_does(mnist_dir):
    splits = mnist(mnist_dir)
    reference = baseline.of_line(SCHEMA)
    whole = validate(splits, SCHEMA, reference, 0.001)
    assert whole.anomalies == []
    assert {(q["blank"], q["saturated"], q["duplicates"]) for q in whole.statistics["quality"].values()} == {(0, 0, 0)}

    for size, seed in ((0.5, 0), (0.5, 1), (0.05, 2), (0.02, 3)):
        rng = np.random.default_rng(seed)
        part = {n: e.take(np.sort(rng.permutation(len(e))[: int(len(e) * size)])) for n, e in splits.items()}
        assert validate(part, SCHEMA, reference, 0.001).anomalies == []

    rng, train = np.random.default_rng(5), splits["train"]
    label = train.label.copy()
    victims = rng.choice(len(label), len(label) // 20, replace=False)
    label[victims] = rng.integers(0, 10, len(victims))
    noisy = splits | {"train": Examples(train.image, label, train.example_id)}
    (found,) = validate(noisy, SCHEMA, reference, 0.001).anomalies
    assert (found.anomaly, found.severity) == ("suspect_labels", "warning")
