"""A run's story, from its record and what stands before it."""

import pytest

from pipeline_components.errors import StoreError
from pipeline_components.pages.story import story_of
from pipeline_components.store import Store
from tests.kits.decisions import APPROVED, REJECTED


def test_verdict_steps_parameters_and_what_is_served(root):
    found = story_of(Store(root), "run__2")
    assert (found.line.ended, found.reasons, found.report, found.evaluation) == (
        "blessed",
        ["good enough"],
        "report/2",
        "evaluate/2",
    )
    assert [(each.component, each.id, each.how) for each in found.steps[:2]] == [
        ("preprocess", "preprocess/1", "reused"),
        ("train", "train/2", "made"),
    ]
    assert found.steps[0].why == "good enough"
    epochs = next(each for each in found.parameters if each.name == "epochs")
    assert (epochs.here, epochs.default, epochs.before) == (22, 20, 21)
    dataset = next(each for each in found.parameters if each.name == "dataset")
    assert (dataset.differs_from_default, dataset.differs_from_before) == (True, False)
    assert (found.before, found.served.export, found.served.number) == ("run__1", "export/1", 1)


def test_the_first_run_has_none_before_it(root):
    assert story_of(Store(root), "run__1").before == ""


@pytest.mark.parametrize("odd", [None, [], "x", {"a": 1}, 7])
def test_an_odd_record_has_a_story(tmp_path, odd):
    store = Store(tmp_path)
    names = ("steps", "failures", "parameters", "reasons", "earlier", "report", "judged_again", "held_back", "decision")
    store.write_run("run__1", dict.fromkeys(names, odd))
    found = story_of(store, "run__1")
    assert (found.report, found.champion, found.served) == ("", "", None)


def test_failures_and_earlier_attempts_are_told(tmp_path):
    store = Store(tmp_path)
    failed = {"component": "ingest", "message": "no route", "kind": "X", "ending": "no data"}
    for _ in range(2):
        store.write_run(
            "run__1", {"verdict": "failed", "ending": "no data", "failures": [failed], "reasons": ["no route"]}
        )
    found = story_of(store, "run__1")
    assert [(each.component, each.how, each.why) for each in found.steps] == [("ingest", "failed", "no route")]
    assert [each.ended for each in found.earlier] == ["no data"]


def test_who_decided_and_why_is_told_once(tmp_path):
    store, why = Store(tmp_path), "rejected by anna: it reads no sevens"
    store.write_run("run__1", {"verdict": "blessed", "ending": "blessed", "decision": APPROVED, "reasons": []})
    store.write_run("run__2", {"verdict": "refused", "ending": "rejected", "decision": REJECTED, "reasons": [why]})
    assert story_of(store, "run__1").notes == ["approved by anna on 2026-11-26T10:00: it reads sevens better"]
    assert (story_of(store, "run__2").notes, story_of(store, "run__2").reasons) == ([], [why])


def test_no_record(tmp_path):
    with pytest.raises(StoreError):
        story_of(Store(tmp_path), "run__1")
