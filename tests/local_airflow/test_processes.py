"""Airflow's processes: what they see of their surroundings, how they are found, and that all of them stop."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline_components.local_airflow import processes
from pipeline_components.local_airflow.home import Home


def test_processes_are_found_by_their_mark_and_stopped_with_their_children(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    env = processes.environment(home, tmp_path / "store", scheduled=False)
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {stubborn!r}], start_new_session=True)"
    parent = subprocess.Popen([sys.executable, "-c", code], env=env, start_new_session=True)
    while len(processes.living(home)) < 2:
        assert parent.poll() is None
    processes.stop_all(home)
    parent.wait()
    assert processes.living(home) == []


def test_tasks_see_our_settings_and_none_of_the_callers_airflow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__DAGS_FOLDER", "/elsewhere")
    monkeypatch.setenv("AIRFLOW__METRICS__STATSD_ON", "True")
    monkeypatch.setenv("AIRFLOW_CONN_ALERTS", "http://alerts")
    monkeypatch.setenv("DIGITS_MANUAL_DIR", "originals")
    monkeypatch.setenv("DIGITS_BATCH_DIR", "scans")
    env = processes.environment(Home.at(tmp_path / "home"), tmp_path / "store", scheduled=True)
    assert "AIRFLOW__CORE__DAGS_FOLDER" not in env
    assert (env["AIRFLOW__METRICS__STATSD_ON"], env["AIRFLOW_CONN_ALERTS"]) == ("True", "http://alerts")
    assert env["DIGITS_STORE"] == str(tmp_path / "store")
    assert env["DIGITS_MANUAL_DIR"] == str(Path("originals").resolve())
    assert env["DIGITS_BATCH_DIR"] == str(Path("scans").resolve())


@pytest.mark.parametrize(("scheduled", "retraining", "housekeeping"), [(True, "@daily", None), (False, "none", "none")])
def test_nothing_is_scheduled_where_one_retraining_runs(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    scheduled: bool,
    retraining: str,
    housekeeping: str | None,
) -> None:
    monkeypatch.setenv("DIGITS_SCHEDULE", "@daily")
    monkeypatch.delenv("DIGITS_HOUSEKEEPING_SCHEDULE", raising=False)
    env = processes.environment(Home.at(tmp_path / "home"), tmp_path / "store", scheduled=scheduled)
    assert (env["DIGITS_SCHEDULE"], env.get("DIGITS_HOUSEKEEPING_SCHEDULE")) == (retraining, housekeeping)


def test_ports() -> None:
    port = processes.free_port()
    assert processes.is_free(port)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        assert not processes.is_free(port)
