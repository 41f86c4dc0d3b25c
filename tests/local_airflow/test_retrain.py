"""Before a run and after it: what a killed Airflow has left, what a person has paused, what a failure is told as."""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from pipeline_components.errors import BadConfig
from pipeline_components.local_airflow import processes, retrain
from pipeline_components.local_airflow.home import Home, Instance
from pipeline_components.local_airflow.rest import FOLLOWER
from pipeline_components.local_airflow.retrain import Running, _failure, _joined, let_follower_end, serve

LISTEN = "import socket, sys, time; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); print(); time.sleep(60)"


def failed(component: str, ending: str, message: str) -> dict:
    return {"failures": [{"component": component, "kind": "", "ending": ending, "message": message}]}


@pytest.mark.parametrize(
    ("record", "exit_code", "said"),
    [
        (failed("validate_parameters", "bad parameter", "epochs: 0 found"), 2, "epochs: 0 found"),
        (failed("ingest", "no data", "mnist: no route: try again"), 2, "mnist: no route: try again"),
        (failed("train", "a bug", "TypeError: 3"), 1, "train failed in run__1: TypeError: 3: see /home/logs"),
        (failed("train", "interrupted", "killed"), 1, "train failed in run__1: killed: see /home/logs"),
        (None, 1, "run__1 failed: see /home/logs"),
    ],
)
def test_a_failure_is_told_from_the_runs_record(record, exit_code, said):
    error = _failure(Home(Path("/home")), "run__1", record)
    assert (error.exit_code, str(error)) == (exit_code, said)


class Answers:
    """An Airflow that answers what it is given, and remembers what it was told."""

    address, password = "http://127.0.0.1:1", "password"

    def __init__(self, paused=(), events=()):
        self.paused, self.told = set(paused), []
        self.events = iter(events)

    def is_up(self):
        return True

    def dag(self, name="digits_retraining"):
        return {"is_paused": name in self.paused}

    def is_paused(self, name="digits_retraining"):
        return name in self.paused

    def set_paused(self, paused):
        self.told.append(paused)

    def asset_events(self, run_id):
        return next(self.events)


class Up(Exception):
    """Raised where Airflow would begin to serve."""


@pytest.fixture
def started(monkeypatch):
    """Starts nothing: the Airflow that would be there is this one."""
    airflow = Answers()

    @contextmanager
    def start(home, store, mode, port):
        yield Running(airflow, Instance(mode, os.getpid(), port, str(store)), lambda: None)

    monkeypatch.setattr(retrain, "_started", start)
    monkeypatch.setattr(retrain, "Notes", lambda airflow, store: (_ for _ in ()).throw(Up))
    return airflow


def test_a_port_that_a_killed_airflow_of_this_home_still_holds_is_freed(tmp_path, started, capsys):
    home, port = Home.at(tmp_path), processes.free_port()
    env = processes.environment(home, tmp_path / "store", scheduled=True)
    orphan = subprocess.Popen([sys.executable, "-c", LISTEN, str(port)], env=env, stdout=subprocess.PIPE)
    orphan.stdout.readline()
    assert not processes.is_free(port)
    with pytest.raises(Up):
        serve(home, tmp_path / "store", port, lambda: "notice")
    assert orphan.wait(timeout=10) and processes.is_free(port)
    assert "stopping what an Airflow killed here has left (1 processes)" in capsys.readouterr().err


def test_what_is_paused_stays_paused_where_airflow_serves_and_is_said(tmp_path, started, capsys):
    started.paused.add("digits_retraining")
    with pytest.raises(Up):
        serve(Home.at(tmp_path), tmp_path / "store", processes.free_port(), lambda: "trains on letters")
    assert started.told == []
    said = capsys.readouterr().err
    assert "digits_retraining is paused, as it was left" in said and "trains on letters" in said


def test_a_run_in_an_airflow_of_its_own_leaves_paused_what_was(tmp_path, started):
    for paused, told in (((), []), (("digits_retraining",), [False, True])):
        started.paused, started.told = set(paused), []
        with pytest.raises(Up), retrain._running_or_own(Home.at(tmp_path), tmp_path / "store"):
            raise Up
        assert started.told == told


def test_a_run_that_could_not_start_in_the_airflow_that_is_up_is_refused(tmp_path, monkeypatch):
    home, other = Home.at(tmp_path), Instance("up", 1, 8080, "store")
    airflow = Answers(paused=["digits_retraining"])
    monkeypatch.setattr(retrain, "Airflow", lambda address, password: airflow)
    with pytest.raises(BadConfig, match=r"digits_retraining is paused in the Airflow at http://127\.0\.0\.1:8080: let"):
        _joined(home, other)
    airflow.paused.clear()
    assert _joined(home, other).instance == other
    assert airflow.told == []


def run_of(state):
    return [{"created_dagruns": [{"dag_id": FOLLOWER, "state": state}]}]


@pytest.mark.parametrize(
    ("paused", "events", "left"),
    [
        ((), [[{"created_dagruns": []}]] * 2 + [run_of("queued"), run_of("running"), run_of("success"), []], 1),
        ((), [[], run_of("running")], 1),
        ((FOLLOWER,), [run_of("queued"), run_of("running")], 1),
    ],
    ids=["until its run has ended", "nothing else is served", "it does not run"],
)
def test_the_run_that_another_version_starts_is_waited_for(paused, events, left):
    airflow = Answers(paused, events)
    let_follower_end(SimpleNamespace(airflow=airflow, check=lambda: None), "run__1")
    assert len(list(airflow.events)) == left


def test_a_run_that_does_not_end_is_not_waited_for_without_end(monkeypatch, capsys):
    monkeypatch.setattr(retrain, "FOLLOWER_S", 0)
    let_follower_end(SimpleNamespace(airflow=Answers((), [run_of("queued")] * 9), check=lambda: None), "run__1")
    assert f"{FOLLOWER} has not ended after 0 s: trigger it again" in capsys.readouterr().err
