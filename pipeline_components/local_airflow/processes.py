"""Airflow's processes: each in a session of its own, all of them found again by a mark in their environment."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import psutil

from pipeline_components.errors import DigitsError
from pipeline_components.local_airflow.home import LOOPBACK, REPOSITORY, Home

MARK = "DIGITS_LOCAL_AIRFLOW"
SCHEDULES = ("DIGITS_SCHEDULE", "DIGITS_HOUSEKEEPING_SCHEDULE")
SERVICES = {
    "api-server": ["api-server"],
    # Logs are read from disk; their server would listen on every interface: https://github.com/apache/airflow/pull/60117
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
}
# Nothing here defers to it, but where it is missing, the UI's home page shows a red Triggerer.
WITH_UI = SERVICES | {"triggerer": ["triggerer", "--skip-serve-logs"]}
IN_API_SERVER = {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONNECT_ARGS": f"{__package__}.home.SQLITE_IN_API_SERVER"}
# What the caller may set of Airflow's: whom it tells, by connections, and not what it does.
PASSED_ON = ("AIRFLOW_CONN_", "AIRFLOW__METRICS__", "AIRFLOW__OPENLINEAGE__")
GRACE_S = 5


class AirflowError(DigitsError):
    """Raised when Airflow itself cannot be started or asked, or a run in it failed."""

    exit_code = 1


def free_port() -> int:
    """A port that nobody on this machine listens on."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether a server could listen on this port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def environment(home: Home, store: Path, *, scheduled: bool) -> dict[str, str]:
    """What Airflow's processes and their tasks see: airflow.cfg decides, whatever AIRFLOW__… the caller has set.

    PASSED_ON is excepted. Unless it is `scheduled`, nothing runs there but what is triggered.
    """
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name.startswith(PASSED_ON) or not name.startswith("AIRFLOW")
    }
    path = [str(REPOSITORY), inherited.get("PYTHONPATH", "")]
    ours = {
        "AIRFLOW_HOME": str(home.path),
        "DIGITS_STORE": str(store),
        "PYTHONPATH": os.pathsep.join(filter(None, path)),
        "PYTHONUNBUFFERED": "1",
        MARK: str(home.path),
        # Without it, setproctitle hides MARK from other processes: https://github.com/dvarrazzo/py-setproctitle/issues/166
        "SPT_NOENV": "1",
    }
    if not scheduled:
        ours |= dict.fromkeys(SCHEDULES, "none")
    for name in ("DIGITS_MANUAL_DIR", "DIGITS_BATCH_DIR"):
        if folder := inherited.get(name):
            ours[name] = str(Path(folder).resolve())
    return inherited | ours


def living(home: Home) -> list[psutil.Process]:
    """Every process that Airflow has started for this home, whoever its parent is by now.

    Airflow leaves some of its own behind when it is stopped: https://github.com/apache/airflow/issues/47011
    """
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(MARK) == str(home.path) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return [process for process in found if process.pid != os.getpid()]


def is_migrated(home: Home) -> bool:
    """Whether the metadata database is there, with the tables of the installed Airflow."""
    return home.migrated.exists() and home.database.exists()


def migrate(home: Home, env: dict[str, str]) -> None:
    """Make or bring up to date the tables of the metadata database, once for each version of Airflow."""
    if is_migrated(home):
        return
    done = subprocess.run(
        [sys.executable, "-m", "airflow", "db", "migrate"], env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise AirflowError(f"{home.database}: cannot be migrated ({''.join(last)}): remove {home.path}")
    home.migrated.touch()


@contextlib.contextmanager
def serving(
    home: Home, env: dict[str, str], commands: Mapping[str, list[str]], step: Callable[[str], None]
) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """Airflow's services by these commands, stopped again with everything they started, whatever happens meanwhile.

    Each of the two steps of it is told to `step` when it begins.
    """
    home.logs.mkdir(exist_ok=True)
    services: dict[str, subprocess.Popen[bytes]] = {}
    try:
        step("database" + ("" if is_migrated(home) else ", made the first time"))
        migrate(home, env)
        step(", ".join(commands))
        for name, command in commands.items():
            with (home.logs / f"{name}.log").open("wb") as log:
                services[name] = subprocess.Popen(
                    [sys.executable, "-m", "airflow", *command],
                    env=env | (IN_API_SERVER if name == "api-server" else {}),
                    cwd=home.path,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
        yield services
    finally:
        with _uninterrupted():
            stop_all(home)
            for service in services.values():
                service.wait()


def stop_all(home: Home) -> None:
    """Stop every process of this home: SIGTERM, and SIGKILL for what is left after GRACE_S seconds."""
    for stop in (psutil.Process.terminate, psutil.Process.kill):
        deadline = time.monotonic() + GRACE_S
        for process in living(home):
            with contextlib.suppress(psutil.Error):
                stop(process)
        while time.monotonic() < deadline:
            if not living(home):
                return
            time.sleep(0.1)


def check_alive(home: Home, services: dict[str, subprocess.Popen[bytes]]) -> None:
    """Raise AirflowError when one of the services has ended by itself."""
    for name, service in services.items():
        if service.poll() is not None:
            raise AirflowError(
                f"airflow {name} ended by itself (exit {service.returncode}): see {home.logs / name}.log"
            )


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let nobody's second Ctrl-C leave a process behind."""
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
