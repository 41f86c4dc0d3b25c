"""metrics.json: everything that is measured, each example once, with nothing in it that JSON cannot hold."""

import json
from pathlib import Path

import numpy as np
import pytest

from pipeline_components.data.schema import DataSchema
from pipeline_components.evaluate.metrics import measure
from pipeline_components.evaluate.predictions import Champion, Predictions
from pipeline_components.stats.wilson import wilson

SCHEMA = DataSchema(dataset="mnist", classes=["a", "b", "c"])
IMAGE = np.zeros((4, 28, 28), np.uint8)
LABEL = np.array([0, 1, 2, 2], np.uint8)
GIVEN = np.array([[0.5, 0.25, 0.25], [0.75, 0.25, 0], [0, 0, 1], [0, 0.25, 0.75]], np.float32)
NOW = Predictions(GIVEN, LABEL)
BEFORE = Predictions(np.eye(3, dtype=np.float32)[[1, 1, 2, 0]], LABEL)
CHAMPION = Champion(Path("export/1"), SCHEMA.classes, "mnist_sample", "mnist")


def test_predictions_know_their_digits_and_what_is_right_about_them():
    assert (NOW.digit.tolist(), NOW.digit.dtype) == ([0, 0, 2, 2], np.uint8)
    assert NOW.correct.tolist() == [True, False, True, True]
    assert NOW.mean_loss == pytest.approx(-np.log([0.5, 0.25, 1, 0.75]).mean(), abs=1e-6)


def test_a_row_that_is_not_finite_is_right_about_nothing():
    broken = GIVEN.copy()
    broken[2] = [np.nan, 0, 1]
    assert Predictions(broken, LABEL).correct.tolist() == [True, False, False, True]
    broken[2] = [0, np.inf, np.nan]
    assert np.isnan(Predictions(broken, LABEL).mean_loss)
    assert np.isnan(Predictions(np.empty((0, 3), np.float32), np.empty(0, np.uint8)).mean_loss)


def test_every_example_is_measured_once():
    found = measure(SCHEMA, IMAGE, NOW, None, 0.9)
    assert (found["dataset"], found["classes"], found["confidence"]) == ("mnist", ["a", "b", "c"], 0.9)
    assert (found["examples"], found["correct"], found["accuracy"]) == (4, 3, 0.75)
    assert (found["accuracy_low"], found["accuracy_high"]) == wilson(3, 4, 0.9)
    assert found["loss"] == NOW.mean_loss
    assert [score["recall"] for score in found["per_class"]] == [1.0, 0.0, 1.0]
    assert found["calibration"]["ece"] == pytest.approx((0.5 + 2 * abs(0.5 - 0.75)) / 4)
    assert [part["slice"] for part in found["slices"]] == [
        "class_a", "class_b", "class_c", "ink_1", "ink_2", "ink_3", "ink_4",
    ]  # fmt: skip
    assert found["champion"] is None
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_beside_a_champion_its_mistakes_are_a_slice():
    hard = measure(SCHEMA, IMAGE, NOW, BEFORE, 0.9)["slices"][-1]
    assert (hard["slice"], hard["examples"], hard["accuracy"]) == ("hard", 2, 1.0)


def test_a_model_of_nan_has_no_loss_to_show_and_is_right_about_nothing():
    found = measure(SCHEMA, IMAGE, Predictions(np.full((4, 3), np.nan, np.float32), LABEL), None, 0.9)
    assert (found["loss"], found["correct"], found["calibration"]["ece"]) == (None, 0, None)
    json.dumps(found, allow_nan=False)
