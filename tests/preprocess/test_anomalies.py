"""Findings: counted, located by their first examples, graded, and told in one line that says the way out."""

import json

import numpy as np
import pytest

from pipeline_components.data.tfds_folder import Records
from pipeline_components.errors import BadData
from pipeline_components.preprocess.anomalies import Anomaly, accepted, located, of_examples, stop_on_errors

RECORDS = Records("train", np.zeros((2000, 28, 28), np.uint8), np.zeros(2000, np.int64))


def anomaly(name, severity="error", message="train: 3 of them") -> Anomaly:
    return Anomaly(name, severity, "train", 3, ("train/0",), message)


@pytest.mark.parametrize(
    ("count", "ids", "said"),
    [
        (2, ["train/3", "train/17"], "train: 2 blank images (train/3, train/17)"),
        (3, ["train/3", "train/17"], "train: 3 blank images (train/3, train/17, …)"),
        (1234, list("abcdefg"), "train: 1,234 blank images (a, b, c, d, e, …)"),
        (3, [], "train: 3 blank images"),
    ],
)
def test_what_was_found_is_counted_and_located(count, ids, said):
    assert located("train", count, "blank images", ids) == said


def test_rows_are_named_by_their_first_five_ids():
    found = of_examples("blank_images", "warning", RECORDS, np.arange(10, 1900, 10), "blank images")
    assert (found.anomaly, found.severity, found.split, found.count) == ("blank_images", "warning", "train", 189)
    assert found.examples == ("train/10", "train/20", "train/30", "train/40", "train/50")
    assert found.message == "train: 189 blank images (train/10, train/20, train/30, train/40, train/50, …)"
    assert json.loads(json.dumps(found.as_json()))["examples"][-1] == "train/50"


def test_drift_alone_can_be_accepted():
    found = [anomaly(name) for name in ("drift", "skew", "labels_shifted", "blank_images")]
    assert [each.severity for each in accepted(found, accept_drift=True)] == ["warning"] * 3 + ["error"]
    assert accepted(found, accept_drift=False) == found


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (["leakage"], "mnist: 1 error in the data: train: 3 of them: mend the data, or raise leakage_tolerance"),
        (
            ["drift", "skew", "class_missing"],
            "mnist: 3 errors in the data: train: 3 of them; train: 3 of them; train: 3 of them: mend the data, or "
            "set accept_drift if it changed for good, give the data_schema that it should have",
        ),
    ],
)
def test_errors_stop_in_one_line_with_each_way_out_once(found, said):
    with pytest.raises(BadData) as stopped:
        stop_on_errors("mnist", [anomaly("quiet", "warning"), *map(anomaly, found)])
    assert str(stopped.value) == said


def test_warnings_stop_nothing():
    assert stop_on_errors("mnist", [anomaly("drift", "warning")]) is None
