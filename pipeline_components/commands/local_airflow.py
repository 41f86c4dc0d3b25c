"""`run`: one retraining as an Airflow DAG run. `up`: Airflow's UI with the schedule on."""

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Annotated, cast

from cyclopts import App, Parameter

from pipeline_components.chain.components import run_components
from pipeline_components.chain.record import RunRecord
from pipeline_components.cli import main
from pipeline_components.commands.live import conclude
from pipeline_components.commands.options import DEFAULT_STORE, StoreOption
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
from pipeline_components.local_airflow.home import REPOSITORY, Home
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
    conclude(Store(store), cast(RunRecord, retrain(Home.at(home), store.resolve(), asked)))


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
    _pass_on(folders(outside))
    serve(Home.at(home), store.resolve(), port)


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
