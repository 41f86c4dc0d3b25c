"""The parts of the local Airflow that need no Airflow: its home, its logs, its processes' environment, its notes."""

import configparser
import json
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline_components.local_airflow import processes
from pipeline_components.local_airflow.home import Home, Instance
from pipeline_components.local_airflow.retrain import note
from pipeline_components.local_airflow.watch import TaskLog, last_words, log_file, own_seconds


def test_a_home_keeps_its_secrets_over_configurations_and_to_itself(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "50% of it")
    written = []
    for port in (8080, 8081):
        home.configure(port)
        parser = configparser.ConfigParser()
        parser.read(home.path / "airflow.cfg")
        written.append(parser)
    first, second = written
    assert (first["api"]["port"], second["api"]["port"]) == ("8080", "8081")
    assert second["api"]["host"] == "127.0.0.1"
    assert second["core"]["execution_api_server_url"] == "http://127.0.0.1:8081/execution/"
    assert second["core"]["load_examples"] == "False"
    assert first["api_auth"]["jwt_secret"] == second["api_auth"]["jwt_secret"]
    assert second["core"]["simple_auth_manager_passwords_file"] == str(home.path / "passwords.json")
    assert json.loads((home.path / "passwords.json").read_text()) == {"admin": home.password}
    assert {stat.S_IMODE(file.stat().st_mode) for file in home.path.iterdir()} == {0o600}
    assert Home.at(tmp_path / "other").password != home.password


def test_one_process_at_a_time_has_a_home_and_a_killed_one_loses_it(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    with home.claimed() as mine:
        assert mine
        home.announce(Instance("up", os.getpid(), 8080, "/store"))
        with home.claimed() as also:
            assert not also
        assert home.instance() == Instance("up", os.getpid(), 8080, "/store")
    assert home.instance() is None
    code = (
        "import os, sys; from pathlib import Path; from pipeline_components.local_airflow.home import Home\n"
        "with Home.at(Path(sys.argv[1])).claimed(): os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False).returncode == -9
    with home.claimed() as mine:
        assert mine


def test_processes_are_found_by_their_mark_and_stopped_with_their_children(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    env = processes.environment(home, tmp_path / "store", "")
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
    monkeypatch.setenv("DIGITS_MANUAL_DIR", "originals")
    monkeypatch.setenv("DIGITS_BATCH_DIR", "scans")
    env = processes.environment(Home.at(tmp_path / "home"), tmp_path / "store", None)
    assert "AIRFLOW__CORE__DAGS_FOLDER" not in env
    assert env["DIGITS_STORE"] == str(tmp_path / "store")
    assert env["DIGITS_MANUAL_DIR"] == str(Path("originals").resolve())
    assert env["DIGITS_BATCH_DIR"] == str(Path("scans").resolve())


def test_ports() -> None:
    port = processes.free_port()
    assert processes.is_free(port)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        assert not processes.is_free(port)


def test_a_log_is_read_as_it_grows_and_never_half_a_line(tmp_path: Path) -> None:
    task = {"task_id": "train", "try_number": 1}
    file = log_file(tmp_path, "manual__1", task)
    log = TaskLog(file)
    assert list(log.entries()) == []
    file.parent.mkdir(parents=True)
    file.write_text('{"event": "epoch 1/2"}\n{"event": "epo')
    assert [entry["event"] for entry in log.entries()] == ["epoch 1/2"]
    with file.open("a") as more:
        more.write('ch 2/2"}\nnot json\n')
    assert [entry["event"] for entry in log.entries()] == ["epoch 2/2", "not json"]
    with file.open("a") as more:
        more.write('{"event": "Task failed", "error_detail": [{"exc_type": "OSError", "exc_value": "disk full"}]}\n')
        more.write('{"event": "::group::Post Execute"}\n{"event": "::endgroup::"}\n')
    assert last_words(file, 2) == ["Task failed", "OSError: disk full"]


def test_a_tasks_own_seconds() -> None:
    task = {"start_date": "2026-11-22T08:00:00.5Z", "end_date": "2026-11-22T08:00:02Z"}
    assert own_seconds(task) == 1.5
    assert own_seconds(task | {"end_date": None}) is None


def test_a_note_says_verdict_reasons_and_what_is_served() -> None:
    record = {"verdict": "refused", "reasons": ["accuracy too low"], "accuracy": 0.5, "dataset": "mnist_sample"}
    served = {"served_version": 3, "report": "/store/report/1/report.html"}
    assert note(record | served).splitlines() == [
        "**refused**: accuracy 0.5000 on mnist_sample",
        "- accuracy too low",
        "- version 3 is served",
        "- report: `/store/report/1/report.html`",
    ]
    assert note({"verdict": "failed", "reasons": ["train: disk full"]}) == "**failed**\n- train: disk full"
