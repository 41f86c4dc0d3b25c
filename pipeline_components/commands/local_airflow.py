"""`run`: one retraining as an Airflow DAG run. `up`: Airflow's UI with the schedule on."""

import os
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from pipeline_components.commands.components import Flat, forced
from pipeline_components.commands.live import closing_table
from pipeline_components.commands.options import DEFAULT_STORE, ManualDirOption, StoreOption
from pipeline_components.config import (
    EvaluateConfig,
    ExportConfig,
    IngestConfig,
    PipelineConfig,
    PreprocessConfig,
    ReportConfig,
    TrainConfig,
)
from pipeline_components.errors import Refused
from pipeline_components.local_airflow.home import REPOSITORY, Home
from pipeline_components.local_airflow.retrain import retrain, serve

HomeOption = Annotated[
    Path,
    Parameter(name="--home", env_var="DIGITS_AIRFLOW_HOME", help="Airflow's own folder: settings, database, logs."),
]
DEFAULT_HOME = REPOSITORY / ".airflow"

app = App(name="local_airflow", help=__doc__, help_format="plaintext", result_action="return_value")


@app.command
def run(
    *,
    dataset: Annotated[str, Parameter(help=str(IngestConfig.model_fields["dataset"].description))] = "auto",
    preprocess: Annotated[PreprocessConfig, Flat] = PreprocessConfig(),
    train: Annotated[TrainConfig, Flat] = TrainConfig(),
    evaluate: Annotated[EvaluateConfig, Flat] = EvaluateConfig(),
    report: Annotated[ReportConfig, Flat] = ReportConfig(),
    export: Annotated[ExportConfig, Flat] = ExportConfig(),
    force: Annotated[
        list[str] | None,
        Parameter(
            consume_multiple=True, help="Components to make again although the store has them; all if none is named."
        ),
    ] = None,
    store: StoreOption = DEFAULT_STORE,
    manual_dir: ManualDirOption = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Make one retraining as an Airflow DAG run, in the Airflow that `up` serves or one of its own."""
    config = PipelineConfig(
        ingest=PipelineConfig.from_flat({"dataset": dataset}).ingest,
        preprocess=preprocess,
        train=train,
        evaluate=evaluate,
        report=report,
        export=export,
    )
    parameters = config.flat() | {"force": sorted(forced(force))}
    _pass_on(manual_dir)
    record = retrain(Home.at(home), store.resolve(), parameters)
    closing_table(record)
    if record["verdict"] == "refused":
        sys.stdout.flush()
        raise Refused(f"refused by the gate: {'; '.join(record['reasons'])}")


@app.command
def up(
    *,
    port: Annotated[
        int, Parameter(env_var="DIGITS_AIRFLOW_PORT", help="Port of the UI, on this machine alone.")
    ] = 8080,
    store: StoreOption = DEFAULT_STORE,
    manual_dir: ManualDirOption = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Serve Airflow's UI and scheduler with the DAG's schedule on, until Ctrl-C."""
    _pass_on(manual_dir)
    serve(Home.at(home), store.resolve(), port)


def _pass_on(manual_dir: Path | None) -> None:
    if manual_dir is not None:
        os.environ["DIGITS_MANUAL_DIR"] = str(manual_dir.resolve())
