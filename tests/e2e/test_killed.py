"""A training that is killed in Airflow, twice: the scheduler tries again, and it ends as if nothing had happened."""

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from pipeline_components.chain.components import COMPONENTS
from pipeline_components.chain.config import PipelineConfig
from pipeline_components.chain.produce import plan
from pipeline_components.local_airflow.processes import living
from pipeline_components.local_airflow.rest import wait_for
from pipeline_components.store import Store
from tests.kits.airflow import PATIENCE_S, Place, Served

pytestmark = [pytest.mark.airflow, pytest.mark.slow]
EPOCHS = 12
ASKED = {
    "dataset": "mnist_sample",
    "network": "cnn",
    "epochs": EPOCHS,
    "augmentation": "full",
    "averaging": 0.99,
    "accuracy_threshold": 0.5,
}
INSTANCE = "/api/v2/dags/digits_retraining/dagRuns/{run_id}/taskInstances/train"


def newest(part: Path) -> int:
    """The last epoch that is kept; 0 if there is none."""
    return max((int(path.name.removeprefix("epoch-")) for path in part.glob("epoch-*")), default=0)


def running(served: Served, run_id: str, attempt: int) -> str | None:
    """The id of the training's task instance, if it is in this attempt."""
    instance = served.airflow.ask("GET", INSTANCE.format(run_id=run_id))
    return instance["id"] if (instance["state"], instance["try_number"]) == ("running", attempt) else None


def process_of(served: Served, instance: str) -> psutil.Process | None:
    """The process that runs a task instance, if one does now: Airflow gives it this title."""
    for process in living(served.place.home):
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.cmdline()[0].startswith(f"airflow worker -- {instance}"):
                return process
    return None


def kill_in(served: Served, run_id: str, attempt: int, due: Callable[[], bool]) -> None:
    """Kill the training of an attempt as soon as it is due."""
    instance = wait_for(lambda: running(served, run_id, attempt), PATIENCE_S, f"no attempt {attempt}")
    assert instance is not None
    process = wait_for(lambda: process_of(served, instance), PATIENCE_S, "no process")
    assert process is not None
    wait_for(due, PATIENCE_S, "no new epoch", every_s=0.02)
    process.kill()
    wait_for(lambda: not process.is_running(), PATIENCE_S, "it lives")


@pytest.mark.timeout(1800)
def test_a_training_that_is_killed_twice_goes_on_and_ends_with_the_same_bytes(
    served: Served, trained: str, place: Place
) -> None:
    store, train = Store(place.store), COMPONENTS["train"]
    config = PipelineConfig.from_flat(ASKED)["train"]
    examples = store.run(trained)["steps"]["preprocess"]["id"]
    part = store.workspace(plan(train, store, config, {"preprocess": examples}, {})) / "part-1"
    run_id = served.airflow.trigger(ASKED)
    reached = 0
    for attempt in (1, 2):
        kill_in(served, run_id, attempt, lambda: newest(part) > reached + 1)  # noqa: B023
        reached = newest(part)
        assert reached < EPOCHS
    served.finish(run_id)

    tried = served.airflow.ask("GET", INSTANCE.format(run_id=run_id))
    assert (tried["state"], tried["try_number"]) == ("success", 3)
    made = store.artifact(store.run(run_id)["steps"]["train"]["id"])
    assert made.manifest.facts["epochs"] == EPOCHS and not part.exists()
    said = "\n".join(served.words(run_id, "train"))
    assert re.search(rf"epoch {EPOCHS}/{EPOCHS} .* validation loss", said)
    again = subprocess.run(
        [sys.executable, "-m", "pipeline_components", "reproduce", made.id],
        env=os.environ | {"DIGITS_STORE": str(place.store)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"{made.id}: identical, all" in again.stdout + again.stderr
