"""All that is measured and found of a dataset, quickly; and no alarm over MNIST as it is."""

import gzip
import time

import numpy as np
import pyarrow as pa
import pytest

from pipeline_components.data.examples import Examples
from pipeline_components.data.schema import DataSchema
from pipeline_components.preprocess import fixed_reference
from pipeline_components.preprocess.baseline import Baseline
from pipeline_components.preprocess.config import PreprocessConfig
from pipeline_components.preprocess.split import stratified
from pipeline_components.preprocess.validation import validate
from tests.kits.tfds import handwriting

CONFIG = PreprocessConfig()
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
    found = validate(splits, SCHEMA, None, None, CONFIG)
    assert found.anomalies == []
    assert {name: part["examples"] for name, part in found.statistics["splits"].items()} == {
        "train": 1000, "validation": 500, "test": 500,
    }  # fmt: skip
    assert list(found.statistics["quality"]) == ["train", "validation", "test"]
    assert found.statistics["leakage"] == {"validation": 0, "test": 0}
    assert found.statistics["near_duplicates"] == {"validation": 0, "test": 0}
    assert found.statistics["drift"] == found.statistics["reference_drift"] == {"against": None, "splits": {}}
    skew = found.statistics["skew"]
    assert (skew["against"], list(skew["splits"])) == ("the training split", ["validation", "test"])


def served(splits, reference, **changes):
    """The data of a served model: these splits' own statistics, some of them changed."""
    own = validate(splits, SCHEMA, None, reference, CONFIG).statistics["splits"]
    return Baseline("the data of the served model (mnist)", "mnist", SCHEMA.classes, own | changes)


def test_data_is_held_against_what_is_served_and_against_the_reference(splits):
    reference = fixed_reference.chosen(None, SCHEMA)
    found = validate(splits, SCHEMA, served(splits, reference), reference, CONFIG)
    assert found.statistics["drift"]["against"] == "the data of the served model (mnist)"
    assert found.statistics["reference_drift"]["against"] == "the reference of mnist"
    assert {each["distance"] for each in found.statistics["drift"]["splits"]["train"]} == {0.0}
    assert max(each["distance"] for each in found.statistics["reference_drift"]["splits"]["train"]) > 0
    assert found.anomalies == []
    assert found.reference is reference


def moved(examples, share):
    """The first of them moved by four pixels."""
    image = examples.image.copy()
    rows = slice(0, int(share * len(image)))
    image[rows] = np.roll(image[rows], 4, axis=2)
    return Examples(image, examples.label, examples.example_id)


def test_small_changes_add_up_to_one_that_the_reference_sees(splits):
    reference = fixed_reference.chosen(None, SCHEMA)
    before, now = ({name: moved(each, share) for name, each in splits.items()} for share in (0.3, 0.35))
    found = validate(now, SCHEMA, served(before, reference), reference, CONFIG)
    assert all(each["distance"] < each["warning"] for each in found.statistics["drift"]["splits"]["train"])
    drifts = {each.message.partition(", the strangest")[0] for each in found.anomalies if each.anomaly == "drift"}
    assert drifts == {f"{n}: {s:,} images unlike the reference of mnist" for n, s in (("train", 1000), ("test", 500))}


def test_wrong_labels_that_grow_by_half_a_percent_a_run_are_told(splits):
    reference, rng = fixed_reference.chosen(None, SCHEMA), np.random.default_rng(0)
    label, order = splits["train"].label.copy(), rng.permutation(1000)
    told = []
    for run in range(1, 31):
        rows = order[(run - 1) * 5 : run * 5]
        label[rows] = (label[rows] + rng.integers(1, 10, len(rows))) % 10
        train = Examples(splits["train"].image, label, splits["train"].example_id)
        found = validate(splits | {"train": train}, SCHEMA, None, reference, CONFIG)
        told.append({each.anomaly: each.severity for each in found.anomalies}.get("suspect_labels", "nothing"))
    assert told[0] == "nothing" and "warning" in told[:12] and told[-1] == "error"


