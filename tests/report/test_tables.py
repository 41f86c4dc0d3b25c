"""The report's tables, counted by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pipeline_components.report import tables
from pipeline_components.report.reading import Answers, read_findings
from pipeline_components.stats.wilson import wilson
from tests.kits.evaluations import made, past


def given(label, digit) -> Answers:
    """Answers with nothing but their digits."""
    each = np.eye(3, dtype=np.float32)[digit]
    return Answers(np.array(label, np.uint8), np.array(digit, np.uint8), each, np.zeros(len(label)), [])


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    return read_findings(*made(tmp_path_factory.mktemp("made")))


def test_a_confusion_matrix_has_labels_by_row_and_answers_by_column():
    counts = tables.confusion(given([0, 0, 0, 1, 2], [0, 1, 1, 1, 0]), ["a", "b", "c"])
    assert counts.to_dict("index") == {
        "a": {"a": 1, "b": 2, "c": 0},
        "b": {"a": 0, "b": 1, "c": 0},
        "c": {"a": 1, "b": 0, "c": 0},
    }


def test_confusions_are_the_mistakes_most_frequent_first():
    counts = tables.confusion(given([0, 0, 0, 1, 2], [0, 1, 1, 1, 0]), ["a", "b", "c"])
    assert tables.confusions(counts).to_dict("records") == [
        {"class": "a", "read as": "b", "count": 2, "support": 3, "share": 2 / 3},
        {"class": "c", "read as": "a", "count": 1, "support": 1, "share": 1.0},
    ]
    assert tables.confusions(tables.confusion(given([0, 1], [0, 1]), ["a", "b", "c"])).empty


def test_calibration_shows_the_bins_that_hold_anything_with_the_interval_of_their_accuracy():
    full = {"low": 0.6, "high": 0.8, "count": 10, "confidence": 0.75, "accuracy": 0.7}
    nothing = {"low": 0.8, "high": 1.0, "count": 0, "confidence": None, "accuracy": None}
    (row,) = tables.calibration({"calibration": {"bins": [full, nothing]}, "confidence": 0.9}).to_dict("records")
    assert row.pop("middle") == pytest.approx(0.7)
    assert (row["low"], row["high"]) == wilson(7, 10, 0.9)
    assert (row["count"], row["confidence"], row["accuracy"]) == (10, 0.75, 0.7)
    assert tables.calibration({"calibration": None, "confidence": 0.9}).empty


def test_distances_are_a_row_for_each_feature_with_a_cell_for_each_split():
    ink, row = ({"feature": name, "distance": 0.1} for name in ("ink", "row"))
    far = {"feature": "row", "distance": 0.4}
    found = tables.distances({"drift": {"against": "x", "splits": {"train": [ink, row], "test": [ink, far]}}}, "drift")
    assert found == {
        "against": "x",
        "splits": ["train", "test"],
        "rows": [{"feature": "ink", "cells": [ink, ink]}, {"feature": "row", "cells": [row, far]}],
    }
    assert tables.distances({"drift": {"splits": {}}}, "drift") is None
    assert tables.distances({}, "skew") is None


def test_quality_is_a_column_for_each_split_with_nothing_where_nothing_is_known():
    statistics = {
        "splits": {"train": {"pixel": {"mean": 33.0, "deviation": 70.0}}, "test": {}},
        "quality": {"test": {"blank": 2, "disagreement": 0.1}},
        "leakage": {"test": 1},
    }
    found = tables.quality(statistics)
    assert found["train"].to_dict() == {"mean pixel": 33.0, "deviation": 70.0, "also in train": None, "blank": None}
    assert found["test"].to_dict() == {"mean pixel": None, "deviation": None, "also in train": 1, "blank": 2}


def test_slices_leave_out_the_classes():
    parts = [{"slice": "class_1"}, {"slice": "ink_1"}, {"slice": "hard"}]
    assert tables.slices({"slices": parts}) == parts[1:]
    assert tables.slices({}) == []


def test_past_runs_end_with_this_one_which_is_told_once(findings):
    manifest = {"id": "evaluate/2", "made": {"at": "2026-01-09T00:00:00+00:00", "elapsed_s": 4.0}}
    known = replace(findings, manifests={"evaluate": manifest, "train": {"id": "train/9"}})
    found = tables.past_runs(past(3), known)
    assert found["evaluation"].tolist() == ["evaluate/1", "evaluate/3", "evaluate/2"]
    last = found.iloc[-1]
    assert (last["model"], last["made_at"], last["elapsed_s"]) == ("train/9", "2026-01-09T00:00:00+00:00", 4.0)
    assert (last["accuracy"], last["verdict"]) == (0.89, "blessed")


def test_a_run_without_manifests_or_with_force_says_so(findings):
    forced = replace(findings, blessing=findings.blessing | {"forced": "a good reason"})
    (row,) = tables.past_runs([], forced).to_dict("records")
    assert (row["evaluation"], row["model"], row["verdict"]) == ("this run", None, "forced")
    assert pd.isna(row["elapsed_s"])


def test_beside_the_champion_stands_what_both_do_alike(findings):
    now, then = findings.model.right, findings.champion.right
    found = tables.against_champion(findings)
    assert found["both_right"] + found["newly_right"] == now.sum()
    assert found["both_wrong"] + found["newly_wrong"] == (~now).sum()
    assert found["difference"] == pytest.approx(now.mean() - then.mean())
    assert tables.against_champion(replace(findings, champion=None)) == findings.metrics["champion"]


def test_a_class_is_found_by_its_name(findings):
    assert tables.per_class(findings).loc["8", "support"] == 30
