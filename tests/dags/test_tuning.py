"""What Airflow sees of digits_tuning, and what its first task refuses; tests/e2e runs it on a real scheduler."""

import json
from typing import Any

import pytest

from pipeline_components.chain.components import COMPONENTS
from pipeline_components.chain.form import flat_schema
from tests.kits.airflow import python, run_task

pytestmark = pytest.mark.airflow
PARSED = """
import json, sys, digits_tuning
dag = digits_tuning.digits_tuning()
heavy = {"optuna", "tensorflow", "numpy", "pyarrow", "pandas", "matplotlib", "scipy"} & set(sys.modules)
print(json.dumps({
    "tasks": {task.task_id: [sorted(task.downstream_task_ids), str(task.trigger_rule.value), task.retries]
              for task in dag.tasks},
    "heavy": sorted(heavy), "form": sorted(dag.params), "doc": dag.doc_md,
    "mapped": dag.get_task("trial").is_mapped,
    "trial": [dag.get_task("trial").pool, dag.get_task("trial").max_active_tis_per_dag],
}))
"""


def parsed(environment: dict[str, str]) -> dict[str, Any]:
    return dict(json.loads(python(PARSED, environment)))


def test_trials_are_mapped_tasks_in_a_pool_and_what_reduces_them_runs_whatever_they_do(airflow_env) -> None:
    found = parsed(airflow_env)
    assert found["tasks"] == {
        "validate_parameters": [["ingest"], "all_success", 2],
        "ingest": [["preprocess"], "all_success", 2],
        "preprocess": [["propose"], "all_success", 2],
        "propose": [["trial"], "all_success", 2],
        "trial": [["tune"], "all_success", 1],
        "tune": [[], "all_done", 0],
    }
    assert found["heavy"] == [] and found["mapped"] is True
    assert found["trial"] == ["default_pool", 2]
    models = {name: COMPONENTS[name].config for name in ("ingest", "preprocess", "tune")}
    assert found["form"] == sorted(flat_schema(models))
    own = airflow_env | {"DIGITS_TUNING_POOL": "training", "DIGITS_TRIALS_AT_ONCE": "5"}
    assert parsed(own)["trial"] == ["training", 5]


@pytest.mark.parametrize(
    ("params", "why"),
    [
        ({"trails": 3}, "unknown parameter 'trails'; did you mean 'trials'?"),
        ({"space": {"learning_rate": {"low": 1.0, "high": 0.1}}}, "space: learning_rate: 1.0 to 0.1 is an empty range"),
        ({"space": {"rate": {"choices": [1]}}}, "space: unknown parameter 'rate'"),
        ({"trials": 3.0}, "trials: 3.0 found, input should be a valid integer"),
    ],
)
def test_a_bad_search_fails_in_its_first_task_in_one_line(airflow_env, params, why) -> None:
    told = run_task("digits_tuning", "validate", airflow_env, params)
    assert told["raised"] == "SystemExit: 2"
    assert told["xcom"]["error"]["ending"] == "bad parameter" and why in told["xcom"]["error"]["message"]


def test_a_search_of_nothing_says_so_and_its_record_says_why(airflow_env) -> None:
    code = """
import json, digits_tuning
from airflow.sdk.execution_time.context import set_current_context
from pipeline_components.store import Store
class TaskInstance:
    task_id = "tune"
    def xcom_pull(self, task_ids, key=None):
        error = {"kind": "NoData", "message": "no route", "ending": "no data"}
        return error if (task_ids, key) == ("ingest", "error") else None
class Run:
    start_date = None
with set_current_context({"ti": TaskInstance(), "dag_run": Run(), "params": {"trials": 3}, "run_id": "r"}):
    try:
        digits_tuning.tune()
    except SystemExit as ended:
        print(json.dumps([ended.code, Store.from_environment().run("r")]))
"""
    exit_code, record = json.loads(python(code, airflow_env))
    assert (exit_code, record["ending"], record["reasons"]) == (2, "no data", ["ingest: no route"])
    assert (record["verdict"], record["parameters"], record["searched"]) == ("failed", {"trials": 3}, {})
