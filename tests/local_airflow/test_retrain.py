"""What the command tells of a run that failed."""

from pathlib import Path

import pytest

from pipeline_components.local_airflow.home import Home
from pipeline_components.local_airflow.retrain import _failure


def failed(component: str, ending: str, message: str) -> dict:
    return {"failures": [{"component": component, "kind": "", "ending": ending, "message": message}]}


@pytest.mark.parametrize(
    ("record", "exit_code", "said"),
    [
        (failed("validate_parameters", "bad parameter", "epochs: 0 found"), 2, "epochs: 0 found"),
        (failed("ingest", "no data", "mnist: no route: try again"), 2, "mnist: no route: try again"),
        (failed("train", "a bug", "TypeError: 3"), 1, "train failed in run__1: TypeError: 3: see /home/logs"),
        (failed("train", "interrupted", "killed"), 1, "train failed in run__1: killed: see /home/logs"),
        (None, 1, "run__1 failed: see /home/logs"),
    ],
)
def test_a_failure_is_told_from_the_runs_record(record, exit_code, said):
    error = _failure(Home(Path("/home")), "run__1", record)
    assert (error.exit_code, str(error)) == (exit_code, said)
