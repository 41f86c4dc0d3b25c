"""What the DAGs share: schedules, the store's address, errors in one line, and no file that Airflow parses for it."""

import json
from pathlib import Path

import pytest

from tests.kits.airflow import printed, python, run_task

pytestmark = pytest.mark.airflow

SCHEDULES = """
import json, os, tasks
found = {}
for text in ("@weekly", "@quarterly", " 30 3 * * 1 ", "", "None", "none", "every day"):
    os.environ["DIGITS_TEST_SCHEDULE"] = text
    try:
        timetable = tasks.schedule("DIGITS_TEST_SCHEDULE")
        found[text] = timetable and timetable.expression
    except Exception as error:
        found[text] = f"{type(error).__name__}: {error}"
del os.environ["DIGITS_TEST_SCHEDULE"]
found["default"] = tasks.schedule("DIGITS_TEST_SCHEDULE", "@daily").expression
print(json.dumps(found))
"""
DAG_FILES = """
import json
from airflow.dag_processing.importers.python_importer import PythonDagImporter
from airflow.configuration import conf
print(json.dumps(sorted(PythonDagImporter().list_dag_files(conf.get("core", "dags_folder")))))
"""
NESTED = """
import json, sys, tasks
from airflow.sdk.execution_time.context import set_current_context
from airflow.sdk.exceptions import AirflowRuntimeError, AirflowSkipException, ErrorType
from airflow.sdk.execution_time.comms import ErrorResponse
from pipeline_components import errors

class TaskInstance(dict):
    xcom_push = dict.__setitem__
    task_id = "train"

@tasks.said_in_one_line()
def inner(error):
    raise error

@tasks.said_in_one_line()
def outer(error):
    inner(error)

found = []
for error in (errors.BadModel("too small\\nsee above"), errors.DownloadFailed("broke off"),
              errors.BucketUnreachable("s3://digits: does not answer"), OSError("disk full"),
              errors.DatasetUnavailable("no route: set --dataset to mnist_sample"),
              ValueError("three"), AirflowSkipException("nothing to do"),
              AirflowRuntimeError(ErrorResponse(error=ErrorType.API_SERVER_ERROR))):
    ti = TaskInstance()
    with set_current_context({"ti": ti}):
        try:
            outer(error)
        except (Exception, SystemExit) as raised:
            told = ti.get("error")
            decided = tasks.RETRY_ONLY_IO.evaluate(raised, try_number=1, max_tries=3).action.value
            found.append([f"{type(raised).__name__}: {raised}", told and [told["ending"], told["message"]], decided])
print(json.dumps(found))
"""
OUTSIDE = """
import json, tasks
from pipeline_components.chain.components import COMPONENTS
ingest, predict = COMPONENTS["ingest"], COMPONENTS["predict"]
found = tasks.outside(ingest), tasks.outside(predict), tasks.outside(predict, images="photographs")
print(json.dumps(found, default=str))
"""
STORY = """
import logging, sys, tasks
tasks.log.addHandler(logging.StreamHandler(sys.stdout))
tasks.log.propagate = False
try:
    tasks.end([" ".join(f"word{n}" for n in range(60)), "second"], exit_code=3)
except SystemExit as ended:
    print(ended.code)
"""
SHUT = """
import json, digits_retraining
from airflow.sdk.execution_time.context import set_current_context
from pipeline_components.chain import gate
from pipeline_components.errors import Refused, Undecided
def check_gate(store, evaluation, approval):
    if evaluation == "evaluate/2":
        raise Refused("evaluate/2 refused: accuracy")
    if approval == "always":
        raise Undecided("evaluate/1 undecided")
gate.check_gate = check_gate
found = []
for evaluation, approval in (("evaluate/1", "never"), ("evaluate/2", "never"), ("evaluate/1", "always")):
    class TaskInstance:
        def xcom_pull(self, task_ids):
            return evaluation
    with set_current_context({"ti": TaskInstance(), "params": {"approval": approval}}):
        try:
            found.append(digits_retraining.gate("evaluate"))
        except Exception as raised:
            found.append(f"{type(raised).__name__}: {raised}")
print(json.dumps(found))
"""
STOPPED = """
import os, signal, tasks
tasks.prepare_process()
try:
    os.kill(os.getpid(), signal.SIGTERM)
except BaseException as raised:
    print(os.nice(0), os.environ["TF_CPP_MIN_LOG_LEVEL"], type(raised).__name__, isinstance(raised, Exception))
"""


