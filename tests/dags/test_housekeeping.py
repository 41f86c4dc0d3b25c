"""The housekeeping DAG: an alarm for damage, and nothing collected that somebody needs."""

import json
import shutil

import pytest

from tests.kits.airflow import python, run_task

pytestmark = pytest.mark.airflow

DESCRIBE = """
import json, sys
import digits_housekeeping
assert not {"tensorflow", "pandas"} & set(sys.modules)
dag = digits_housekeeping.digits_housekeeping()
print(json.dumps({"tasks": {task.task_id: sorted(task.downstream_task_ids) for task in dag.tasks},
                  "schedule": getattr(dag.timetable, "expression", None), "params": dag.params.dump(),
                  "description": dag.description, "owners": sorted({task.owner for task in dag.tasks}),
                  "keep": dag.params.get_param("keep").description}))
"""
NOTHING_KEPT = {"keep": 0, "days": 0, "runs": 0, "versions": 1, "delete": True}


def test_it_verifies_and_then_collects_every_week(airflow_env):
    described = json.loads(python(DESCRIBE, airflow_env))

    assert described["tasks"] == {"verify": ["gc"], "gc": []}
    assert described["schedule"] == "0 0 * * 0"
    assert described["params"] == {"keep": 3, "days": 30.0, "runs": 10, "versions": 10, "delete": True}
    assert described["keep"] == "Newest artifacts of each component to keep. A whole number, at least 0."
    assert described["description"].startswith("Looks after the artifact store: ")
    assert described["owners"] == ["digits"]


@pytest.mark.parametrize(("text", "expression"), [("none", None), ("", None), ("30 3 * * 1", "30 3 * * 1")])
def test_when_it_runs_is_the_environments(airflow_env, text, expression):
    described = python(DESCRIBE, airflow_env | {"DIGITS_HOUSEKEEPING_SCHEDULE": text})

    assert json.loads(described)["schedule"] == expression


@pytest.mark.slow
def test_damage_raises_an_alarm_and_what_is_served_is_never_collected(airflow_env, finished, tmp_path):
    store = shutil.copytree(finished, tmp_path / "store")
    environment = airflow_env | {"DIGITS_STORE": str(store)}

    def call(function):
        return run_task("digits_housekeeping", function, environment, NOTHING_KEPT)

    assert call("verify")["xcom"] == {}
    assert call("collect_garbage")["result"] == 0, "everything was made for the served version, or just now"
    victim = store / "train" / "1" / "model.keras"
    victim.chmod(0o644)
    victim.write_bytes(victim.read_bytes()[:-1])

    damaged = call("verify")
    assert damaged["raised"] == "SystemExit: 2"
    assert " ".join(damaged["said"][-2:]).startswith("1 found damaged, first train/1")
    assert victim.is_file()
