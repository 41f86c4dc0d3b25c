"""Preprocess: real digits in, exact splits out, and every fault that was put in is named before anything trains."""

import json
from collections import Counter

import numpy as np
import pytest

from pipeline_components.chain.config import PipelineConfig
from pipeline_components.data.examples import read_examples
from pipeline_components.errors import BadConfig, BadData
from pipeline_components.preprocess import PreprocessConfig, preprocess
from tests.kits.tfds import copy, handwriting, write_folder

SCHEMA = {"dataset": "mnist_sample", "classes": list("0123456789"), "splits": {"train": 2000, "test": 500}}
CONFIG = PreprocessConfig(data_schema=SCHEMA)


def run(folder, splits, baseline=None, config=CONFIG):
    source = write_folder(folder / "ingest", splits)
    out = folder / "out"
    out.mkdir()
    facts = preprocess(source, baseline, out=out, config=config)
    return out, facts


def read(file):
    return json.loads(file.read_text())


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    return run(tmp_path_factory.mktemp("clean"), handwriting())


def test_examples_come_out_as_they_went_in(clean):
    out, facts = clean
    assert facts == {
        "dataset": "mnist_sample", "classes": 10, "train": 1800, "validation": 200, "test": 500, "warnings": 0,
    }  # fmt: skip
    splits = {name: read_examples(out / f"{name}.arrow") for name in ("train", "validation", "test")}
    assert splits["train"].image.dtype == np.uint8 and splits["train"].image.shape == (1800, 28, 28)
    ids = [i for name in ("train", "validation") for i in splits[name].example_id.to_pylist()]
    assert sorted(ids) == sorted(f"train/{i}" for i in range(2000))
    assert splits["test"].example_id.to_pylist() == [f"test/{i}" for i in range(500)]
    for examples in splits.values():
        for image, label, example_id in zip(examples.image, examples.label, examples.example_id, strict=True):
            split, i = str(example_id).split("/")
            assert (image == handwriting()[split][0][int(i)]).all() and label == handwriting()[split][1][int(i)]
    assert Counter(splits["validation"].label.tolist()) == dict.fromkeys(range(10), 20)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_split(tmp_path, clean):
    again, _ = run(tmp_path / "again", handwriting())
    other, _ = run(tmp_path / "other", handwriting(), config=CONFIG.model_copy(update={"split_seed": 1}))
    names = sorted(file.name for file in again.iterdir())
    assert names == sorted([*(f"{s}.arrow" for s in ("train", "validation", "test")),
                            "schema.json", "statistics.json", "reference.json", "anomalies.json"])  # fmt: skip
    assert all((again / name).read_bytes() == (clean[0] / name).read_bytes() for name in names)
    assert (other / "validation.arrow").read_bytes() != (again / "validation.arrow").read_bytes()


def test_statistics_are_those_of_the_images(clean):
    statistics = read(clean[0] / "statistics.json")
    image, label = handwriting()["test"]
    test = statistics["splits"]["test"]
    assert test["examples"] == 500 and test["classes"] == {str(digit): 50 for digit in range(10)}
    assert test["pixel"]["mean"] == pytest.approx(image.mean(), abs=1e-3)
    assert test["pixel"]["deviation"] == pytest.approx(image.std(), abs=1e-3)
    assert test["pixel"]["histogram"] == np.histogram(image, 16, (0, 256))[0].tolist()
    assert test["ink_per_class"]["1"]["mean"] == pytest.approx(image[label == 1].mean(), abs=2e-3)
    rows = (image.sum(axis=2) @ np.arange(28)) / image.sum(axis=(1, 2))
    assert test["row"]["mean"] == pytest.approx(rows.mean(), abs=2e-3)
    grid = image.reshape(-1, 7, 4, 7, 4).mean(axis=(0, 2, 4)).ravel()
    assert test["place"] == pytest.approx(grid.tolist(), abs=2e-3)
    assert statistics["leakage"] == {"validation": 0, "test": 0}
    assert statistics["quality"]["train"]["duplicates"] == 0
    assert statistics["drift"]["against"] is None
    assert statistics["reference_drift"]["against"] == "the reference of mnist"
    farthest = max(
        d["distance"] - d["warning"] for part in statistics["reference_drift"]["splits"].values() for d in part
    )
    assert farthest < 0
    assert read(clean[0] / "anomalies.json") == {"anomalies": []}