def test_a_schedule_is_a_cron_expression_a_preset_or_none(airflow_env: dict[str, str]) -> None:
    assert json.loads(python(SCHEDULES, airflow_env)) == {
        "@weekly": "0 0 * * 0",
        "@quarterly": "0 0 1 */3 *",
        " 30 3 * * 1 ": "30 3 * * 1",
        "": None,
        "None": None,
        "none": None,
        "every day": "BadConfig: DIGITS_TEST_SCHEDULE: 'every day' found, "
        "a cron expression, a preset like @weekly, or none expected",
        "default": "0 0 * * *",
    }


def test_airflow_parses_the_dag_files_and_nothing_else(airflow_env: dict[str, str]) -> None:
    assert [Path(file).name for file in json.loads(python(DAG_FILES, airflow_env))] == [
        "digits_batch_predict.py",
        "digits_housekeeping.py",
        "digits_retraining.py",
        "digits_tuning.py",
    ]


def test_the_store_is_where_the_environment_says(airflow_env: dict[str, str], tmp_path: Path) -> None:
    code = "import tasks; print(tasks.open_store().root)"
    assert python(code, airflow_env | {"DIGITS_STORE": str(tmp_path / "a")}) == str(tmp_path / "a")
    assert python(code, airflow_env | {"DIGITS_STORE": ""}) == str(Path("artifacts").resolve())


def test_folders_outside_are_the_runs_or_the_environments(airflow_env: dict[str, str]) -> None:
    environment = airflow_env | {"DIGITS_MANUAL_DIR": "", "DIGITS_BATCH_DIR": "scans"}
    assert json.loads(python(OUTSIDE, environment)) == [{}, {"images": "scans"}, {"images": "photographs"}]


def test_an_error_is_told_once_by_the_body_that_met_it(airflow_env: dict[str, str]) -> None:
    """And what may go better a moment later is tried again, an API server's failure too: nothing else is."""
    assert json.loads(python(NESTED, airflow_env)) == [
        ["SystemExit: 2", ["bad model", "too small"], "fail"],
        ["TryAgain: 2", ["no data", "broke off"], "retry"],
        ["TryAgain: 2", ["store failed", "s3://digits: does not answer"], "retry"],
        ["TryAgain: 1", ["I/O error", "OSError: disk full"], "retry"],
        ["SystemExit: 2", ["no data", "no route: set “Dataset” in the form (--dataset) to mnist_sample"], "fail"],
        ["SystemExit: 1", ["a bug", "ValueError: three"], "fail"],
        ["AirflowSkipException: nothing to do", None, "fail"],
        ["AirflowRuntimeError: API_SERVER_ERROR: None", None, "retry"],
    ]


def test_a_wrong_parameter_fails_its_task_in_one_line_and_is_told(airflow_env: dict[str, str]) -> None:
    message = "unknown parameter 'epohcs'; did you mean 'epochs'?"
    told = {"component": "validate", "kind": "BadConfig", "message": message, "ending": "bad parameter"}
    assert run_task("digits_retraining", "validate", airflow_env, {"epohcs": 3}) == {
        "raised": "SystemExit: 2",
        "xcom": {"error": told},
        "said": [f"bad parameter: {message}"],
    }


def test_a_story_is_wrapped_to_be_read_and_nothing_of_it_is_lost(airflow_env: dict[str, str]) -> None:
    *lines, exit_code = printed(STORY, airflow_env)
    assert exit_code == "3" and max(map(len, lines)) <= 100
    assert [line for line in lines if not line.startswith("  ")] == [lines[0], "second"]
    assert " ".join(" ".join(lines[:-1]).split()) == " ".join(f"word{n}" for n in range(60))


def test_a_stopped_task_ends_where_it_stands_and_is_nicer_than_airflow(airflow_env: dict[str, str]) -> None:
    nice, level, raised, caught_as_an_error = python(STOPPED, airflow_env).split()
    assert int(nice) >= 5
    assert (level, raised, caught_as_an_error) == ("3", "AirflowTaskTerminated", "False")


def test_a_gate_that_is_shut_is_skipped_and_one_that_is_open_is_not(airflow_env: dict[str, str]) -> None:
    """So that the grid does not show it as done."""
    assert json.loads(python(SHUT, airflow_env)) == [
        None,
        "AirflowSkipException: the gate is shut: see the reasons above",
        None,
    ]
