"""Airflow's REST API, as much of it as a retraining needs."""

import contextlib
import operator
import secrets
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from tenacity import (
    RetryError,
    Retrying,
    retry,
    retry_if_exception_type,
    retry_if_result,
    stop_after_delay,
    wait_fixed,
)

from pipeline_components.errors import BadConfig, first_line
from pipeline_components.local_airflow.home import USER
from pipeline_components.local_airflow.processes import AirflowError

Found = TypeVar("Found")
DAG = "digits_retraining"
FOLLOWER = "digits_batch_predict"  # started by an asset event of DAG
TIMEOUT_S = 60  # a training takes every core: the API server may be slow to answer
PATIENCE_S = 30  # how long a request is repeated while the API server answers 5xx
RETRY_S = 1


class Unanswered(AirflowError):
    """Raised when Airflow could not do what was asked, and may be able to a moment later."""


class Exists(AirflowError):
    """Raised when what was to be made is there already."""


class Login(httpx.Auth):
    """USER's token with every request, asked for when there is none yet and again when it has expired."""

    requires_response_body = True

    def __init__(self, password: str) -> None:
        self._password = password
        self._token = ""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the request; where the token is not taken, log in and send it again."""
        answer = yield self._signed(request)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            login = {"username": USER, "password": self._password}
            answer = yield httpx.Request("POST", request.url.join("/auth/token"), json=login)
            if answer.is_success:
                self._token = answer.json()["access_token"]
                yield self._signed(request)

    def _signed(self, request: httpx.Request) -> httpx.Request:
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


@dataclass
class Airflow:
    """An Airflow that answers at `address`, asked as USER."""

    address: str
    password: str = field(repr=False)
    _http: httpx.Client = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # Not by a proxy that the environment names: Airflow is on this machine.
        self._http = httpx.Client(base_url=self.address, auth=Login(self.password), timeout=TIMEOUT_S, trust_env=False)

    def is_up(self) -> bool:
        """Whether the API server, its database and the scheduler are at work."""
        try:
            self._send("GET", "/execution/health")  # the first one takes seconds: better now than in the first task
            health = self._send("GET", "/api/v2/monitor/health")
        except AirflowError:
            return False
        return all(health[part]["status"] == "healthy" for part in ("metadatabase", "scheduler"))

    def dag(self, name: str = DAG) -> dict[str, Any] | None:
        """What Airflow knows of the DAG, None until it has been parsed."""
        try:
            return self.ask("GET", f"/api/v2/dags/{name}/details")
        except AirflowError:
            return None

    def is_paused(self, name: str = DAG) -> bool:
        """Whether the DAG's runs wait until somebody lets them start."""
        return bool((self.dag(name) or {"is_paused": False})["is_paused"])

    def parsed_at(self) -> float:
        """When the DAG's file was last read, in seconds since the epoch; 0 for never."""
        dag = self.dag()
        return datetime.fromisoformat(dag["last_parsed_time"]).timestamp() if dag and not dag["is_stale"] else 0.0

    def import_errors(self) -> list[str]:
        """Why DAG files could not be imported, if so: one line for each."""
        found = self.ask("GET", "/api/v2/importErrors")["import_errors"]
        return [f"{error['filename']}: {error['stack_trace'].strip().splitlines()[-1]}" for error in found]

    def set_paused(self, paused: bool) -> None:
        """Keep the DAG's runs from starting, or let them start."""
        self.ask("PATCH", f"/api/v2/dags/{DAG}?update_mask=is_paused", {"is_paused": paused})

    def trigger(self, parameters: dict[str, Any]) -> str:
        """Ask for a run with these parameters; its id. Raises BadConfig when they break the DAG's schema.

        The id is chosen here, so that the request can be repeated: what an answer 500 has made all the same is there.
        """
        run_id = f"manual__{datetime.now(UTC).isoformat()}_{secrets.token_hex(4)}"
        body = {"dag_run_id": run_id, "logical_date": None, "conf": parameters}
        with contextlib.suppress(Exists):
            self.ask("POST", f"/api/v2/dags/{DAG}/dagRuns", body)
        return run_id

    def run(self, run_id: str) -> dict[str, Any]:
        """The run's state, times and note."""
        return self.ask("GET", f"/api/v2/dags/{DAG}/dagRuns/{quote(run_id)}")

    def runs(self, limit: int = 10) -> list[dict[str, Any]]:
        """The newest runs, newest first."""
        found = self.ask("GET", f"/api/v2/dags/{DAG}/dagRuns?order_by=-run_after&limit={limit}")
        return list(found["dag_runs"])

    def ended_runs(self, since: str | None) -> list[dict[str, Any]]:
        """Every run that has ended, or ended at this time or after it, oldest end first."""
        found: list[dict[str, Any]] = []
        ended = "&".join(["state=success", "state=failed", *([f"end_date_gte={quote(since)}"] if since else [])])
        while True:
            path = f"/api/v2/dags/{DAG}/dagRuns?order_by=end_date&limit=100&offset={len(found)}&{ended}"
            page = self.ask("GET", path)["dag_runs"]
            found += page
            if len(page) < 100:
                return found

    def asset_events(self, run_id: str) -> list[dict[str, Any]]:
        """The asset events that the run has emitted, each with the runs of other DAGs that it has started."""
        found = self.ask("GET", f"/api/v2/assets/events?source_run_id={quote(run_id)}")["asset_events"]
        return list(found)

    def change_run(self, run_id: str, **change: str) -> None:
        """Set the run's state or note."""
        mask = "&".join(f"update_mask={name}" for name in change)
        self.ask("PATCH", f"/api/v2/dags/{DAG}/dagRuns/{quote(run_id)}?{mask}", change)

    def tasks(self, run_id: str) -> list[dict[str, Any]]:
        """Every task instance of the run, with state, times and try number."""
        found = self.ask("GET", f"/api/v2/dags/{DAG}/dagRuns/{quote(run_id)}/taskInstances")
        return list(found["task_instances"])

    @retry(
        retry=retry_if_exception_type(Unanswered),
        stop=stop_after_delay(PATIENCE_S),
        wait=wait_fixed(RETRY_S),
        reraise=True,
    )
    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """The answer to a request that may be repeated.

        Raises BadConfig when what was posted is wrong, AirflowError when there is no answer or another one.
        """
        return self._send(method, path, body)

    def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            answer = self._http.request(method, path, json=body)
        except httpx.TransportError as error:
            kind = AirflowError if isinstance(error, httpx.ConnectError) else Unanswered
            raise kind(f"Airflow at {self.address} does not answer {method} {path}: {first_line(error)}") from None
        if answer.is_success:
            return dict(answer.json())
        detail = _detail(answer)
        if answer.status_code == httpx.codes.BAD_REQUEST and method == "POST":
            raise BadConfig(detail)
        if answer.status_code == httpx.codes.CONFLICT and method == "POST":
            raise Exists(detail)
        kind = Unanswered if answer.is_server_error else AirflowError
        raise kind(f"Airflow answered {answer.status_code} to {method} {path}: {detail}")


def _detail(answer: httpx.Response) -> str:
    """Airflow's own words for what was wrong, in one line."""
    text = answer.text
    with contextlib.suppress(ValueError, KeyError, TypeError):
        text = str(answer.json()["detail"])
    return next(iter(text.strip().splitlines()), answer.reason_phrase)


def wait_for(look: Callable[[], Found], timeout_s: float, what: str, every_s: float = 0.2) -> Found:
    """What `look` finds as soon as it finds something; AirflowError after `timeout_s`."""
    looking = Retrying(retry=retry_if_result(operator.not_), stop=stop_after_delay(timeout_s), wait=wait_fixed(every_s))
    try:
        return looking(look)
    except RetryError:
        raise AirflowError(f"{what} after {timeout_s:.0f} s") from None
