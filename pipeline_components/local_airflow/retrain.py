"""The two things this Airflow is started for: one retraining, and serving the UI and the schedule."""

import itertools
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline_components.errors import INTERRUPTED, BadConfig, DigitsError, StoreError
from pipeline_components.local_airflow import processes
from pipeline_components.local_airflow.home import USER, Home, Instance
from pipeline_components.local_airflow.interrupted import end_interrupted
from pipeline_components.local_airflow.notes import STOPPED, Notes
from pipeline_components.local_airflow.processes import AirflowError
from pipeline_components.local_airflow.rest import DAG, FOLLOWER, Airflow, wait_for
from pipeline_components.local_airflow.watch import ENDED, follow

FREED_S = 10
START_S = 180
START_STEPS = 4
FOLLOWER_S = 300
NOTE_EVERY_S = 3
NOT_THE_USERS = (INTERRUPTED, "a bug", "I/O error")


def say(line: str) -> None:
    """Progress goes to stderr: stdout is the result."""
    print(line, file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Running:
    """An Airflow that is ready for the DAG's runs."""

    airflow: Airflow
    instance: Instance
    check: Callable[[], None]


def retrain(home: Home, store: Path, parameters: dict[str, Any]) -> dict[str, Any]:
    """One DAG run, in the Airflow that already serves here or in one of its own; the run's record.

    A refused model is no error here, nor an undecided one: the record's `verdict` says so. Raises BadConfig for
    parameters that Airflow or the run's first task refuses, AirflowError when anything else fails.
    """
    with _running_or_own(home, store) as running:
        if running.instance.store != str(store):
            raise BadConfig(
                f"--store: {store} found, but the Airflow that runs here (pid {running.instance.pid}) "
                f"has {running.instance.store}: stop it first"
            )
        run_id = running.airflow.trigger(parameters)
        say(f"run {run_id}")
        run = follow(running.airflow, run_id, home.logs, say, running.check)
        record = _record(store, run_id)
        if running.instance.mode == "run":  # an Airflow that is up leaves its runs' notes itself
            Notes(running.airflow, store).leave()
            let_follower_end(running, run_id)
        if run["state"] != "success" and (record is None or record["verdict"] not in ("refused", "undecided")):
            raise _failure(home, run_id, record)
    if record is None:
        raise AirflowError(f"{run_id}: ended, but {store}/runs has no record of it")
    return record


def serve(home: Home, store: Path, port: int, notice: Callable[[], str]) -> None:
    """Airflow's UI and scheduler until a signal comes; every ended run gets its verdict as its note.

    `notice` gives a line that is said once Airflow is up.
    """
    with home.claimed() as mine:
        if not mine:
            other = home.instance()
            where = f"at {other.address}, pid {other.pid}" if other else "starting"
            raise BadConfig(f"an Airflow of this folder already runs ({where}): use it, or make stop first")
        _stop_orphans(home, port)
        if not processes.is_free(port):
            raise BadConfig(f"port {port} is taken: choose another with --port or DIGITS_AIRFLOW_PORT")
        with _started(home, store, "up", port) as running:
            say(f"Airflow is up: {running.instance.address}  user {USER}  password {home.password}")
            if running.airflow.is_paused():
                say(f"{DAG} is paused, as it was left: the switch beside its name lets its runs start")
            say(notice())
            say(f"logs in {home.logs}; Ctrl-C stops it")
            notes = Notes(running.airflow, store)
            while True:
                running.check()
                try:
                    notes.leave()
                except AirflowError as error:  # the next turn tries again
                    say(f"a run's note is not written yet: {error}")
                time.sleep(NOTE_EVERY_S)


@contextmanager
def _running_or_own(home: Home, store: Path) -> Iterator[Running]:
    waiting = False
    while True:
        with home.claimed() as mine:
            if mine:
                _stop_orphans(home)
                with _started(home, store, "run", processes.free_port()) as running, _unpaused(running.airflow):
                    yield running
                return
        other = home.instance()
        if other and other.mode == "up":
            yield _joined(home, other)
            return
        if not waiting:
            say("another retraining is under way here: waiting for it to end")
            waiting = True
        time.sleep(0.5)


def _joined(home: Home, other: Instance) -> Running:
    airflow = Airflow(other.address, home.password)
    say(f"using the Airflow at {other.address}")
    wait_for(lambda: airflow.is_up() and airflow.dag(), START_S, f"{other.address} does not answer")
    if airflow.is_paused():
        raise BadConfig(
            f"{DAG} is paused in the Airflow at {other.address}: let it start there, by the switch "
            "beside its name, and try again"
        )
    return Running(airflow, other, lambda: None)


@contextmanager
def _unpaused(airflow: Airflow) -> Iterator[None]:
    """Let the DAG's runs start meanwhile, and leave it paused if it was."""
    if not airflow.is_paused():
        yield
        return
    airflow.set_paused(False)
    try:
        yield
    finally:
        airflow.set_paused(True)


def _stop_orphans(home: Home, port: int | None = None) -> None:
    """Stop what a killed command has left here: it would hold the port, freed a moment later, and the database."""
    if left := processes.living(home):
        say(f"stopping what an Airflow killed here has left ({len(left)} processes)")
        processes.stop_all(home)
        if port is not None:
            with suppress(AirflowError):
                wait_for(lambda: processes.is_free(port), FREED_S, f"port {port} is not free")


@contextmanager
def _started(home: Home, store: Path, mode: str, port: int) -> Iterator[Running]:
    started, began = time.monotonic(), time.time()
    instance = Instance(mode, os.getpid(), port, str(store))
    airflow = Airflow(instance.address, home.password)
    home.configure(port)
    home.announce(instance)
    interrupted = end_interrupted(home.database, DAG)
    numbers = itertools.count(1)

    def step(what: str) -> None:
        say(f"starting Airflow, {next(numbers)} of {START_STEPS}: {what}")

    env = processes.environment(home, store, scheduled=mode == "up")
    commands = processes.WITH_UI if mode == "up" else processes.SERVICES
    with processes.serving(home, env, commands, step) as services:

        def check() -> None:
            processes.check_alive(home, services)

        def is_up() -> bool:
            check()
            return airflow.is_up()

        def is_parsed() -> bool:
            check()
            return _is_parsed(airflow, since=began)

        for what, look in (("waiting for their answers", is_up), ("reading the DAG files", is_parsed)):
            step(what)
            wait_for(look, START_S, f"Airflow is not ready: see {home.logs}")
        for run_id in interrupted:  # their tasks end with them
            airflow.change_run(run_id, state="failed", note=STOPPED)
        say(f"Airflow started in {time.monotonic() - started:.0f} s")
        yield Running(airflow, instance, check)


def _is_parsed(airflow: Airflow, since: float) -> bool:
    """Whether the DAG that Airflow has is the file's as it is now; raises AirflowError when that cannot be imported."""
    if errors := airflow.import_errors():
        raise AirflowError(f"a DAG file cannot be imported: {errors[0]}")
    return airflow.parsed_at() >= since


def let_follower_end(running: Running, run_id: str) -> None:
    """Wait for the run that this one's asset event starts: stopped under it, Airflow would leave it red."""
    airflow = running.airflow

    def is_ended() -> bool:
        running.check()
        started = [run for event in airflow.asset_events(run_id) for run in event["created_dagruns"]]
        return bool(started) and all(run["state"] in ENDED for run in started)

    if not airflow.asset_events(run_id) or airflow.is_paused(FOLLOWER):
        return
    say(f"waiting for {FOLLOWER}, which another version in service starts")
    try:
        wait_for(is_ended, FOLLOWER_S, f"{FOLLOWER} has not ended")
    except AirflowError as error:  # the retraining is done all the same
        say(f"{error}: trigger it again")


def _record(store: Path, run_id: str) -> dict[str, Any] | None:
    from pipeline_components.store import Store

    try:
        return Store.at(store).run(run_id)
    except StoreError:
        return None


def _failure(home: Home, run_id: str, record: dict[str, Any] | None) -> DigitsError:
    """What to tell of a run that failed: what its record says first."""
    if not record or not record.get("failures"):
        return AirflowError(f"{run_id} failed: see {home.logs}")
    first = record["failures"][0]
    if first["ending"] in NOT_THE_USERS:
        return AirflowError(f"{first['component']} failed in {run_id}: {first['message']}: see {home.logs}")
    return BadConfig(first["message"])
