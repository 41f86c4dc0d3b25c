"""What another terminal is told of a home, and that nothing runs there once it has been stopped."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline_components.local_airflow import control, processes
from pipeline_components.local_airflow.control import Standing, standing, stop
from pipeline_components.local_airflow.home import REPOSITORY, Home
from pipeline_components.local_airflow.processes import AirflowError, living

# A command that holds the home with one process of Airflow's, as `up` does; {0} is what it does before it announces.
HOLD = """
import os, signal, subprocess, sys, time
from pathlib import Path
from pipeline_components.local_airflow import processes
from pipeline_components.local_airflow.home import Home, Instance

def end(*_):
    raise SystemExit

signal.signal(signal.SIGTERM, end)
home = Home.at(Path(sys.argv[1]))
env = processes.environment(home, Path("/store"), scheduled=True)
with home.claimed() as mine:
    service = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], env=env, start_new_session=True)
    print("claimed", flush=True)
    if sys.argv[2] != "starting":
        home.announce(Instance(sys.argv[2], os.getpid(), 8080, "/store"))
    print("announced", flush=True)
    try:
        time.sleep(60)
    finally:
        processes.stop_all(home)
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path / "home")


@contextmanager
def held(home: Home, mode: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLD, str(home.path), mode]
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert [process.stdout.readline(), process.stdout.readline()] == ["claimed\n", "announced\n"]
    while not living(home):
        assert process.poll() is None
    yield process
    process.kill()
    process.wait()
    processes.stop_all(home)


@pytest.mark.parametrize("mode", ["up", "run"])
def test_what_runs_says_where_and_is_ended_with_all_it_started(home: Home, mode: str) -> None:
    with held(home, mode) as process:
        running = Standing(mode, 1, "http://127.0.0.1:8080", process.pid, "/store")  # type: ignore[arg-type]
        assert standing(home) == running
        assert stop(home) == running
        assert process.wait(timeout=10) == 0
        assert (living(home), standing(home)) == ([], Standing("stopped", 0))


def test_what_a_killed_command_has_left_is_told_and_ended(home: Home) -> None:
    with held(home, "up") as process:
        process.kill()
        process.wait()
        assert standing(home) == stop(home) == Standing("killed", 1)
        assert standing(home) == Standing("stopped", 0)


def test_what_does_not_end_is_said_in_one_line(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "STOP_S", 0)
    with held(home, "starting"):
        assert standing(home) == Standing("starting", 1)
        with pytest.raises(AirflowError, match=r"still runs after 0 s$"):
            stop(home)


def test_a_home_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    nowhere = Home(tmp_path / "nowhere")
    assert standing(nowhere) == stop(nowhere) == Standing("stopped", 0)
    assert not nowhere.path.exists()
