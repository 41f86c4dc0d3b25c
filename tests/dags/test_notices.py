"""Who is told of a failed run: one line through a connection, and no secret in what is logged when that fails."""

import html
import json
from pathlib import Path

import pytest

from pipeline_components.store.runs import write_run
from tests.kits.airflow import python
from tests.kits.listening import hook, mailbox

pytestmark = pytest.mark.airflow

ALL = """
import json, importlib
names = ("digits_batch_predict", "digits_housekeeping", "digits_retraining", "digits_tuning")
dags = [getattr(importlib.import_module(name), name)() for name in names]
print(json.dumps([[each.conn_id for each in dag.on_failure_callback or []] for dag in dags]))
"""
TELL = """
import json, sys, notices
from types import SimpleNamespace
class TaskInstance:
    def get_task_states(self, dag_id, run_ids):
        return {run_ids[0]: {"a": "success", "b": "failed", "c": "failed"}}
dag = SimpleNamespace(dag_id="digits_x", topological_sort=lambda: [SimpleNamespace(task_id=name) for name in "acb"])
context = {"dag": dag, "run_id": sys.argv[1], "reason": "task_failure"}
if sys.argv[2:] == ["ti"]:
    context["ti"] = TaskInstance()
try:
    notices.RunFailed("alerts").notify(context)
    print(json.dumps("told"))
except Exception as error:
    print(json.dumps(f"{type(error).__name__}: {error} {error.__cause__}"))
"""
PAGE = "https://airflow.example/digits/dags/digits_x/runs"


def tell(environment: dict[str, str], run_id: str, *arguments: str) -> str:
    base = {"AIRFLOW__API__BASE_URL": "https://airflow.example/digits/"}
    return str(json.loads(python(TELL, environment | base, run_id, *arguments)))


def test_every_dag_tells_and_only_where_a_connection_is_named(airflow_env: dict[str, str]) -> None:
    assert json.loads(python(ALL, airflow_env)) == [[], [], [], []]
    assert json.loads(python(ALL, airflow_env | {"DIGITS_NOTIFY": "alerts"})) == [["alerts"]] * 4


def test_a_record_tells_the_reason_else_the_tasks_that_failed_else_airflow(
    airflow_env: dict[str, str], tmp_path: Path
) -> None:
    record = {"ended_at": "2026-11-26T10:00:00+00:00", "verdict": "refused", "ending": "refused"}
    write_run(tmp_path, "manual__1+00:00", record | {"reasons": ["accuracy:\n0.9 required", "drift"]})
    with hook() as webhook:
        connection = {"conn_type": "http", "host": f"{webhook.address}/T/B", "password": "s3cret"}
        env = airflow_env | {"DIGITS_STORE": str(tmp_path), "AIRFLOW_CONN_ALERTS": json.dumps(connection)}
        assert tell(env, "manual__1+00:00", "ti") == "told"
        assert tell(env, "manual__2", "ti") == "told"
        assert tell(env | {"AIRFLOW_CONN_ALERTS": f"{webhook.address}/other"}, "manual__2") == "told"
    assert webhook.told == [
        (
            "/T/B",
            "Bearer s3cret",
            {"text": f"digits_x manual__1+00:00: refused: accuracy: 0.9 required; drift {PAGE}/manual__1%2B00%3A00"},
        ),
        ("/T/B", "Bearer s3cret", {"text": f"digits_x manual__2: failed: c, b: see the log {PAGE}/manual__2"}),
        ("/other", None, {"text": f"digits_x manual__2: task_failure {PAGE}/manual__2"}),
    ]


def test_a_connection_of_type_smtp_mails_it(airflow_env: dict[str, str], tmp_path: Path) -> None:
    record = {"ended_at": "2026-11-26T10:00:00+00:00", "verdict": "refused", "ending": "refused"}
    write_run(tmp_path, "manual__1", record | {"reasons": ["accuracy: 0.9 < 0.97, <b>not</b> served"]})
    with mailbox() as (port, received):
        extra = {"from_email": "digits@example.org", "to": "team@example.org", "disable_ssl": True, "disable_tls": True}
        connection = {"conn_type": "smtp", "host": "127.0.0.1", "port": port, "extra": extra}
        env = airflow_env | {"DIGITS_STORE": str(tmp_path), "AIRFLOW_CONN_ALERTS": json.dumps(connection)}
        assert tell(env, "manual__1") == "told"
        nowhere = connection | {"extra": {name: value for name, value in extra.items() if name != "to"}}
        lacking = tell(env | {"AIRFLOW_CONN_ALERTS": json.dumps(nowhere)}, "manual__1")
    assert lacking == "NotTold: connection alerts: nobody was told: KeyError None"
    (message,) = received
    said = "digits_x manual__1: refused: accuracy: 0.9 < 0.97, <b>not</b> served"
    assert (message["From"], message["To"]) == ("digits@example.org", "team@example.org")
    assert message["Subject"] == said
    text = message.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert html.unescape(text).strip() == f"{said} {PAGE}/manual__1" and "<b>" not in text


def test_when_nobody_can_be_told_the_connection_is_named_and_its_secret_is_not(airflow_env: dict[str, str]) -> None:
    with hook(answer=403) as webhook:
        refused = tell(airflow_env | {"AIRFLOW_CONN_ALERTS": f"{webhook.address}/T0/B0/s3cret"}, "r")
    assert refused == "NotTold: connection alerts: nobody was told: 403 None"
    gone = tell(airflow_env | {"AIRFLOW_CONN_ALERTS": f"{webhook.address}/T0/B0/s3cret"}, "r")
    assert gone == "NotTold: connection alerts: nobody was told: ConnectError None"
    wrong = tell(airflow_env | {"AIRFLOW_CONN_ALERTS": "ftp://user:s3cret@host"}, "r")
    assert wrong == "NotTold: connection alerts: type 'ftp' found, one of http, https, smtp expected None"
