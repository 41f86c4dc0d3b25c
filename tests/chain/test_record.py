"""What is kept of a run, finished or failed."""

from pipeline_components.chain.record import record_run, report_page, step_record
from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.store import Outcome, ServedModel
from pipeline_components.store.reason import Reason
from tests.kits.light import CONFIG, FACTS
from tests.kits.store import maker, recipe


def steps(store, *components: str) -> dict:
    return {
        name: step_record(Outcome(store.artifact(f"{name}/1"), Reason("hit", f"{name}/1"), 0.12345))
        for name in components
    }


def test_a_step_says_which_artifact_and_why(store):
    made = Outcome(store.artifact("train/1"), Reason("forced"), 1.23456)
    assert step_record(made) == {
        "id": "train/1",
        "hit": False,
        "why": "MISS: forced",
        "reason": {"kind": "forced", "id": None, "file": None, "changes": []},
        "elapsed_s": 1.235,
    }
    assert steps(store, "report")["report"]["hit"] is True


def test_a_finished_run_is_told_with_what_it_came_to(store):
    exported = store.produce(recipe("export", seed=1), maker("x")).artifact
    ServedModel(store.root, MODEL_NAME).push(exported)
    made = steps(store, "ingest", "preprocess", "train", "evaluate", "report")
    record = record_run(store, "run__7", CONFIG, made, elapsed_s=12.34567)
    assert store.run("run__7") == {"format": 1, **record}
    assert (record["verdict"], record["reasons"], record["forced"], record["failures"]) == ("blessed", [], None, [])
    assert {name: record[name] for name in FACTS if name != "verdict"} == {
        name: value for name, value in FACTS.items() if name != "verdict"
    }
    assert (record["model"], record["report"], record["served_version"]) == ("train/1", "report/1", 1)
    assert (record["elapsed_s"], record["parameters"], record["steps"]) == (12.346, CONFIG.flat(), made)
    assert report_page(store, record) == store.root / "report" / "1" / "report.html"


def test_before_anything_is_served_a_record_names_no_version(store):
    made = steps(store, "ingest", "preprocess", "train", "evaluate")
    record = record_run(store, "run__7", CONFIG, made, elapsed_s=1)
    assert (record["served_version"], record["report"]) == (None, None)


def test_a_failed_run_is_told_with_what_it_failed_of(store):
    failures = [{"component": "train", "kind": "BadData", "message": "empty"}]
    record = record_run(store, "run__8", CONFIG, steps(store, "ingest"), elapsed_s=1, failures=failures)
    assert store.run("run__8") == {"format": 1, **record} and "accuracy" not in record
    assert (record["verdict"], record["reasons"], record["failures"]) == ("failed", ["train: empty"], failures)
