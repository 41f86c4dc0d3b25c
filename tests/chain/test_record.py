"""What is kept of a run, finished or failed."""

import pytest

from pipeline_components.chain.record import failure_of, record_run, report_page, step_record
from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.errors import BadConfig, BadData
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
    exported = store.produce(recipe("export", inputs={"model": store.artifact("train/1")}), maker("x")).artifact
    ServedModel(store.root, MODEL_NAME).push(exported)
    made = steps(store, "ingest", "preprocess", "train", "evaluate", "report")
    record = record_run(store, "run__7", CONFIG.flat(), made, elapsed_s=12.34567)
    assert store.run("run__7") == {"format": 1, **record}
    assert (record["verdict"], record["reasons"], record["forced"], record["failures"]) == ("blessed", [], None, [])
    assert (record["ending"], record["served_model"], record["held_back"]) == ("blessed", "train/1", None)
    assert {name: record[name] for name in FACTS if name != "verdict"} == {
        name: value for name, value in FACTS.items() if name != "verdict"
    }
    assert (record["model"], record["report"], record["served_version"]) == ("train/1", "report/1", 1)
    assert (record["elapsed_s"], record["parameters"], record["steps"]) == (12.346, CONFIG.flat(), made)
    assert report_page(store, record) == store.root / "report" / "1" / "report.html"


def test_before_anything_is_served_a_record_names_no_version(store):
    made = steps(store, "ingest", "preprocess", "train", "evaluate")
    record = record_run(store, "run__7", CONFIG.flat(), made, elapsed_s=1)
    assert (record["served_version"], record["report"]) == (None, None)


def test_a_failed_run_is_told_with_what_it_failed_of(store):
    failures = [failure_of("train", BadData("empty"))]
    record = record_run(store, "run__8", CONFIG.flat(), steps(store, "ingest"), elapsed_s=1, failures=failures)
    assert store.run("run__8") == {"format": 1, **record} and "accuracy" not in record
    assert (record["verdict"], record["reasons"], record["failures"]) == ("failed", ["train: empty"], failures)
    assert record["ending"] == "bad data"


def test_a_model_that_was_rolled_back_from_is_told_as_held_back_and_another_as_served(store):
    trained = [store.artifact("train/1"), store.produce(recipe("train", seed=2), maker("y")).artifact]
    exports = [
        store.produce(recipe("export", inputs={"model": model}), maker(model.id, facts=FACTS)).artifact
        for model in trained
    ]
    served = ServedModel(store.root, MODEL_NAME)
    for export in exports:
        served.push(export)
    served.rollback(who="anna", why="worse on sevens")
    step = step_record(Outcome(exports[1], Reason("hit", exports[1].id), 0.1))
    made = steps(store, "ingest", "preprocess", "train", "evaluate", "report") | {"export": step}
    record = record_run(store, "run__9", CONFIG.flat(), made, elapsed_s=1)
    assert (record["ending"], record["served_version"]) == ("blessed, held back", 3)
    assert record["served_model"] == "train/1"
    assert record["held_back"].startswith(f"{exports[1].id} was rolled back from on 20")
    assert record["held_back"].endswith(" by anna, 'worse on sevens': `digits rollback 2` serves it again")


@pytest.mark.parametrize(
    ("error", "ending", "message"),
    [
        (BadConfig("epochs: 0 found"), "bad parameter", "epochs: 0 found"),
        (KeyError("label"), "a bug", "KeyError: 'label'"),
        (ValueError(), "a bug", "ValueError"),
        (OSError("disk full"), "I/O error", "OSError: disk full"),
        (KeyboardInterrupt(), "interrupted", "interrupted"),
    ],
)
def test_a_failure_says_in_a_word_or_two_how_the_run_ended(error, ending, message):
    failure = failure_of("train", error)
    assert (failure["component"], failure["kind"]) == ("train", type(error).__name__)
    assert (failure["ending"], failure["message"]) == (ending, message)
