"""The housekeeping DAG: an alarm for damage, and nothing collected that somebody needs."""

import json
import shutil

import pytest

from tests.dags.test_batch_predict import python

pytestmark = pytest.mark.airflow

DESCRIBE = """
import json, sys
sys.path.insert(0, "dags")
import digits_housekeeping
assert not {"tensorflow", "pandas"} & set(sys.modules)
dag = digits_housekeeping.digits_housekeeping()
print(json.dumps({"tasks": {task.task_id: sorted(task.downstream_task_ids) for task in dag.tasks},
                  "schedule": dag.timetable.expression, "params": dag.params.dump()}))
"""
CALL = """
import json, sys
sys.path.insert(0, "dags")
import digits_housekeeping as module
module.get_current_context = lambda: {"params": json.loads(sys.argv[2])}
try:
    print(getattr(module, sys.argv[1])())
except Exception as error:
    print(f"{type(error).__name__}: {error}")
"""
NOTHING_KEPT = {"keep": 0, "days": 0, "runs": 0, "delete": True}


def call(name, environment, **params):
    return python(CALL, environment, name, json.dumps(NOTHING_KEPT | params))


def test_it_verifies_and_then_collects_every_week(airflow_env):
    described = json.loads(python(DESCRIBE, airflow_env))

    assert described["tasks"] == {"verify": ["gc"], "gc": []}
    assert described["schedule"] == "0 0 * * 0"
    assert described["params"] == {"keep": 3, "days": 30.0, "runs": 10, "delete": True}


@pytest.mark.slow
def test_damage_raises_an_alarm_and_what_is_served_is_never_collected(airflow_env, finished, tmp_path):
    store = shutil.copytree(finished, tmp_path / "store")
    environment = airflow_env | {"DIGITS_STORE": str(store)}

    assert call("verify", environment) == "None"
    assert int(call("collect_garbage", environment)) == 0, "everything was made for the served version, or just now"
    victim = store / "train" / "1" / "model.keras"
    victim.chmod(0o644)
    victim.write_bytes(victim.read_bytes()[:-1])

    assert call("verify", environment).startswith("AirflowFailException: 1 found damaged, first train/1")
    assert victim.is_file()
