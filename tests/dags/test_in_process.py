"""`dag.test()`: the whole DAG on the sample, in one process that is not pytest's."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline_components.store import Store

pytestmark = [pytest.mark.airflow, pytest.mark.slow]
RUN = """
import json, sys
import digits_retraining
run = digits_retraining.digits_retraining().test(run_conf=json.loads(sys.argv[1]))
states = {task.task_id: str(task.state) for task in run.get_task_instances()}
print(json.dumps({"run_id": run.run_id, "state": str(run.state), "tasks": states}))
"""


def run_in_process(environment: dict[str, str], **parameters: Any) -> dict[str, Any]:
    """How a run of the DAG by `dag.test()` ended."""
    given = {"dataset": "mnist_sample", "epochs": 10, "overconfidence_bound": 0.1} | parameters
    for command in (["-m", "airflow", "db", "migrate"], ["-c", RUN, json.dumps(given)]):
        done = subprocess.run(
            [sys.executable, *command], env=environment, capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode == 0, done.stderr[-2000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_the_dag_retrains_on_the_sample(airflow_env: dict[str, str]) -> None:
    run = run_in_process(airflow_env)
    assert run["state"] == "success"
    assert {run["tasks"].pop(name) for name in ("ask", "approve")} == {"skipped"}, "nobody is asked, and it ends"
    assert len(run["tasks"]) == 9
    assert set(run["tasks"].values()) == {"success"}
    store = Store(Path(airflow_env["DIGITS_STORE"]))
    record = store.run(run["run_id"])
    assert record["verdict"] == "blessed"
    assert record["accuracy"] >= 0.85
    assert record["served_version"] == 1
    assert store.artifact("train/1").manifest.config["epochs"] == 10
    assert [artifact.component for artifact in store.artifacts()] == [
        "evaluate",
        "export",
        "ingest",
        "preprocess",
        "report",
        "train",
    ]
    assert store.verify() == []


def test_nothing_waits_for_a_person(airflow_env: dict[str, str]) -> None:
    run = run_in_process(airflow_env, approval="always", epochs=11)
    assert run["state"] == "failed"
    assert {run["tasks"][name] for name in ("ask", "approve", "export")} == {"skipped"}
    record = Store(Path(airflow_env["DIGITS_STORE"])).run(run["run_id"])
    assert record["ending"] == "undecided"
    assert "export" not in record["steps"]
