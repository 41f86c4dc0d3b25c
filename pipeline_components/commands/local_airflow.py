"""`run`: one retraining as an Airflow DAG run. `up`: its UI with the schedule on. `status`, `stop`: what runs here."""

import json as jsonlib
import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Annotated, cast

from cyclopts import App, Parameter

from pipeline_components.chain.components import run_components
from pipeline_components.chain.forecast import default_dataset
from pipeline_components.chain.record import RunRecord
from pipeline_components.cli import main
from pipeline_components.commands.live import conclude
from pipeline_components.commands.options import DEFAULT_STORE, JsonOption, StoreOption
from pipeline_components.commands.parameters import (
    ForceOption,
    Parameters,
    ParametersOption,
    RunOutside,
    RunOutsideOption,
    folders,
    forced,
    pipeline_config,
)
from pipeline_components.local_airflow.control import Standing, standing
from pipeline_components.local_airflow.control import stop as stop_airflow
from pipeline_components.local_airflow.home import REPOSITORY, USER, Home
from pipeline_components.local_airflow.retrain import retrain, serve
from pipeline_components.store import Store

HomeOption = Annotated[
    Path,
    Parameter(name="--home", env_var="DIGITS_AIRFLOW_HOME", help="Airflow's own folder: settings, database, logs."),
]
DEFAULT_HOME = REPOSITORY / ".airflow"

app = App(name="local_airflow", help=__doc__, help_format="plaintext", result_action="return_value")


@app.command
def run(
    *,
    parameters: ParametersOption = Parameters(),
    force: ForceOption = None,
    store: StoreOption = DEFAULT_STORE,
    outside: RunOutsideOption = RunOutside(),
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Make one retraining as an Airflow DAG run, in the Airflow that `up` serves or one of its own."""
    asked = pipeline_config(parameters).flat() | {"force": sorted(forced(force))}
    _pass_on(folders(outside))
    conclude(Store.at(store), cast(RunRecord, retrain(Home.at(home), store.resolve(), asked)))


@app.command
def up(
    *,
    port: Annotated[
        int, Parameter(env_var="DIGITS_AIRFLOW_PORT", help="Port of the UI, on this machine alone.")
    ] = 8080,
    store: StoreOption = DEFAULT_STORE,
    outside: RunOutsideOption = RunOutside(),
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Serve Airflow's UI and scheduler with the DAG's schedule on, until Ctrl-C."""
    named = folders(outside)
    _pass_on(named)

    def notice() -> str:
        dataset = default_dataset(Store.at(store), named)
        return f"runs with the default dataset, auto, train on {dataset.upper()}"

    serve(Home.at(home), store.resolve(), port, notice)


@app.command
def status(*, home: HomeOption = DEFAULT_HOME, json: JsonOption = False) -> None:
    """Say whether Airflow runs here, where it answers, and with which login."""
    place = Home(home.resolve())
    found = standing(place)
    print(jsonlib.dumps(asdict(found)) if json else in_words(found, place))


@app.command
def stop(*, home: HomeOption = DEFAULT_HOME) -> None:
    """Stop the Airflow that runs here, or what a killed one has left, to the last process."""
    found = stop_airflow(Home(home.resolve()))
    if found.state == "stopped":
        print("nothing to stop: no Airflow runs here")
    else:
        which = f" at {found.address}, pid {found.pid}" if found.pid else ""
        print(f"stopped: Airflow{which} ({found.processes} processes)")


def in_words(found: Standing, home: Home) -> str:
    """What runs in a home, in a line or two, with what to do."""
    of = f"pid {found.pid}, {found.processes} processes, store {found.store}, logs in {home.logs}"
    if found.state == "up":
        return f"Airflow is up: {found.address}  user {USER}  password {home.password}\n{of}"
    return {
        "run": f"one retraining is under way, in an Airflow of its own at {found.address}\n{of}",
        "starting": "an Airflow is starting here: ask again in a moment",
        "killed": f"no Airflow runs here, but {found.processes} processes of a killed one: make stop ends them",
        "stopped": "no Airflow runs here: make up starts one",
    }[found.state]


def _pass_on(named: dict[str, Path]) -> None:
    """Let the tasks see the outside folders that were named here."""
    for component in run_components():
        for name, folder in component.outside.items():
            if name in named:
                os.environ[folder.env_var] = str(named[name].resolve())


def interrupt(signum: int, frame: FrameType | None) -> None:
    """Unwind as for Ctrl-C, whichever signal comes: what was started is stopped on the way out."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    sys.exit(main(command=app))
