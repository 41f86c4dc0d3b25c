"""Records of runs as lines, whatever stands in them."""

import math

import pytest

from pipeline_components.browse.runs import PER_PAGE, history_of, how_it_ended, line_of, number
from pipeline_components.store import Store


def test_pages_of_runs_newest_first_and_a_chart_oldest_first(tmp_path):
    store = Store(tmp_path)
    for n in range(PER_PAGE + 3):
        store.write_run(f"run__{n:03}", {"verdict": "blessed", "accuracy": n / 100})
    first, second = history_of(store, 1, charted=4), history_of(store, 2, charted=4)
    assert (first.total, first.pages, len(first.page), len(second.page)) == (PER_PAGE + 3, 2, PER_PAGE, 3)
    assert [each.run_id for each in second.page] == ["run__002", "run__001", "run__000"]
    assert (
        [each.accuracy for each in first.recent]
        == [0.24, 0.25, 0.26, 0.27]
        == [each.accuracy for each in second.recent]
    )


def test_a_record_that_cannot_be_read_hides_no_other(tmp_path):
    store = Store(tmp_path)
    store.write_run("run__1", {"verdict": "blessed"})
    (tmp_path / "runs" / "run__2.json").write_text("{")
    assert [each.run_id for each in history_of(store, 1).page] == ["run__1"]


@pytest.mark.parametrize("odd", [None, [], "x", {"a": 1}, True, 1e999])
def test_an_odd_record_is_a_line_all_the_same(odd):
    names = (
        "ended_at",
        "elapsed_s",
        "model",
        "accuracy",
        "accuracy_low",
        "served_version",
        "reasons",
        "verdict",
        "earlier",
    )
    line = line_of({"run_id": "r", **dict.fromkeys(names, odd)})
    assert line.accuracy is None and line.served is None and isinstance(line.ended, str)


def test_how_a_run_ended():
    assert how_it_ended({"verdict": "blessed", "forced": "because"}) == "forced"
    assert how_it_ended({"ending": "bad data", "earlier": [{}]}) == "bad data (attempt 2)"


def test_a_number_is_finite():
    assert [number(each) for each in (1, 0.5, True, math.nan, math.inf, "1")] == [1.0, 0.5, None, None, None, None]
