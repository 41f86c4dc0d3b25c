"""None of Airflow's processes is left behind, whatever ends the command that started them."""

import shutil
import signal
import socket
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from pipeline_components.local_airflow.home import Home
from pipeline_components.local_airflow.notes import STOPPED
from pipeline_components.local_airflow.processes import living, stop_all
from pipeline_components.local_airflow.rest import wait_for
from pipeline_components.store import Store
from tests.kits.airflow import PATIENCE_S, Place, Served

pytestmark = [pytest.mark.airflow, pytest.mark.slow]


@pytest.fixture(scope="module")
def own(place: Place, trained: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A home that may be killed, beside the one that all tests share, and a store in which everything is made."""
    folder = tmp_path_factory.mktemp("own")
    shutil.copytree(place.store, folder / "artifacts", symlinks=True)
    own = Place(Home.at(folder / "airflow"), folder / "artifacts", place.images)
    yield own
    stop_all(own.home)


@contextmanager
def up_again(own: Place, interrupted: str) -> Iterator[Served]:
    """The next Airflow of a home, which says of this run that it was interrupted; it leaves no process behind."""
    again = own.up()
    try:
        run = again.airflow.run(interrupted)
        assert (run["state"], run["note"]) == ("failed", STOPPED)
        yield again
    finally:
        assert again.interrupt(signal.SIGTERM) == 130
    assert living(own.home) == []


def listening(process: psutil.Process) -> set[str]:
    """The addresses that a process listens on; none if it has just ended, as a task's process may."""
    with suppress(psutil.NoSuchProcess):
        return {each.laddr.ip for each in process.net_connections("tcp") if each.status == psutil.CONN_LISTEN}
    return set()


def health(served: Served) -> dict[str, str]:
    """Part of Airflow → its state, as the UI's home page shows it."""
    parts = served.airflow.ask("GET", "/api/v2/monitor/health")
    return {name: part["status"] for name, part in parts.items()}


def test_address_and_login_are_said_and_kept_private(served: Served, place: Place) -> None:
    assert served.announcement == (
        f"Airflow is up: {served.airflow.address}  user admin  password {place.home.password}\n"
    )
    told = place.run("status").stdout
    assert told.startswith(f"{served.announcement}pid {served.process.pid}, ") and f", store {place.store}, " in told
    wait_for(lambda: health(served)["triggerer"] == "healthy", PATIENCE_S, "the triggerer is red on the home page")
    assert set(health(served).values()) == {"healthy"}
    for name in ("secrets.json", "passwords.json", "airflow.cfg", "instance.json"):
        assert stat.S_IMODE((place.home.path / name).stat().st_mode) == 0o600
    assert {ip for process in living(place.home) for ip in listening(process)} == {"127.0.0.1"}


def test_a_second_up_says_where_the_first_is(served: Served, place: Place) -> None:
    done = place.run("up", "--port", "0")
    assert done.returncode == 2
    assert done.stderr == (
        f"digits: an Airflow of this folder already runs (at {served.airflow.address}, pid {served.process.pid}): "
        "use it, or make stop first\n"
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


def test_ctrl_c_while_a_task_trains_leaves_no_process_and_no_draft_and_the_run_says_so(own: Place) -> None:
    before = set((own.store / "train").iterdir())
    served = own.up()
    run_id = served.airflow.trigger({"dataset": "mnist_sample", "epochs": 1000, "batch_size": 8})
    deadline = time.monotonic() + PATIENCE_S
    while served.states(run_id)["train"] != "running" or "epoch 1/1000" not in str(served.words(run_id, "train")):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    served.airflow.set_paused(True)
    assert served.interrupt(signal.SIGINT) == 130
    assert living(own.home) == []
    Store(own.store).sweep()  # what a task killed after the grace period has left, as the next run does
    assert set((own.store / "train").iterdir()) == before
    with up_again(own, interrupted=run_id) as again:
        assert again.airflow.is_paused(), "a person has paused it"
        done = own.run("run", "--dataset", "mnist_sample")
        assert (done.returncode, "digits_retraining is paused in the Airflow at" in done.stderr) == (2, True)


def test_a_killed_run_is_cleaned_up_by_the_next_one_and_says_so(own: Place) -> None:
    killed = own.start("run", "--dataset", "mnist_sample")
    assert killed.stderr is not None
    while not (line := killed.stderr.readline()).startswith("run "):
        assert killed.poll() is None
    killed.kill()
    killed.wait()
    orphans = {process.pid for process in living(own.home)}
    assert len(orphans) >= 3
    with up_again(own, interrupted=line.split()[1]):
        assert not [pid for pid in orphans if psutil.pid_exists(pid)]
        done = own.run("run", "--dataset", "mnist_sample")
    assert done.returncode == 0, done.stderr
    assert "6 of 6 reused" in done.stdout
    assert own.run("status").stdout == "no Airflow runs here: make up starts one\n"


def test_up_is_stopped_from_another_terminal(own: Place) -> None:
    served = own.up()
    assert own.run("stop").stdout.startswith(f"stopped: Airflow at {served.airflow.address}, pid {served.process.pid} ")
    assert served.process.wait(timeout=10) == 130
    assert living(own.home) == []
