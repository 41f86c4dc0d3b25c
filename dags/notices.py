"""Who is told of a run that failed: a webhook or a mailbox, by an Airflow connection. No DAG file itself.

Off unless DIGITS_NOTIFY names the connection. It is told by the DAG, in the DAG processor, so that a task that was
killed is told too, and so is one that never started.
"""

import html
import os
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from airflow.sdk import BaseNotifier, Connection
from airflow.sdk.configuration import conf

from pipeline_components.errors import DigitsError, StoreError

if TYPE_CHECKING:
    from airflow.sdk import Context

TIMEOUT_S = 10  # the DAG processor parses nothing meanwhile


class NotTold(DigitsError):
    """Raised when nobody could be told: the message names the connection, and never what is secret in it."""


class RunFailed(BaseNotifier):
    """Tells in one line which run failed, why, and where to look, through the connection `conn_id`."""

    template_fields = ()

    def __init__(self, conn_id: str) -> None:
        super().__init__()
        self.conn_id = conn_id

    def notify(self, context: "Context") -> None:
        """Send it; raises NotTold, which Airflow logs and counts."""
        connection = Connection.get(self.conn_id)
        ways = {"http": post, "https": post, "smtp": mail}
        kind = connection.conn_type or ""
        if kind not in ways:
            raise NotTold(f"connection {self.conn_id}: type {kind!r} found, one of {', '.join(ways)} expected")
        try:
            ways[kind](connection, line(context))
        except Exception as error:
            what = getattr(getattr(error, "response", None), "status_code", "") or type(error).__name__
            # an address may be a secret, and errors quote it
            raise NotTold(f"connection {self.conn_id}: nobody was told: {what}") from None


def on_failure() -> list[Callable[["Context"], None]]:
    """What a DAG calls when a run has failed: its `on_failure_callback`."""
    named = os.environ.get("DIGITS_NOTIFY")
    return [RunFailed(named)] if named else []


def line(context: Any) -> str:
    """What happened: the run, how it ended and why, and the page of the run."""
    dag_id, run_id = context["dag"].dag_id, context["run_id"]
    base = conf.get("api", "base_url", fallback="http://localhost:8080").rstrip("/")
    said = " ".join(f"{dag_id} {run_id}: {reason(context)}".split())
    return f"{said[:500]} {base}/dags/{dag_id}/runs/{quote(run_id)}"


def reason(context: Any) -> str:
    """How a run ended, as its record says; without one of this attempt, which tasks failed."""
    from tasks import open_store

    started = getattr(context.get("dag_run"), "start_date", None)
    try:
        record = open_store().run(context["run_id"])
        if not started or datetime.fromisoformat(record["ended_at"]) >= started.replace(microsecond=0):
            return f"{record.get('ending') or record['verdict']}: {'; '.join(record['reasons'])}"
    except (StoreError, OSError):
        pass
    return failed_tasks(context) or str(context.get("reason") or "failed")


def failed_tasks(context: Any) -> str:
    """The tasks that failed, in the DAG's order; empty where the context does not know the run's tasks."""
    if "ti" not in context:
        return ""
    dag, run_id = context["dag"], context["run_id"]
    states = context["ti"].get_task_states(dag.dag_id, run_ids=[run_id]).get(run_id, {})
    failed = [task.task_id for task in dag.topological_sort() if states.get(task.task_id) == "failed"]
    return f"failed: {', '.join(failed)}: see the log" if failed else ""


def post(connection: Any, text: str) -> None:
    """Send `{"text": …}`, the form that Slack and Mattermost take; the password, if any, is a bearer token."""
    import httpx

    headers = {"Authorization": f"Bearer {connection.password}"} if connection.password else {}
    httpx.post(address(connection), json={"text": text}, headers=headers, timeout=TIMEOUT_S).raise_for_status()


def address(connection: Any) -> str:
    """The URL of a connection: `host` may be all of it, as in Airflow's own HTTP connections."""
    host = connection.host or ""
    if "://" in host:
        return str(host)
    port = f":{connection.port}" if connection.port else ""
    return f"{connection.conn_type}://{host}{port}/{connection.schema or ''}"


def mail(connection: Any, text: str) -> None:
    """Send it to the address in the connection's extra `to`, from its `from_email`."""
    from airflow.providers.smtp.hooks.smtp import SmtpHook

    with SmtpHook(smtp_conn_id=connection.conn_id) as smtp:
        to, subject = connection.extra_dejson["to"], text.rpartition(" ")[0]
        smtp.send_email_smtp(to=to, subject=subject, html_content=html.escape(text))
