"""The DAG on a real api-server, scheduler and dag-processor, asked over REST."""

import json
import re
from typing import Any
from urllib.parse import quote

import pytest

from pipeline_components.errors import BadConfig
from pipeline_components.local_airflow.notes import KILLED
from pipeline_components.local_airflow.rest import Exists, wait_for
from pipeline_components.local_airflow.watch import ENDED
from pipeline_components.store import Store
from tests.kits.airflow import PATIENCE_S, Place, Served

pytestmark = [pytest.mark.airflow, pytest.mark.slow]
COMPONENTS = ("ingest", "preprocess", "train", "evaluate", "report", "export")
TASKS = {"validate_parameters", "gate", "verdict", *COMPONENTS}
ENDED_WELL = dict.fromkeys(TASKS, "success") | dict.fromkeys(("ask", "approve"), "skipped")


def test_a_run_makes_every_artifact_and_serves_the_model(served: Served, trained: str, place: Place) -> None:
    assert served.states(trained) == ENDED_WELL
    store = Store(place.store)
    record = store.run(trained)
    assert record["verdict"] == "blessed"
    assert record["accuracy"] >= 0.85
    assert record["served_version"] == 1
    assert record["parameters"]["dataset"] == "mnist_sample"
    assert {name: step["id"] for name, step in record["steps"].items()} == {name: f"{name}/1" for name in COMPONENTS}
    assert not any(step["hit"] for step in record["steps"].values())
    assert store.verify() == []
    assert store.artifact("train/1").manifest.made["run_id"] == trained
    model = place.store / "serving" / "digits" / "1" / "saved_model.pb"
    assert model.is_file()


def test_starting_airflow_starts_no_run_by_itself(served: Served, trained: str) -> None:
    assert {run["run_type"] for run in served.airflow.runs(100)} == {"manual"}
    assert not served.airflow.is_paused(), "its schedule is on"


def test_what_a_person_looks_for_is_last_in_the_log_and_in_the_runs_note(
    served: Served, trained: str, place: Place
) -> None:
    words = "\n".join(served.words(trained, "verdict"))
    assert "verdict   blessed" in words
    report = f"{served.airflow.address}/digits/artifacts/report/1"
    assert f"its report: {report}" in served.words(trained, "verdict")[-2:], (
        "Airflow has the last word, that it is done"
    )
    assert served.client("vera", "viewer").get(report).status_code == 200
    assert f"](/dags/digits_retraining/runs/{quote(trained, safe='')}/plugin/digits-run)" in served.note(trained)
    assert "served    digits/1" in words
    assert str(place.store / "report" / "1" / "report.html") in words
    assert any(word.startswith("epoch 20/20  loss") for word in served.words(trained, "train"))


def test_xcom_carries_ids_and_nothing_larger(served: Served, trained: str) -> None:
    for component in COMPONENTS:
        path = f"/api/v2/dags/digits_retraining/dagRuns/{quote(trained)}/taskInstances/{component}/xcomEntries"
        entries = served.airflow.ask("GET", path)["xcom_entries"]
        values = {
            entry["key"]: served.airflow.ask("GET", f"{path}/{entry['key']}")["value"]
            for entry in entries
            if not entry["key"].startswith("skipmixin")
        }
        assert values["return_value"] == f"{component}/1"
        assert len(json.dumps(values)) < 500


def events(served: Served, run_id: str) -> list[dict[str, Any]]:
    """The asset events that a run has emitted."""
    found = served.airflow.ask("GET", f"/api/v2/assets/events?source_run_id={quote(run_id)}")["asset_events"]
    return list(found)


def test_the_asset_event_says_which_version(served: Served, trained: str) -> None:
    (event,) = events(served, trained)
    assert event["source_task_id"] == "export"
    assert event["extra"] == {"export": "export/1", "version": 1}


def test_a_new_model_recognises_the_folder_of_images(served: Served, trained: str, place: Place) -> None:
    runs = "/api/v2/dags/digits_batch_predict/dagRuns"
    run = wait_for(
        lambda: next((r for r in served.airflow.ask("GET", runs)["dag_runs"] if r["state"] in ENDED), None),
        PATIENCE_S,
        "digits_batch_predict has not run",
    )
    assert (run["run_type"], run["state"]) == ("asset_triggered", "success")
    made = Store(place.store).artifact("predict/1").manifest
    assert made.made["run_id"] == run["dag_run_id"]
    assert made.inputs["model"]["id"] == "export/1"
    assert (made.facts["images"], made.facts["digits"]["1"]) == (1, 1)


def test_run_joins_the_airflow_that_is_up_and_finds_everything_made(served: Served, trained: str, place: Place) -> None:
    done = place.run("run", "--dataset", "mnist_sample")
    assert done.returncode == 0, done.stderr
    assert "using the Airflow at" in done.stderr
    assert "6 of 6 reused" in done.stdout
    run_id = served.airflow.runs(1)[0]["dag_run_id"]
    assert served.states(run_id) == ENDED_WELL
    assert served.note(run_id).startswith("**blessed**")
    assert len(list((place.store / "serving" / "digits").glob("[0-9]*"))) == 1
    assert events(served, run_id) == [], "nothing else is served now"


