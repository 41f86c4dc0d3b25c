"""A model beside another one: its numbers, McNemar's, what was lost and what could have been seen."""

from pathlib import Path

import numpy as np
import pytest

from pipeline_components.evaluate import EvaluateConfig
from pipeline_components.evaluate.comparison import compare, pairs_of
from pipeline_components.evaluate.predictions import Champion, Predictions
from pipeline_components.stats.power import detectable
from pipeline_components.stats.wilson import wilson

CLASSES = ["a", "b", "c"]
LABEL = np.array([0, 1, 2, 2], np.uint8)
GIVEN = np.array([[0.5, 0.25, 0.25], [0.75, 0.25, 0], [0, 0, 1], [0, 0.25, 0.75]], np.float32)
NOW = Predictions(GIVEN, LABEL)
BEFORE = Predictions(np.eye(3, dtype=np.float32)[[1, 1, 2, 0]], LABEL)
CHAMPION = Champion(Path("export/1"), CLASSES, "mnist_sample", "mnist")


def test_the_champions_own_numbers_and_mcnemars():
    found = compare(CHAMPION, [], NOW, BEFORE, EvaluateConfig(confidence=0.9, champion_alpha=0.3))
    assert (found["examples"], found["accuracy"], found["newly_right"], found["newly_wrong"]) == (4, 0.5, 2, 1)
    assert (found["accuracy_low"], found["accuracy_high"]) == wilson(2, 4, 0.9)
    assert (found["p_worse"], found["p_better"], found["p_different"]) == pytest.approx((7 / 8, 1 / 2, 1))
    assert found["loss"] == pytest.approx(-np.log(1e-7) / 2, rel=1e-3)
    assert found["loss_rise"] == pytest.approx(NOW.mean_loss - BEFORE.mean_loss, rel=1e-6)
    assert found["loss_rise_low"] < found["loss_rise"]
    assert found["detectable"] == detectable(4, 3, 0.3)
    assert [(each["class"], each["examples"], each["drop"]) for each in found["class_drops"]] == [
        ("a", 1, -1.0), ("b", 1, 1.0), ("c", 2, -0.5),
    ]  # fmt: skip
    assert (found["dataset"], found["line"], found["outcome"]) == ("mnist_sample", "mnist", "cannot be told apart")
    pairs = pairs_of(found)
    assert pairs is not None and (pairs.newly_right, pairs.newly_wrong) == (2, 1)


def test_a_champion_that_cannot_be_compared_has_problems_and_no_numbers():
    found = compare(CHAMPION, ["other classes"], NOW, None, EvaluateConfig())
    assert (found["problems"], found["outcome"], found["class_drops"]) == (["other classes"], "cannot be compared", [])
    assert {found[name] for name in found if name.startswith(("accuracy", "p_", "newly", "loss", "det"))} == {None}
    assert pairs_of(found) is None and pairs_of(None) is None
