"""Airflow: what the DAGs and the local Airflow use of it beyond airflow.sdk, asked in a process of its own."""

import importlib.util
import json
import os
import subprocess
import sys
from functools import partial

import pytest

from tests.kits.canaries import canary

pytestmark = pytest.mark.airflow
relied_on = partial(canary, "apache-airflow")

ASK = """
import inspect, json
from airflow.configuration import conf
from airflow.sdk.exceptions import AirflowTaskTerminated
from airflow.sdk.execution_time import supervisor, task_runner
from airflow.sdk.execution_time.context import OutletEventAccessors

def parameters(function):
    return list(inspect.signature(function).parameters)

print(json.dumps({
    "terminated": [kind.__name__ for kind in AirflowTaskTerminated.__mro__],
    "in_process": hasattr(supervisor, "InProcessSupervisorComms"),
    "handled": "except AirflowTaskTerminated" in inspect.getsource(task_runner),
    "get_task_states": parameters(task_runner.RuntimeTaskInstance.get_task_states),
    "outlet_events": hasattr(OutletEventAccessors, "__getitem__"),
    "log_filename": conf.get("logging", "log_filename_template", raw=True),
}))
"""


@pytest.fixture(scope="module")
def airflow(tmp_path_factory):
    if importlib.util.find_spec("airflow") is None:
        pytest.skip("needs Airflow: install the extra `airflow`")
    ours = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    environment = ours | {"AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow"))}
    done = subprocess.run([sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-1000:]
    return json.loads(done.stdout.splitlines()[-1])


@relied_on("AirflowTaskTerminated", "exit the task's process from the handler of SIGTERM, after removing its draft")
def test_a_task_is_stopped_by_an_exception_that_no_body_catches(airflow):
    assert airflow["terminated"] == ["AirflowTaskTerminated", "BaseException", "object"]
    assert airflow["handled"]


@relied_on("in_process", "let `ask` of dags/approval.py wait in `dag.test()` as anywhere, or find another sign of it")
def test_a_task_can_tell_that_it_is_run_by_dag_test(airflow):
    assert airflow["in_process"]


@relied_on("get_task_states", "ask the states over REST, or hand each task's outcome on as an XCom")
def test_a_task_can_ask_for_the_states_of_its_run(airflow):
    assert {"dag_id", "run_ids"} <= set(airflow["get_task_states"])


@relied_on("outlet_events", "leave the served version out of the asset's event: the folder of served versions has it")
def test_an_assets_event_is_found_by_its_asset(airflow):
    assert airflow["outlet_events"]


@relied_on("attempt=", "find a task's log file by the new template, or ask for it over REST")
def test_log_files_lie_where_watch_looks_for_them(airflow):
    folders = "dag_id={{ ti.dag_id }}/run_id={{ ti.run_id }}/task_id={{ ti.task_id }}/"
    assert airflow["log_filename"].startswith(folders)
    assert airflow["log_filename"].endswith("attempt={{ try_number|default(ti.try_number) }}.log")
