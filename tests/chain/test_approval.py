"""A person decides: a run waits, goes on, or ends there, and journal, record and lineage say who and why."""

from pathlib import Path

import pytest

from pipeline_components.chain.again import step_again
from pipeline_components.chain.approval import decide, decision_of, question, told_again
from pipeline_components.chain.config import PipelineConfig
from pipeline_components.chain.forecast import forecast
from pipeline_components.errors import BadConfig
from pipeline_components.store import Store
from tests.kits.numbered import FUNCTIONS, PLAIN, misjudged, put, retrain

AT = "2026-11-26T10:00:00+00:00"


pytestmark = pytest.mark.usefixtures("light")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty one."""
    return Store(tmp_path / "artifacts")


def say(store: Store, decision: str, evaluation: str, reason: str = "it reads sevens better") -> str:
    return decide(store, evaluation, decision_of(decision, "anna", reason, at=AT, how="cli")).artifact.id


def test_where_nobody_is_asked_nothing_is_another_artifact_and_nobody_decides(store):
    record = retrain(store, 50)
    assert "decision" not in record and record["verdict"] == "blessed"
    for name in ("report", "export"):
        manifest = store.artifact(record["steps"][name]["id"]).manifest
        assert set(manifest.inputs) == {"examples", "model", "evaluation"} | (
            {"history"} if name == "report" else set()
        )
        assert "approval" not in manifest.config
    assert store.artifacts("approve") == []
    asked = retrain(store, 50, approval="inconclusive")
    assert [step["hit"] for step in asked["steps"].values()] == [True] * 6, "the first of a line is blessed"


def test_a_run_waits_for_a_person_and_goes_on_from_there(store, serving):
    waiting = retrain(store, 50, approval="always")
    assert (waiting["verdict"], waiting["ending"], waiting["served_version"]) == ("undecided", "undecided", None)
    assert waiting["reasons"] == [
        "nobody has approved it yet: digits approve evaluate/1 --by NAME --reason WHY, then run it again"
    ]
    assert "export" not in waiting["steps"] and waiting["report"] == "report/1"
    config = PipelineConfig.from_flat(PLAIN | {"seed": 50, "approval": "always"})
    assert forecast(store, config, {})[-1].why == "evaluate/1 is undecided"

    assert say(store, "approved", "evaluate/1") == "approve/1"
    record = retrain(store, 50, approval="always")
    assert (record["verdict"], record["served_version"], record["report"]) == ("blessed", 1, "report/2")
    assert record["decision"]["id"] == "approve/1" and record["decision"]["by"] == "anna"
    assert serving.journal()[-1].why == "evaluate/1 blessed; approved by anna: it reads sevens better (approve/1)"
    for name in ("report", "export"):
        assert store.artifact(record["steps"][name]["id"]).manifest.inputs["decision"]["id"] == "approve/1"
    assert store.artifact("approve/1").manifest.inputs.keys() == {"model", "evaluation"}
    assert [step["hit"] for step in retrain(store, 50)["steps"].values()] == [True] * 6
    assert store.verify() == [] and misjudged(store) == []


def test_a_rejected_model_is_not_served_and_the_record_says_by_whom(store, serving):
    retrain(store, 50, approval="always")
    say(store, "rejected", "evaluate/1", "it reads no sevens")
    for approval in ("always", "never"):
        record = retrain(store, 50, approval=approval)
        assert (record["verdict"], record["ending"]) == ("refused", "rejected")
        assert record["reasons"] == ["rejected by anna: it reads no sevens"]
        assert "export" not in record["steps"] and record["decision"]["decision"] == "rejected"
    assert serving.current() is None
    say(store, "approved", "evaluate/1", "it does now")
    assert retrain(store, 50)["served_version"] == 1


def test_only_what_is_undecided_waits_where_that_is_asked(store):
    assert retrain(store, 50, approval="inconclusive")["verdict"] == "blessed"
    tied = retrain(store, 52, approval="inconclusive")
    assert (tied["verdict"], tied["served_version"]) == ("undecided", 1)
    assert retrain(store, 90, approval="inconclusive")["served_version"] == 2
    assert retrain(store, 60, approval="always")["verdict"] == "refused", "the rules need nobody"


def test_a_rejection_that_comes_before_the_push_is_in_time(store, serving):
    retrain(store, 50, approval="always")
    say(store, "approved", "evaluate/1")

    def reject(name: str, state: str, outcome: object) -> None:
        if (name, state) == ("export", "running"):
            export = store.artifacts("export")
            assert not export
            say(store, "rejected", "evaluate/1", "seen on second sight")

    with pytest.raises(Exception, match="refused: rejected by anna: seen on second sight"):
        retrain(store, 50, reject, approval="always")
    assert serving.current() is None


def test_what_was_approved_beside_one_champion_is_asked_again_beside_another(store, serving):
    retrain(store, 50)
    retrain(store, 70, approval="always")
    say(store, "approved", "evaluate/2")

    def overtake(name: str, state: str, outcome: object) -> None:
        if (name, state) == ("report", "done"):
            retrain(store, 72)

    record = retrain(store, 70, overtake, approval="always")
    assert (record["verdict"], record["served_version"]) == ("undecided", 2)
    assert len(record["judged_again"]) == 1 and "digits approve evaluate/4" in record["reasons"][0]


def test_what_the_rules_refuse_is_approved_by_nobody_and_may_be_rejected(store):
    retrain(store, 50, accuracy_threshold=0.9)
    with pytest.raises(BadConfig, match="evaluate/1: refused by the rules, which no approval overrules"):
        say(store, "approved", "evaluate/1")
    assert say(store, "rejected", "evaluate/1") == "approve/1"


def test_names_and_reasons_are_on_one_line_never_empty_and_never_too_long():
    decision = decision_of("rejected", " anna\n b ", f"a\x1b[31m\n{'x ' * 900}", at=AT, how="airflow")
    assert decision.by == "anna b" and decision.reason.startswith("a\\x1b[31m x x") and len(decision.reason) <= 500
    for by, reason in (("", "why"), ("anna", " \n ")):
        with pytest.raises(BadConfig, match="nothing found, a text expected"):
            decision_of("approved", by, reason, at=AT, how="cli")


def test_the_report_says_it_again_and_nothing_else_has_to():
    assert told_again() == ["report"]


def test_a_decision_is_no_step_that_a_run_can_be_asked_for_again(store):
    record = retrain(store, 50)
    with pytest.raises(BadConfig, match="approve: no step of "):
        step_again(store, record, "approve", {})


def test_a_question_has_the_figures_and_no_text_of_it_is_markup(store, monkeypatch):
    told = {"dataset": "a|b", "accuracy": 0.98, "accuracy_low": 0.97, "accuracy_high": 0.99, "examples": 1000}
    told |= {"correct": 980, "loss": 0.0725}
    told["champion"] = {"accuracy": 0.97, "outcome": "cannot be told apart", "newly_right": 15, "newly_wrong": 5}
    evaluate = FUNCTIONS["evaluate"]

    def evaluate_with_metrics(examples, model, *, out, **given):
        put(out / "metrics.json", told)
        return evaluate(examples, model, out=out, **given)

    monkeypatch.setitem(FUNCTIONS, "evaluate", evaluate_with_metrics)
    retrain(store, 50, approval="always")
    assert question(store, "evaluate/1", "never") is None is question(store, "evaluate/1", "inconclusive")
    asked = question(store, "evaluate/1", "always")
    assert asked.splitlines()[0] == "`train/1` is **blessed** by the rules (evaluate/1)."
    assert "| accuracy | 98.00% (97.00% to 99.00%) |" in asked and "| mistakes | 20 of 1,000 test images |" in asked
    assert "| champion | 97.00%, cannot be told apart |" in asked and "15 newly right, 5 newly wrong" in asked
    assert "| dataset | a\\|b |" in asked and asked.endswith("- good")
    say(store, "rejected", "evaluate/1")
    assert question(store, "evaluate/1", "always") is None, "answered"
