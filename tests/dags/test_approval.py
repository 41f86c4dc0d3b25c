"""The tasks in which a person decides: what an answer of Airflow's comes to, and who is asked at all."""

import json

import pytest

from tests.kits.airflow import python

pytestmark = pytest.mark.airflow

ANSWERS = """
import json, sys, approval
found = []
for answer in json.loads(sys.argv[1]):
    found.append(approval.decision_in({"responded_at": "2026-11-26T12:00:00+02:00"} | answer).model_dump())
print(json.dumps(found))
"""
SKIPPED = """
import json, sys, approval, tasks
from airflow.sdk.execution_time.context import set_current_context
from pipeline_components.chain import approval as questions
questions.question = lambda store, evaluation, asked: None
class TaskInstance(dict):
    task_id = "ask"
    def xcom_pull(self, task_ids):
        return "evaluate/1"
context = {"ti": TaskInstance(), "params": {"approval": "never", "approval_timeout_h": 72.0}, "run_id": "r"}
task = approval.ask()
with set_current_context(context):
    try:
        task.execute(context)
    except Exception as raised:
        print(json.dumps([f"{type(raised).__name__}: {raised}", task.defaults, task.doc_md[:4]]))
"""
ANNA = {"id": "7", "name": "anna"}


def answer(option: str, user: dict[str, str] | None, **given: str) -> dict[str, object]:
    return {"chosen_options": [option], "responded_by_user": user, "params_input": given}


def test_an_answer_is_a_decision_with_a_name_a_reason_and_a_time(airflow_env: dict[str, str]) -> None:
    answers = [
        answer("Approve", ANNA, reason="it reads sevens"),
        answer("Reject", {"id": "7", "name": ""}, reason=" \n<script>\x1b[31m"),
        answer("Approve", ANNA) | {"params_input": None},
        answer("Reject", None, reason=""),
        answer("Approve", ANNA, reason="x " * 900) | {"chosen_options": ["Approve", "Reject"]},
    ]
    found = json.loads(python(ANSWERS, airflow_env, json.dumps(answers)))
    assert {each["at"] for each in found} == {"2026-11-26T10:00:00+00:00"}
    assert [[each["decision"], each["by"], each["how"]] for each in found] == [
        ["approved", "anna", "airflow"],
        ["rejected", "7", "airflow"],
        ["approved", "anna", "airflow"],
        ["rejected", "nobody", "timeout"],
        ["rejected", "anna", "airflow"],
    ]
    assert [each["reason"] for each in found[:4]] == [
        *("it reads sevens", "<script>\\x1b[31m", "no reason given", "no answer came in time"),
    ]
    assert len(found[4]["reason"]) <= 500


def test_where_nobody_is_to_be_asked_the_question_is_skipped_and_no_answer_is_a_rejection(airflow_env) -> None:
    assert json.loads(python(SKIPPED, airflow_env)) == [
        "AirflowSkipException: nobody has to be asked", ["Reject"], "Asks",
    ]  # fmt: skip


def test_a_runs_page_is_an_address_inside_the_ui(airflow_env: dict[str, str]) -> None:
    code = "import tasks; print(tasks.page_of_run('manual__1+00:00'), tasks.page_of_artifact('report/3'))"
    run, report = python(code, airflow_env | {"AIRFLOW__API__BASE_URL": "https://a.example/x/"}).split()
    assert report == "https://a.example/x/digits/artifacts/report/3"
    assert run == "https://a.example/x/dags/digits_retraining/runs/manual__1%2B00%3A00/plugin/digits-run"
