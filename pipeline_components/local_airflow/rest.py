"""Airflow's REST API, as much of it as a retraining needs."""

import contextlib
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote

from pipeline_components.errors import BadConfig
from pipeline_components.local_airflow.home import USER
from pipeline_components.local_airflow.processes import AirflowError

Found = TypeVar("Found")
DAG = "digits_retraining"
TIMEOUT_S = 60  # a training takes every core: the API server may be slow to answer
PATIENCE_S = 30  # how long a request that may be repeated is, while the API server answers 5xx
RETRY_S = 1


class Unanswered(AirflowError):
    """Raised when Airflow could not do what was asked, and may be able to a moment later."""


@dataclass
class Airflow:
    """An Airflow that answers at `address`, asked as USER."""

    address: str
    password: str
    _token: str = field(default="", repr=False)

    def is_up(self) -> bool:
        """Whether the API server, its database and the scheduler are at work."""
        try:
            self._send("GET", "/execution/health")  # the first one takes seconds: better now than in the first task
            health = self._send("GET", "/api/v2/monitor/health")
        except AirflowError:
            return False
        return all(health[part]["status"] == "healthy" for part in ("metadatabase", "scheduler"))

    def dag(self) -> dict[str, Any] | None:
        """What Airflow knows of the DAG, None until it has been parsed."""
        try:
            return self.ask("GET", f"/api/v2/dags/{DAG}/details")
        except AirflowError:
            return None

    def parsed_at(self) -> float:
        """When the DAG's file was last read, in seconds since the epoch; 0 for never."""
        dag = self.dag()
        return datetime.fromisoformat(dag["last_parsed_time"]).timestamp() if dag and not dag["is_stale"] else 0.0

    def import_errors(self) -> list[str]:
        """Why DAG files could not be imported, if so."""
        found = self.ask("GET", "/api/v2/importErrors")
        return [f"{error['filename']}: {error['stack_trace'].strip()}" for error in found["import_errors"]]

    def unpause(self) -> None:
        """Let the DAG's runs start."""
        self.ask("PATCH", f"/api/v2/dags/{DAG}?update_mask=is_paused", {"is_paused": False})

    def trigger(self, parameters: dict[str, Any]) -> str:
        """Ask for a run with these parameters; its id. Raises BadConfig when they break the DAG's schema."""
        body = {"logical_date": None, "conf": parameters}
        return str(self.ask("POST", f"/api/v2/dags/{DAG}/dagRuns", body)["dag_run_id"])

    def run(self, run_id: str) -> dict[str, Any]:
        """The run's state, times and note."""
        return self.ask("GET", f"/api/v2/dags/{DAG}/dagRuns/{quote(run_id)}")

    def runs(self, limit: int = 10) -> list[dict[str, Any]]:
        """The newest runs, newest first."""
        found = self.ask("GET", f"/api/v2/dags/{DAG}/dagRuns?order_by=-run_after&limit={limit}")
        return list(found["dag_runs"])

    def change_run(self, run_id: str, **change: str) -> None:
        """Set the run's state or note."""
        mask = "&".join(f"update_mask={name}" for name in change)
        self.ask("PATCH", f"/api/v2/dags/{DAG}/dagRuns/{quote(run_id)}?{mask}", change)

    def tasks(self, run_id: str) -> list[dict[str, Any]]:
        """Every task instance of the run, with state, times and try number."""
        found = self.ask("GET", f"/api/v2/dags/{DAG}/dagRuns/{quote(run_id)}/taskInstances")
        return list(found["task_instances"])

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """The answer to any request; raises BadConfig when what was posted is wrong, AirflowError otherwise."""
        if not self._token:
            login = {"username": USER, "password": self.password}
            self._token = self._send("POST", "/auth/token", login)["access_token"]
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                return self._send(method, path, body)
            except Unanswered:
                if method == "POST" or time.monotonic() > deadline:
                    raise
            time.sleep(RETRY_S)

    def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"} | (
            {"Authorization": f"Bearer {self._token}"} if self._token else {}
        )
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            detail = _detail(error)
            if error.code == 400 and method == "POST":
                raise BadConfig(detail) from None
            kind = Unanswered if error.code >= 500 else AirflowError
            raise kind(f"Airflow answered {error.code} to {method} {path}: {detail}") from None
        except OSError as error:
            raise AirflowError(f"Airflow at {self.address} does not answer {method} {path}: {error}") from None


def _detail(error: urllib.error.HTTPError) -> str:
    """Airflow's own words for what was wrong, in one line."""
    text = error.read().decode(errors="replace")
    with contextlib.suppress(json.JSONDecodeError, KeyError, TypeError):
        text = str(json.loads(text)["detail"])
    return next(iter(text.strip().splitlines()), error.reason)


def wait_for(look: Callable[[], Found], timeout_s: float, what: str, every_s: float = 0.2) -> Found:
    """What `look` finds as soon as it finds something; AirflowError after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(every_s)
    raise AirflowError(f"{what} after {timeout_s:.0f} s")
