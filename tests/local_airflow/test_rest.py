"""Asking Airflow's REST API: what is asked again, what is not, and what is said when no answer comes."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pipeline_components.errors import BadConfig
from pipeline_components.local_airflow import rest
from pipeline_components.local_airflow.processes import AirflowError, free_port
from pipeline_components.local_airflow.rest import Airflow


class Scripted(ThreadingHTTPServer):
    """Answers each request with the next of `codes`, and a login always."""

    def __init__(self, codes: list[int]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.codes = codes
        self.asked: list[str] = []


class Handler(BaseHTTPRequestHandler):
    server: Scripted

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        code, body = 200, {"access_token": "token", "dag_run_id": "run"}
        if self.path != "/auth/token":
            self.server.asked.append(f"{self.command} {self.path}")
            code = self.server.codes.pop(0)
            body |= {"detail": f"answer {code}\nand more"}
        self.send_response(code)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    do_GET = do_POST = do_PATCH = answer

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    monkeypatch.setattr(rest, "RETRY_S", 0)
    server = Scripted([])
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def ask(server: Scripted, *codes: int) -> Airflow:
    server.codes[:] = codes
    return Airflow(f"http://127.0.0.1:{server.server_port}", "password")


def test_a_change_is_asked_again_while_airflow_is_busy(scripted: Scripted) -> None:
    ask(scripted, 500, 503, 200).change_run("a+b", note="blessed")
    assert scripted.asked == ["PATCH /api/v2/dags/digits_retraining/dagRuns/a%2Bb?update_mask=note"] * 3


def test_a_trigger_is_never_asked_twice(scripted: Scripted) -> None:
    with pytest.raises(AirflowError, match=r"answered 500 to POST .*: answer 500$"):
        ask(scripted, 500, 200).trigger({})
    assert len(scripted.asked) == 1


def test_what_airflow_refuses_is_said_in_one_line(scripted: Scripted) -> None:
    with pytest.raises(BadConfig, match=r"^answer 400$"):
        ask(scripted, 400).trigger({})
    with pytest.raises(AirflowError, match="answered 409 to PATCH"):
        ask(scripted, 409).change_run("run", note="")
    assert ask(scripted, 404).dag() is None


def test_patience_ends(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest, "PATIENCE_S", 0)
    with pytest.raises(rest.Unanswered, match="answered 502"):
        ask(scripted, 502, 502).run("run")


def test_an_airflow_that_is_not_there_is_not_up() -> None:
    airflow = Airflow(f"http://127.0.0.1:{free_port()}", "password")
    assert not airflow.is_up()
    with pytest.raises(AirflowError, match=r"does not answer POST /auth/token: .*refused"):
        airflow.run("run")
