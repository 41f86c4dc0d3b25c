"""Airflow as the tests here use it: started by the command that people type, asked over REST, read in its logs."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from pipeline_components.local_airflow.home import REPOSITORY, USER, Home
from pipeline_components.local_airflow.processes import free_port, living
from pipeline_components.local_airflow.rest import Airflow, wait_for
from pipeline_components.local_airflow.watch import ENDED, TaskLog, log_file, own_seconds
from tests.kits.mapped import listening_on, packages_in

TOKEN = """
import sys
from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
user, role = sys.argv[1:]
print(SimpleAuthManager().generate_jwt(SimpleAuthManagerUser(username=user, role=role)))
"""
if TYPE_CHECKING:
    from playwright.sync_api import Page

PATIENCE_S = 900  # a busy machine is no failure

RUN_TASK = """
import importlib, json, logging, sys
from airflow.sdk.execution_time.context import set_current_context

module, function, params = sys.argv[1:]
said = logging.getLogger("pipeline_components.dag")
said.addHandler(logging.StreamHandler(sys.stdout))
said.propagate = False

class TaskInstance(dict):
    xcom_push = dict.__setitem__
    task_id = function

ti = TaskInstance()
with set_current_context({"ti": ti, "params": json.loads(params), "run_id": "r"}):
    try:
        told = {"result": getattr(importlib.import_module(module), function)()}
    except (Exception, SystemExit) as error:
        told = {"raised": f"{type(error).__name__}: {error}"}
print(json.dumps(told | {"xcom": ti}))
"""


def python(code: str, environment: dict[str, str], *arguments: str) -> str:
    """The last line that a fresh process prints."""
    return printed(code, environment, *arguments)[-1]


def printed(code: str, environment: dict[str, str], *arguments: str) -> list[str]:
    """Every line that a fresh process prints."""
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def run_task(module: str, function: str, environment: dict[str, str], params: dict[str, Any]) -> dict[str, Any]:
    """A task's body, run as Airflow would: its `result` or what it `raised`, what it left in `xcom`, what it `said`."""
    *said, told = printed(RUN_TASK, environment, module, function, json.dumps(params))
    return dict(json.loads(told)) | {"said": said}


@dataclass
class Place:
    """An AIRFLOW_HOME, an artifact store, a folder of images, and the command that works on them."""

    home: Home
    store: Path
    images: Path
    environment: dict[str, str] = field(default_factory=dict)

    def start(self, verb: str, *arguments: str) -> subprocess.Popen[str]:
        """The command, under way in a process group of its own, as a shell would start it."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "DIGITS"))}
        folders = {
            "DIGITS_AIRFLOW_HOME": str(self.home.path),
            "DIGITS_STORE": str(self.store),
            "DIGITS_BATCH_DIR": str(self.images),
        }
        return subprocess.Popen(
            [sys.executable, "-m", "pipeline_components.commands.local_airflow", verb, *arguments],
            cwd=REPOSITORY,
            env=clean | folders | {"PYTHONPATH": str(REPOSITORY)} | self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
        )

    def run(self, verb: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The command, to its end."""
        process = self.start(verb, *arguments)
        stdout, stderr = process.communicate(timeout=PATIENCE_S)
        return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)

    def up(self) -> "Served":
        """Airflow as `up` serves it, ready for runs."""
        port = free_port()
        process = self.start("up", "--port", str(port))
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            said.append(line)
            if line.startswith("Airflow is up"):
                return Served(self, process, Airflow(f"http://127.0.0.1:{port}", self.home.password), line)
        raise AssertionError(f"up ended with {process.wait()}: {''.join(said)}")


@dataclass
class Served:
    """A running `up`."""

    place: Place
    process: subprocess.Popen[str]
    airflow: Airflow
    announcement: str

    def finish(self, run_id: str) -> dict[str, Any]:
        """The run, once it has ended."""
        deadline = time.monotonic() + PATIENCE_S
        while (run := self.airflow.run(run_id))["state"] not in ENDED:
            assert time.monotonic() < deadline, f"{run_id} is still {run['state']}"
            time.sleep(0.5)
        return run

    def note(self, run_id: str) -> str:
        """What `up` notes of an ended run, a few seconds after its end."""
        return wait_for(lambda: self.airflow.run(run_id)["note"], PATIENCE_S, f"{run_id} has no note")

    def states(self, run_id: str) -> dict[str, str]:
        """Task → state."""
        return {task["task_id"]: task["state"] for task in self.airflow.tasks(run_id)}

    def seconds(self, run_id: str) -> dict[str, float]:
        """Task → seconds from its start to its end."""
        return {task["task_id"]: own_seconds(task) or 0.0 for task in self.airflow.tasks(run_id)}

    def words(self, run_id: str, task_id: str) -> list[str]:
        """The last lines of a task's log, an exception as its type and message."""
        (task,) = [task for task in self.airflow.tasks(run_id) if task["task_id"] == task_id]
        words = []
        for entry in TaskLog(log_file(self.place.home.logs, run_id, task)).entries():
            words.append(str(entry.get("event", "")))
            words += [f"{raised['exc_type']}: {raised['exc_value']}" for raised in entry.get("error_detail") or ()]
        return [word for word in words if word and not word.startswith("::")][-100:]  # :: folds lines in Airflow's UI

    def pages(self) -> httpx.Client:
        """The store's pages, somebody logged in."""
        login = {"username": USER, "password": self.place.home.password}
        told = httpx.post(f"{self.airflow.address}/auth/token", json=login, trust_env=False, timeout=60).json()
        bearer = {"Authorization": f"Bearer {told['access_token']}"}
        return httpx.Client(base_url=f"{self.airflow.address}/digits", headers=bearer, trust_env=False, timeout=60)

    def packages(self) -> set[str]:
        """What its API server has loaded, seen from outside: installed packages with a shared library."""
        servers = listening_on(urlsplit(self.airflow.address).port or 0, living(self.place.home))
        assert servers
        return {each for pid in servers for each in packages_in(pid)}

    def client(self, user: str, role: str) -> httpx.Client:
        """Requests of a user of that role, by a token as this Airflow signs them."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
        token = python(TOKEN, clean | {"AIRFLOW_HOME": str(self.place.home.path)}, user, role)
        signed = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.airflow.address, headers=signed, trust_env=False, timeout=120)

    def interrupt(self, number: int) -> int:
        """Send a signal; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=60)


def log_in(page: "Page", served: Served) -> None:
    """Open Airflow's UI in a browser as the one who started it."""
    page.goto(served.airflow.address)
    page.get_by_label("Username").fill(USER)
    page.get_by_label("Password").fill(served.place.home.password)
    page.get_by_role("button", name="Sign in").click()