def test_accepted_drift_becomes_the_reference_and_nothing_else_does(splits):
    reference = fixed_reference.chosen(None, SCHEMA)
    accepting = PreprocessConfig(accept_drift=True)
    assert validate(splits, SCHEMA, None, reference, accepting).reference is reference
    other = {name: moved(each, 1) for name, each in splits.items()}
    found = validate(other, SCHEMA, None, reference, accepting)
    assert {each.severity for each in found.anomalies if each.anomaly == "drift"} == {"warning"}
    assert found.reference.baseline.name == "the data whose drift was accepted (mnist)"
    again = validate(other, SCHEMA, None, found.reference, CONFIG)
    assert [each.anomaly for each in again.anomalies] == []


def test_a_baseline_of_another_line_is_a_warning_and_nothing_is_compared_with_it(splits):
    schema, reference = SCHEMA.model_copy(update={"dataset": "kmnist"}), fixed_reference.chosen(None, SCHEMA)
    found = validate(splits, schema, served(splits, reference), None, CONFIG)
    (anomaly,) = found.anomalies
    assert (anomaly.anomaly, anomaly.severity, anomaly.split) == ("baseline_incomparable", "warning", None)
    assert anomaly.message.startswith("the data of the served model (mnist) has other classes or is of another line")
    assert found.statistics["drift"] == {"against": None, "splits": {}}
    assert found.reference.baseline.name == "the first data of its line (kmnist)"


def test_what_is_wrong_anywhere_is_among_the_findings(splits):
    image = splits["test"].image.copy()
    image[5], image[6] = splits["train"].image[0], 0
    tolerant = PreprocessConfig(anomaly_tolerance=0.5, leakage_tolerance=0.5)
    found = validate(splits | {"test": examples("test", image, splits["test"].label)}, SCHEMA, None, None, tolerant)
    assert [(each.anomaly, each.examples) for each in found.anomalies] == [
        ("blank_images", ("test/6",)),
        ("leakage", ("test/5",)),
    ]
    assert found.statistics["leakage"]["test"] == found.statistics["quality"]["test"]["blank"] == 1


def test_seventy_thousand_images_take_less_than_three_seconds_of_one_core():
    image, label = handwriting()["train"]
    rng = np.random.default_rng(0)
    splits = {}
    for name, size in (("train", 54_000), ("validation", 6_000), ("test", 10_000)):
        rows = np.arange(size) % len(label)
        noisy = image[rows]
        noisy[:, 0, :8] = rng.integers(0, 2, (size, 8))  # so that no image repeats another
        noisy[:, 1, :4] = np.arange(size)[:, None] >> np.array([0, 4, 8, 12]) & 15
        splits[name] = examples(name, noisy, label[rows])
    seconds, reference = [], fixed_reference.chosen(None, SCHEMA)
    for _ in range(3):
        start = time.process_time()  # of all threads: no more wall time than that on an idle core
        findings = validate(splits, SCHEMA, None, reference, CONFIG)
        seconds.append(time.process_time() - start)
    assert findings.statistics["splits"]["train"]["examples"] == 54_000
    assert findings.statistics["quality"]["train"]["duplicates"] == 0
    assert min(seconds) < 3


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
    reference = fixed_reference.chosen(None, SCHEMA)
    whole = validate(splits, SCHEMA, None, reference, CONFIG)
    assert whole.anomalies == []
    assert {(q["blank"], q["saturated"], q["duplicates"]) for q in whole.statistics["quality"].values()} == {(0, 0, 0)}

    for size, seed in ((0.5, 0), (0.5, 1), (0.05, 2), (0.02, 3)):
        rng = np.random.default_rng(seed)
        part = {n: e.take(np.sort(rng.permutation(len(e))[: int(len(e) * size)])) for n, e in splits.items()}
        assert validate(part, SCHEMA, None, reference, CONFIG).anomalies == []

    rng, train = np.random.default_rng(5), splits["train"]
    label = train.label.copy()
    victims = rng.choice(len(label), len(label) // 20, replace=False)
    label[victims] = rng.integers(0, 10, len(victims))
    noisy = splits | {"train": Examples(train.image, label, train.example_id)}
    found = validate(noisy, SCHEMA, None, reference, CONFIG).anomalies
    assert {(each.anomaly, each.severity, each.split) for each in found} == {
        (name, "warning", "train") for name in ("suspect_labels", "odd_images")
    }