def test_the_schema_can_be_given_back_frozen(tmp_path, clean):
    frozen = read(clean[0] / "schema.json")
    assert frozen["image"] == {"shape": [28, 28], "dtype": "uint8", "minimum": 0, "maximum": 255}
    out, _ = run(tmp_path / "same", handwriting(), config=PreprocessConfig(data_schema=frozen))
    assert read(out / "schema.json") == frozen

    for name, changed, said in (
        ("size", {"splits": {"train": 2001}}, "train: 2,000 examples found, 2,001 expected"),
        ("classes", {"classes": [*"012345678", "nine"]}, "'nine'] expected"),
        ("dataset", {"dataset": "kmnist"}, "dataset mnist_sample found, kmnist expected"),
        ("range", {"image": {"maximum": 200}}, "values outside of 0 to 200"),
    ):
        with pytest.raises(BadData, match=said.replace("[", r"\[").replace("]", r"\]")):
            run(tmp_path / name, handwriting(), config=PreprocessConfig(data_schema=frozen | changed))


def test_a_share_that_holds_nothing_out_is_refused(tmp_path):
    with pytest.raises(BadConfig, match=r"validation_fraction: 0.0001 of 2,000 examples is none"):
        run(tmp_path, handwriting(), config=CONFIG.model_copy(update={"validation_fraction": 0.0001}))


def test_what_is_no_schema_is_refused_before_anything_runs():
    with pytest.raises(BadConfig, match="data_schema"):
        PipelineConfig.from_flat({"data_schema": {"classes": ["a", "b"]}})
    assert PipelineConfig.from_flat({"data_schema": SCHEMA})["preprocess"].data_schema == SCHEMA


def test_a_known_dataset_must_have_its_known_size(tmp_path):
    with pytest.raises(BadData, match="train: 2,000 examples found, 4,000 expected"):
        run(tmp_path, handwriting(), config=PreprocessConfig())


def shifted_labels(splits):
    return {name: (image, (label + 1) % 10) for name, (image, label) in splits.items()}


def class_missing(splits):
    image, label = splits["train"]
    keep = label != 7
    more = np.flatnonzero(keep)[: (~keep).sum()]  # the size stays what it was
    return splits | {"train": (np.concatenate([image[keep], 255 - image[more]]),
                               np.concatenate([label[keep], label[more]]))}  # fmt: skip


def inverted(splits):
    return {name: (255 - image, label) for name, (image, label) in splits.items()}


def shifted_images(splits):
    return {name: (np.roll(image, 4, axis=2), label) for name, (image, label) in splits.items()}


def leaked(splits):
    image, label = splits["train"]
    image[100:110], label[100:110] = splits["test"][0][:10], splits["test"][1][:10]
    return splits


def duplicated(splits):
    for column in splits["train"]:
        column[1000:1100] = column[900:1000]
    return splits


def blank(splits):
    splits["train"][0][:120] = 0
    return splits


def label_10(splits):
    splits["test"][1][7] = 10
    return splits


def random_labels(splits):
    return splits | {"train": (splits["train"][0], np.random.default_rng(0).permutation(splits["train"][1]))}


FAULTS = [
    (shifted_labels, r"train: 1,800 examples of 10 classes look like .* \(train/\d+, .*: 0 like 9, 1 like 0, 2 like 1"),
    (class_missing, r"train: class 7 is missing: 0 of its examples found"),
    (
        inverted,
        r"train: 1,800 images unlike the reference.*inverted\?.*train: 1,800 saturated images \(train/\d",
    ),
    (shifted_images, r"train: 1,800 images unlike the reference of mnist.*column of centre 1.00.*column \+3.9"),
    (leaked, r"test: 10 images that the training split holds too, train/10\d first \(test/0, test/1, "),
    (duplicated, r"validation: 20 images that the training split holds too, train/\d+ first \(train/9\d\d, "),
    (blank, r"train: 1\d\d blank images \(train/\d+, train/\d+, train/"),
    (label_10, r"test: 1 labels outside of 0 to 9: 10 \(test/7\)"),
    (random_labels, r"train: 1,800 labels do not follow the images: \d\d% differ"),
]


@pytest.mark.parametrize(("fault", "said"), FAULTS, ids=lambda value: getattr(value, "__name__", ""))
def test_a_seeded_fault_stops_the_run_and_is_named_counted_and_located(tmp_path, fault, said):
    with pytest.raises(BadData, match=said) as stopped:
        run(tmp_path, fault(copy(handwriting())))
    assert str(stopped.value).startswith("mnist_sample: ") and "\n" not in str(stopped.value)
    assert list((tmp_path / "out").iterdir()) == []


