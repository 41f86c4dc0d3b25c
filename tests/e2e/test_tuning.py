"""The DAG digits_tuning on a real scheduler: twelve trials, two at once, one killed and one that diverges."""

import os
import signal
import time
from typing import Any
from urllib.parse import quote

import pyarrow.parquet as pq
import pytest

from pipeline_components.chain.components import COMPONENTS
from pipeline_components.chain.produce import produce
from pipeline_components.chain.tuning import Search
from pipeline_components.json_files import read_json
from pipeline_components.local_airflow.watch import ENDED
from pipeline_components.store import Store
from pipeline_components.tune import TuneConfig
from tests.kits.airflow import PATIENCE_S, Place, Served
from tests.kits.mapped import HEAVY

pytestmark = [pytest.mark.airflow, pytest.mark.slow]
RATES = [0.002, 0.004, 0.006, 0.008, 0.01, 0.012, 0.014, 0.016, 0.018, 0.02, 0.022, 1.0]
ASKED: dict[str, Any] = {
    "sampler": "grid",
    "trials": 12,
    "trial_epochs": 3,
    "prune_after": 1,
    "space": {
        "learning_rate": {"choices": RATES},
        "optimizer": {"choices": ["sgd"]},
        "activation": {"choices": ["gelu"]},
        "hidden_units": {"choices": [[64, 64, 64, 64]]},
        "batch_size": {"choices": [16]},
    },
}
RUNS = "/api/v2/dags/digits_tuning/dagRuns"


def ended(served: Served, run_id: str, meanwhile: Any = lambda: None) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE_S
    while (run := served.airflow.ask("GET", f"{RUNS}/{quote(run_id)}"))["state"] not in ENDED:
        assert time.monotonic() < deadline, f"{run_id} is still {run['state']}"
        meanwhile()
        time.sleep(0.2)
    return run


def instances(served: Served, run_id: str) -> list[dict[str, Any]]:
    return list(served.airflow.ask("GET", f"{RUNS}/{quote(run_id)}/taskInstances?limit=100")["task_instances"])


@pytest.mark.timeout(2400)
def test_a_search_names_what_failed_and_its_best_is_retrained_by_id(served: Served, trained: str, place: Place) -> None:
    store = Store(place.store)
    search = Search(store, TuneConfig(**ASKED), "preprocess/1")
    diverges, doomed = 0, 0
    killed: list[int] = []

    def kill() -> None:
        nonlocal doomed
        if not search.folder.is_dir() or len(search.study.trials()) < 2:
            return
        trial = next((each for each in search.study.trials() if each["number"] == doomed), None)
        if trial and trial["parameters"].get("learning_rate") == 1.0:
            doomed += 1
            return
        process = search.study.process(doomed) if trial and not search.study.trial(doomed) else None
        if process and process not in killed:
            os.kill(process, signal.SIGKILL)
            killed.append(process)

    body = {"dag_run_id": "tuning", "logical_date": None, "conf": {"dataset": "mnist_sample", **ASKED}}
    served.airflow.ask("POST", RUNS, body)
    run = ended(served, "tuning", kill)

    tasks = instances(served, "tuning")
    assert run["state"] == "success", [(each["task_id"], each["map_index"], each["state"]) for each in tasks]
    trials = {each["map_index"]: each for each in tasks if each["task_id"] == "trial"}
    assert sorted(trials) == [*range(12)]
    found = store.artifact("tune/1")
    rows = pq.read_table(found.path / "trials.parquet").to_pylist()
    diverges = next(row["trial"] for row in rows if row["learning_rate"] == 1.0)
    assert len(rows) == 12 and len(killed) == 2
    reasons = {row["trial"]: row["reason"] for row in rows if row["state"] == "failed"}
    assert reasons.keys() == {diverges, doomed}
    assert reasons[diverges].startswith("loss is nan in epoch 1 at learning rate 1.0")
    assert reasons[doomed].startswith("killed or interrupted after")
    assert {n for n, each in trials.items() if each["state"] == "failed"} == {diverges, doomed}
    assert trials[doomed]["try_number"] == 2
    spans = [(each["start_date"], each["end_date"]) for each in trials.values()]
    assert 1 < max(sum(start <= at < end for start, end in spans) for at, _ in spans) <= 2

    default = produce(COMPONENTS["train"], store, COMPONENTS["train"].config(epochs=3), {"preprocess": "preprocess/1"})
    best = read_json(found.path / "best.json")
    assert best["validation_loss"] < default.artifact.manifest.facts["validation_loss"]
    assert store.artifact(best["train_artifact"]).manifest.config["learning_rate"] == best["config"]["learning_rate"]

    told = store.run("tuning")
    assert (told["ending"], told["model"], told["steps"]["tune"]["id"]) == (
        "searched",
        best["train_artifact"],
        "tune/1",
    )
    with served.pages() as pages:
        page = pages.get("/runs/tuning").text
        assert pages.get("/artifacts/tune/1").status_code == 200
        trial = pages.get(f"/runs/tuning/tasks/trial?map={best['trial']}")
    assert "12 trials, the best first" in page and f"trial {diverges} failed: loss is nan" in page
    assert not served.packages() & HEAVY
    assert trial.headers["location"] == f"/digits/artifacts/{best['train_artifact']}"

    run_id = served.airflow.trigger({"dataset": "mnist_sample", "from_": "tune/1", "accuracy_threshold": 0.5})
    served.finish(run_id)
    record = store.run(run_id)
    model = store.artifact(record["steps"]["train"]["id"])
    assert model.manifest.inputs["search"]["id"] == "tune/1"
    assert {name: model.manifest.config[name] for name in best["config"]} == best["config"]
    assert record["verdict"] in ("blessed", "refused")

    body["dag_run_id"] = "again"
    before = len(store.artifacts("train"))
    served.airflow.ask("POST", RUNS, body)
    ended(served, "again")
    assert len(store.artifacts("train")) - before <= 1, "only the trial that was killed is trained"
    assert store.run("again")["steps"]["tune"]["id"].startswith("tune/")