def test_a_refused_model_has_a_report_no_export_and_a_red_run(served: Served, trained: str, place: Place) -> None:
    done = place.run("run", "--dataset", "mnist_sample", "--accuracy-threshold", "0.9999")
    assert done.returncode == 3, done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("digits: refused by the gate: ")
    assert re.search(r"digits open report/\d+$", last) and "0.9999" in done.stdout
    run = served.airflow.runs(1)[0]
    run_id = run["dag_run_id"]
    assert run["state"] == "failed"
    states = served.states(run_id)
    assert (states["report"], states["gate"], states["export"], states["verdict"]) == (
        "success",
        "skipped",
        "skipped",
        "failed",
    )
    *told, ended = served.words(run_id, "verdict")
    assert ended == "Task exited" and "refused: accuracy" in "\n".join(told[-4:]), "no traceback after the story"
    assert "evaluate/2 refused: " in (words := " ".join(served.words(run_id, "gate"))) and "0.9999" in words
    assert served.note(run_id).startswith("**refused**: accuracy")
    record = Store(place.store).run(run_id)
    assert record["verdict"] == "refused"
    assert "export" not in record["steps"]
    assert record["served_version"] == 1


def test_a_run_that_is_asked_for_again_is_there_once(served: Served, trained: str) -> None:
    """What `trigger` relies on when it repeats itself."""
    runs = "/api/v2/dags/digits_retraining/dagRuns"
    with pytest.raises(Exists):
        served.airflow.ask("POST", runs, {"dag_run_id": trained, "logical_date": None, "conf": {}})
    assert [run["dag_run_id"] for run in served.airflow.runs(100)].count(trained) == 1


def test_parameters_that_break_the_schema_are_answered_400(served: Served) -> None:
    before = len(served.airflow.runs(100))
    with pytest.raises(BadConfig, match=r"epochs.*: 0 is less than the minimum of 1$"):
        served.airflow.trigger({"epochs": 0})
    assert len(served.airflow.runs(100)) == before


def test_parameters_that_a_schema_cannot_refuse_fail_in_the_first_task_at_once(served: Served, place: Place) -> None:
    run_id = served.airflow.trigger({"epohcs": 3})
    assert served.finish(run_id)["state"] == "failed"
    states = served.states(run_id)
    assert states.pop("validate_parameters") == "failed"
    assert states.pop("verdict") == "failed"
    assert set(states.values()) == {"upstream_failed"}
    message = "unknown parameter 'epohcs'; did you mean 'epochs'?"
    assert served.words(run_id, "validate_parameters")[-2:] == [f"bad parameter: {message}", "Task exited"]
    assert served.note(run_id).splitlines()[0] == f"**bad parameter**: validate_parameters: {message}"
    assert {task["try_number"] for task in served.airflow.tasks(run_id) if task["state"] == "failed"} == {1}
    record = Store(place.store).run(run_id)
    assert (record["ending"], record["steps"], record["parameters"]["epohcs"]) == ("bad parameter", {}, 3)


def test_verdict_names_the_task_that_failed_and_why(served: Served, place: Place) -> None:
    run_id = served.airflow.trigger({"dataset": "cifar10"})
    assert served.finish(run_id)["state"] == "failed"
    assert served.states(run_id)["ingest"] == "failed"
    words = " ".join(served.words(run_id, "verdict"))
    assert "bad parameter: ingest: dataset 'cifar10' is not one of" in words
    assert Store(place.store).run(run_id)["verdict"] == "failed"
    served.note(run_id)


def test_a_run_that_is_cleared_keeps_both_attempts_and_tells_the_last(
    served: Served, trained: str, place: Place
) -> None:
    run_id = served.airflow.trigger({"dataset": "cifar10"})
    served.finish(run_id)
    served.note(run_id)
    started = served.airflow.run(run_id)["start_date"]
    path = f"/api/v2/dags/digits_retraining/dagRuns/{quote(run_id)}/clear"
    served.airflow.ask("POST", path, {"dry_run": False})
    wait_for(lambda: served.airflow.run(run_id)["start_date"] not in (None, started), PATIENCE_S, "it does not start")
    assert served.finish(run_id)["state"] == "failed"
    assert [each["ending"] for each in Store(place.store).run(run_id)["earlier"]] == ["bad parameter"]
    wait_for(lambda: "attempt 2" in served.note(run_id), PATIENCE_S, "the note is of the first attempt")


def test_a_run_that_is_marked_as_ended_by_hand_has_a_note(served: Served, trained: str) -> None:
    run_id = served.airflow.trigger({"dataset": "mnist_sample"})
    served.airflow.change_run(run_id, state="failed")
    assert served.note(run_id) == KILLED
