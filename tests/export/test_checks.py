"""Checks of an export: what is written of them, and the sentences that are made of those that failed."""

import math

import pytest

from pipeline_components.export.checks import Validation, behaves, within

GOLDEN = behaves("golden SavedModel", False, "within 0.0001 of the evaluator", "2.0e-01")
SIZE = within("size", 2.371, 100.0, "MB", varies=False)
FAST, SLOW = within("load", 0.5, 30.0, "s"), within("latency p50", 61.234, 50.0, "ms")


def test_reasons_are_made_from_the_failed_checks_of_the_kinds_asked_for():
    validation = Validation([SIZE, FAST, GOLDEN, SLOW])
    golden = "golden SavedModel: 2.0e-01 found, within 0.0001 of the evaluator required"
    slow = "latency p50: 61.23 ms found, at most 50.0 ms required"
    assert validation.reasons() == [golden, slow]
    assert validation.reasons("behaviour") == [golden]
    assert validation.reasons("budget") == [slow]
    assert Validation([SIZE, FAST]).reasons() == []


def test_what_varies_is_written_only_where_it_failed_and_always_logged():
    validation = Validation([SIZE, FAST, SLOW])
    written = validation.as_json()
    assert written["passed"] is False and written["reasons"] == validation.reasons()
    assert [check.get("observed") for check in written["checks"]] == ["2.37 MB", None, "61.23 ms"]
    assert [check["kind"] for check in written["checks"]] == ["budget"] * 3
    assert validation.measured() == "load 0.50 s  latency p50 61.23 ms"


@pytest.mark.parametrize("observed, passed", [(1.0, True), (1.001, False), (math.nan, False), (math.inf, False)])
def test_a_budget_is_kept_up_to_its_end(observed, passed):
    assert within("load", observed, 1.0, "s").passed is passed
