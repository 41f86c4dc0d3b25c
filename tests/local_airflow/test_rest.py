"""Asking Airflow's REST API: what is asked again, what is not, and what is said when no answer comes."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from tenacity import stop_after_delay, wait_none

from pipeline_components.errors import BadConfig
from pipeline_components.local_airflow.processes import AirflowError, free_port
from pipeline_components.local_airflow.rest import Airflow, Unanswered, wait_for


class Scripted(ThreadingHTTPServer):
    """Answers each request that has its token with the next of `codes`, and makes the runs it is asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.codes: list[int] = []
        self.token = "first"
        self.fails_late = False  # an answer 500 has made its run all the same
        self.asked: list[str] = []
        self.runs: list[str] = []

    def make(self, run_id: str, code: int) -> int:
        """The code that a trigger is answered with."""
        if run_id in self.runs:
            return 409
        if code == 200 or self.fails_late:
            self.runs.append(run_id)
        return code


class Handler(BaseHTTPRequestHandler):
    server: Scripted

    def answer(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or "{}")
        if self.path == "/auth/token":
            self.reply(200 if told == {"username": "admin", "password": "password"} else 401)
        elif self.headers.get("Authorization") != f"Bearer {self.server.token}":
            self.reply(401)
        else:
            self.server.asked.append(f"{self.command} {self.path}")
            code = self.server.codes.pop(0)
            self.reply(self.server.make(told["dag_run_id"], code) if self.command == "POST" else code)

    def reply(self, code: int) -> None:
        body = {"access_token": self.server.token, "detail": f"answer {code}\nand more", "import_errors": IMPORT_ERRORS}
        self.send_response(code)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    do_GET = do_POST = do_PATCH = answer

    def log_message(self, format: str, *args: object) -> None:
        pass


IMPORT_ERRORS = [{"filename": "a.py", "stack_trace": "Traceback …\n  File …\nBadConfig: not a schedule\n"}]
TRIGGER = "POST /api/v2/dags/digits_retraining/dagRuns"


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    monkeypatch.setattr(Airflow.ask.retry, "wait", wait_none())
    server = Scripted()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def ask(server: Scripted, *codes: int, password: str = "password") -> Airflow:
    server.codes[:] = codes
    return Airflow(f"http://127.0.0.1:{server.server_port}", password)


def test_a_change_is_asked_again_while_airflow_is_busy(scripted: Scripted) -> None:
    ask(scripted, 500, 503, 200).change_run("a+b", note="blessed")
    assert scripted.asked == ["PATCH /api/v2/dags/digits_retraining/dagRuns/a%2Bb?update_mask=note"] * 3


@pytest.mark.parametrize("fails_late", [False, True], ids=["before it makes the run", "after it has made the run"])
def test_a_trigger_that_fails_is_repeated_and_makes_one_run(scripted: Scripted, fails_late: bool) -> None:
    scripted.fails_late = fails_late
    run_id = ask(scripted, 500, 200).trigger({})
    assert scripted.runs == [run_id]
    assert scripted.asked == [TRIGGER] * 2


def test_two_triggers_are_two_runs(scripted: Scripted) -> None:
    airflow = ask(scripted, 200, 200)
    assert [airflow.trigger({}), airflow.trigger({})] == scripted.runs
    assert len(set(scripted.runs)) == 2
    assert all(run_id.startswith("manual__") for run_id in scripted.runs)


def test_a_token_that_has_expired_is_asked_for_again(scripted: Scripted) -> None:
    airflow = ask(scripted, 200, 200)
    airflow.run("run")
    scripted.token = "second"
    airflow.run("run")
    assert len(scripted.asked) == 2


def test_a_wrong_password_is_said_and_asked_once(scripted: Scripted) -> None:
    with pytest.raises(AirflowError, match=r"answered 401 to GET .*: answer 401$"):
        ask(scripted, password="wrong").run("run")
    assert scripted.asked == []


def test_what_airflow_refuses_is_said_in_one_line(scripted: Scripted) -> None:
    with pytest.raises(BadConfig, match=r"^answer 400$"):
        ask(scripted, 400).trigger({})
    with pytest.raises(AirflowError, match="answered 409 to PATCH"):
        ask(scripted, 409).change_run("run", note="")
    assert ask(scripted, 404).dag() is None
    assert not ask(scripted, 404).is_paused()
    assert ask(scripted, 200).import_errors() == ["a.py: BadConfig: not a schedule"]


def test_patience_ends(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Airflow.ask.retry, "stop", stop_after_delay(0))
    with pytest.raises(Unanswered, match="answered 502"):
        ask(scripted, 502, 502).run("run")


def test_an_airflow_that_is_not_there_is_not_up_and_not_waited_for() -> None:
    airflow = Airflow(f"http://127.0.0.1:{free_port()}", "password")
    assert not airflow.is_up()
    with pytest.raises(AirflowError, match=r"does not answer GET /api/v2/.*: .*refused") as caught:
        airflow.run("run")
    assert not isinstance(caught.value, Unanswered)


def test_what_is_waited_for_is_given_and_what_does_not_come_is_an_error() -> None:
    found = iter([None, {}, "it"])
    assert wait_for(lambda: next(found), timeout_s=60, what="nothing", every_s=0) == "it"
    with pytest.raises(AirflowError, match=r"^it did not come after 0 s$"):
        wait_for(lambda: None, timeout_s=0, what="it did not come")
