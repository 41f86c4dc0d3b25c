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
    task_id, try_number, max_tries = "ask", 1, 1
    def xcom_pull(self, task_ids):
        return "evaluate/1"
context = {"ti": TaskInstance(), "params": {"approval": "never", "approval_timeout_h": 72.0}, "run_id": "r"}
task = approval.ask()
with set_current_context(context):
    try:
        task.execute(context)
    except Exception as raised:
        print(json.dumps([f"{type(raised).__name__}: {raised}", task.defaults, task.retries, task.doc_md[:4]]))
"""
AGAIN = """
import json, sys, uuid, approval
from datetime import UTC, datetime
from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk.api.datamodels._generated import HITLDetailResponse
from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType
from airflow.sdk.execution_time.comms import ErrorResponse
from pipeline_components.chain import approval as questions
questions.question = lambda store, evaluation, asked: "May it?"
ApprovalOperator.execute = lambda self, context: "asked"
class TaskInstance:
    id = uuid.uuid4()
    def __init__(self, try_number, max_tries):
        self.try_number, self.max_tries = try_number, max_tries
    def xcom_pull(self, task_ids):
        return "evaluate/1"
def before(ti_id):
    if given is None:
        raise AirflowRuntimeError(ErrorResponse(error=ErrorType.GENERIC_ERROR, detail={}))
    return HITLDetailResponse.model_validate(given)
approval.get_hitl_detail_content_detail, approval.is_in_process = before, lambda: False
found = []
for given, *tries in json.loads(sys.argv[1]):
    params = {"approval": "always", "approval_timeout_h": 72.0}
    done = approval.ask().execute({"ti": TaskInstance(*tries), "params": params, "run_id": "r"})
    found.append(done if done == "asked" else approval.decision_in(done).model_dump())
print(json.dumps(found))
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
        "AirflowSkipException: nobody has to be asked", ["Reject"], 1, "Asks",
    ]  # fmt: skip


def test_a_retry_takes_the_answer_given_before_it_and_who_clears_the_task_is_asked(airflow_env) -> None:
    given = {
        "response_received": True,
        "responded_by_user": ANNA,
        "responded_at": "2026-11-26T12:00:00+02:00",
        "chosen_options": ["Approve"],
        "params_input": {"reason": "good"},
    }
    open_still = given | {"response_received": False, "responded_at": None, "chosen_options": None}
    attempts = [(given, 2, 1), (given, 1, 1), (given, 2, 2), (given, 3, 2), (open_still, 2, 1), (None, 2, 1)]
    answered, *others = json.loads(python(AGAIN, airflow_env, json.dumps(attempts)))
    assert (answered["decision"], answered["by"], answered["reason"]) == ("approved", "anna", "good")
    assert answered["at"] == "2026-11-26T10:00:00+00:00"
    assert others == ["asked", "asked", answered, "asked", "asked"]


def test_a_runs_page_is_an_address_inside_the_ui(airflow_env: dict[str, str]) -> None:
    code = "import tasks; print(tasks.page_of_run('manual__1+00:00'), tasks.page_of_artifact('report/3'))"
    run, report = python(code, airflow_env | {"AIRFLOW__API__BASE_URL": "https://a.example/x/"}).split()
    assert report == "https://a.example/x/digits/artifacts/report/3"
    assert run == "https://a.example/x/dags/digits_retraining/runs/manual__1%2B00%3A00/plugin/digits-run"
