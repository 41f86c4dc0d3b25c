"""All that is measured and found of a dataset, quickly; and no alarm over MNIST as it is."""

import gzip
import time

import numpy as np
import pyarrow as pa
import pytest

from pipeline_components.data.examples import Examples
from pipeline_components.data.schema import DataSchema
from pipeline_components.preprocess import baseline
from pipeline_components.preprocess.split import stratified
from pipeline_components.preprocess.validation import validate
from tests.kits.tfds import handwriting

SCHEMA = DataSchema(dataset="mnist", classes=[str(digit) for digit in range(10)])


def examples(name, image, label):
    return Examples(image, label, pa.array([f"{name}/{i}" for i in range(len(label))]))


@pytest.fixture(scope="module")
def splits():
    """1,000 digits to train on, 500 each to validate and to test with."""
    image, label = handwriting()["train"]
    return {
        "train": examples("train", image[:1000], label[:1000]),
        "validation": examples("validation", image[1000:1500], label[1000:1500]),
        "test": examples("test", *handwriting()["test"]),
    }


def test_each_split_is_described_and_held_against_the_others(splits):
    found = validate(splits, SCHEMA, None, 0.001)
    assert found.anomalies == []
    assert {name: part["examples"] for name, part in found.statistics["splits"].items()} == {
        "train": 1000, "validation": 500, "test": 500,
    }  # fmt: skip
    assert list(found.statistics["quality"]) == ["train", "validation", "test"]
    assert found.statistics["leakage"] == {"validation": 0, "test": 0}
    assert found.statistics["drift"] == {"against": None, "splits": {}}
    skew = found.statistics["skew"]
    assert (skew["against"], list(skew["splits"])) == ("the training split", ["validation", "test"])


def test_a_baseline_is_compared_by_split_and_gives_what_is_normal(splits):
    reference = baseline.of_line(SCHEMA)
    found = validate(splits, SCHEMA, reference, 0.001)
    assert found.statistics["drift"]["against"] == "the reference of mnist"
    assert list(found.statistics["drift"]["splits"]) == ["train", "test"]
    assert found.anomalies == []


def test_a_baseline_of_another_line_is_a_warning_and_nothing_is_compared_with_it(splits):
    schema = SCHEMA.model_copy(update={"dataset": "kmnist"})
    found = validate(splits, schema, baseline.of_line(SCHEMA), 0.001)
    (anomaly,) = found.anomalies
    assert (anomaly.anomaly, anomaly.severity, anomaly.split) == ("baseline_incomparable", "warning", None)
    assert anomaly.message.startswith("the reference of mnist has other classes or is of another line than kmnist")
    assert found.statistics["drift"] == {"against": None, "splits": {}}


def test_what_is_wrong_anywhere_is_among_the_findings(splits):
    image = splits["test"].image.copy()
    image[5], image[6] = splits["train"].image[0], 0
    found = validate(splits | {"test": examples("test", image, splits["test"].label)}, SCHEMA, None, 0.5)
    assert [(each.anomaly, each.examples) for each in found.anomalies] == [
        ("blank_images", ("test/6",)),
        ("leakage", ("test/5",)),
    ]
    assert found.statistics["leakage"]["test"] == found.statistics["quality"]["test"]["blank"] == 1


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
