"""None of Airflow's processes is left behind, whatever ends the command that started them. Last: it stops `served`."""

import signal
import socket
import stat
import subprocess
import time
from pathlib import Path

import pytest

from pipeline_components.local_airflow.processes import living
from pipeline_components.local_airflow.retrain import INTERRUPTED
from pipeline_components.store import Store
from tests.kits.airflow import PATIENCE_S, Place, Served

pytestmark = [pytest.mark.airflow, pytest.mark.slow]


def test_address_and_login_are_said_and_kept_private(served: Served, place: Place) -> None:
    assert served.announcement == (
        f"Airflow is up: {served.airflow.address}  user admin  password {place.home.password}\n"
    )
    for name in ("secrets.json", "passwords.json", "airflow.cfg", "instance.json"):
        assert stat.S_IMODE((place.home.path / name).stat().st_mode) == 0o600
    (listening,) = {c.laddr.ip for p in living(place.home) for c in p.net_connections("tcp") if c.status == "LISTEN"}
    assert listening == "127.0.0.1"


def test_a_second_up_says_where_the_first_is(served: Served, place: Place) -> None:
    done = place.run("up", "--port", "0")
    assert done.returncode == 2
    assert done.stderr == (
        f"digits: an Airflow of this folder already runs (at {served.airflow.address}, pid {served.process.pid}): "
        "use it, or stop it first\n"
    )


def test_run_does_not_mix_two_stores(served: Served, place: Place, tmp_path: Path) -> None:
    done = place.run("run", "--store", str(tmp_path))
    assert done.returncode == 2
    assert f"--store: {tmp_path} found" in done.stderr.splitlines()[-1]


def test_a_taken_port_is_one_line(place: Place, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = place.run("up", "--port", port, "--home", str(tmp_path / "home"))
    assert done.returncode == 2
    assert done.stderr == f"digits: port {port} is taken: choose another with --port or DIGITS_AIRFLOW_PORT\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--epochs", "0"), "epochs: '0' found"),
        (("--epohcs", "3"), "Did you mean --epochs?"),
        (("--learning-rate", "nan"), "learning_rate: 'nan' found"),
        (("--force", "trian"), "did you mean 'train'?"),
    ],
)
def test_bad_parameters_are_refused_before_anything_starts(
    tmp_path: Path, arguments: tuple[str, ...], words: str, place: Place
) -> None:
    done = place.run("run", *arguments, "--home", str(tmp_path / "home"))
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "home").exists()


def test_ctrl_c_while_a_task_trains_leaves_no_process_and_no_draft(served: Served, trained: str, place: Place) -> None:
    run_id = served.airflow.trigger({"dataset": "mnist_sample", "epochs": 1000})
    deadline = time.monotonic() + PATIENCE_S
    while served.states(run_id)["train"] != "running" or "epoch 1/1000" not in str(served.words(run_id, "train")):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert served.interrupt(signal.SIGINT) == 130
    assert living(place.home) == []
    Store(place.store).sweep()  # what a task killed after the grace period has left, as the next run does
    assert not list((place.store / "train").glob(".draft*"))
    assert [path.name for path in (place.store / "train").glob("[0-9]*")] == ["1"]


def test_a_killed_run_is_cleaned_up_by_the_next_one(served: Served, trained: str, place: Place) -> None:
    if served.process.poll() is None:
        served.interrupt(signal.SIGINT)
    killed = place.start("run", "--dataset", "mnist_sample")
    assert killed.stderr is not None
    while not killed.stderr.readline().startswith("run "):
        assert killed.poll() is None
    killed.kill()
    killed.wait()
    orphans = {process.pid for process in living(place.home)}
    assert len(orphans) >= 3
    done = place.run("run", "--dataset", "mnist_sample")
    assert done.returncode == 0, done.stderr
    assert "6 of 6 reused" in done.stdout
    assert living(place.home) == []
    assert not [pid for pid in orphans if subprocess.run(["kill", "-0", str(pid)], check=False).returncode == 0]


def test_what_was_interrupted_says_so(served: Served, place: Place) -> None:
    if served.process.poll() is None:
        pytest.skip("needs the two tests before it, which interrupt runs")
    again = place.up()
    try:
        notes = [run["note"] for run in again.airflow.runs() if run["note"] and run["state"] == "failed"]
        assert notes.count(INTERRUPTED) == 2
    finally:
        assert again.interrupt(signal.SIGTERM) == 130