def test_five_percent_of_labels_randomised_are_a_warning_with_evidence(tmp_path):
    splits = copy(handwriting())
    rng, label = np.random.default_rng(42), splits["train"][1]
    victims = rng.permutation(len(label))[: len(label) // 20]
    truth = label[victims].copy()
    label[victims] = rng.integers(0, 10, len(victims))
    changed = {f"train/{i}" for i, was in zip(victims, truth, strict=True) if label[i] != was}

    out, facts = run(tmp_path, splits)

    told = read(out / "anomalies.json")["anomalies"]
    assert facts["warnings"] == len(told)
    assert {(each["anomaly"], each["severity"]) for each in told} <= {
        ("suspect_labels", "warning"), ("odd_images", "warning"),
    }  # fmt: skip
    found = next(each for each in told if each["anomaly"] == "suspect_labels")
    assert found["split"] == "train"
    assert found["count"] > 2 * 0.015 * 1800
    assert "whose 4 nearest images agree on another; the nearest's differs for 1" in found["message"]
    assert found["advice"] == "Look at them, and correct their labels or leave them out."
    assert len(changed & set(found["examples"])) >= 4  # of the five that are named


def test_drift_is_measured_against_the_served_models_data(tmp_path, clean):
    out, _ = run(tmp_path / "same", handwriting(), baseline=clean[0])
    assert read(out / "statistics.json")["drift"]["against"] == "the data of the served model (mnist_sample)"

    for fault, said in ((shifted_images, "column of centre"), (inverted, "ink"), (shifted_labels, "0 like 9")):
        with pytest.raises(BadData, match=rf"the data of the served model \(mnist_sample\).*{said}"):
            run(tmp_path / fault.__name__, fault(copy(handwriting())), baseline=clean[0])


def test_brighter_images_drift_with_a_warning(tmp_path, clean):
    brighter = {n: (np.clip(i * 2.0, 0, 255).astype(np.uint8), label) for n, (i, label) in handwriting().items()}
    out, _ = run(tmp_path, brighter, baseline=clean[0])
    found = read(out / "anomalies.json")["anomalies"]
    assert {(a["anomaly"], a["severity"]) for a in found} == {("drift", "warning"), ("odd_images", "warning")}
    drifts = [each["message"] for each in found if each["anomaly"] == "drift"]
    assert all("ink" in each for each in drifts)
    against = ("the data of the served model (mnist_sample)", "the reference of mnist")
    assert [sum(name in each for each in drifts) for name in against] == [2, 2]


def test_drift_can_be_accepted_and_is_told_all_the_same(tmp_path, clean):
    accepting = CONFIG.model_copy(update={"accept_drift": True})
    out, facts = run(tmp_path, shifted_images(copy(handwriting())), baseline=clean[0], config=accepting)
    found = read(out / "anomalies.json")["anomalies"]
    assert [(a["anomaly"], a["severity"], a["split"]) for a in found] == 2 * [
        ("drift", "warning", "train"), ("drift", "warning", "test"),
    ]  # fmt: skip
    assert facts["warnings"] == 4
    again, facts = run(tmp_path / "again", shifted_images(copy(handwriting())), baseline=out)
    assert facts["warnings"] == 0
    assert read(again / "reference.json") == read(out / "reference.json")


@pytest.mark.parametrize(
    ("fault", "way_out"),
    [(shifted_images, "accept_drift"), (blank, "anomaly_tolerance"), (label_10, "data_schema")],
)
def test_an_error_says_what_to_do(tmp_path, fault, way_out):
    with pytest.raises(BadData, match=f": mend the data, or .*{way_out}"):
        run(tmp_path, fault(copy(handwriting())))


def test_skew_of_the_test_split_alone_is_found(tmp_path):
    splits = copy(handwriting()) | {"test": shifted_images(handwriting())["test"]}
    with pytest.raises(BadData, match="test: 500 images unlike the training split"):
        run(tmp_path, splits)


def test_a_baseline_of_another_line_is_a_warning_and_a_broken_one_an_error(tmp_path, clean):
    other = tmp_path / "other"
    other.mkdir()
    (other / "schema.json").write_text(json.dumps(read(clean[0] / "schema.json") | {"dataset": "kmnist"}))
    (other / "statistics.json").write_bytes((clean[0] / "statistics.json").read_bytes())
    out, _ = run(tmp_path / "line", handwriting(), baseline=other)
    assert [a["anomaly"] for a in read(out / "anomalies.json")["anomalies"]] == ["baseline_incomparable"]

    (other / "statistics.json").write_text("{}")
    with pytest.raises(BadData, match="not a baseline"):
        run(tmp_path / "broken", handwriting(), baseline=other)


def test_a_few_faults_are_a_warning_and_the_tolerance_is_a_choice(tmp_path):
    splits = copy(handwriting())
    splits["train"][0][[3, 17, 60, 61]] = 0
    out, _ = run(tmp_path, splits, config=CONFIG.model_copy(update={"anomaly_tolerance": 0.05}))
    assert {a["severity"] for a in read(out / "anomalies.json")["anomalies"]} == {"warning"}
    quality = read(out / "statistics.json")["quality"]
    assert quality["train"]["blank"] + quality["validation"]["blank"] == 4
