"""A training that is killed in Airflow, twice: the scheduler tries again, and it ends as if nothing had happened."""

import os
import re
import signal
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
ASKED = {
    "dataset": "mnist_sample",
    "network": "cnn",
    "epochs": 8,
    "augmentation": "full",
    "averaging": 0.99,
    "accuracy_threshold": 0.5,
}
INSTANCE = "/api/v2/dags/digits_retraining/dagRuns/{run_id}/taskInstances/train"


def has_reached(part: Path, epoch: int) -> Callable[[], bool]:
    return lambda: any(int(path.name.removeprefix("epoch-")) >= epoch for path in part.glob("epoch-*"))


def kill(served: Served, run_id: str) -> None:
    """End the process of the run's training."""
    instance = served.airflow.ask("GET", INSTANCE.format(run_id=run_id))["id"]
    for process in living(served.place.home):
        try:
            is_it = instance in " ".join(psutil.Process(process.pid).cmdline())
        except psutil.NoSuchProcess:
            continue
        if is_it:
            os.kill(process.pid, signal.SIGKILL)
            return
    raise AssertionError(f"no process of {instance}")


@pytest.mark.timeout(1800)
def test_a_training_that_is_killed_twice_goes_on_and_ends_with_the_same_bytes(
    served: Served, trained: str, place: Place
) -> None:
    store, train = Store(place.store), COMPONENTS["train"]
    config = PipelineConfig.from_flat(ASKED)["train"]
    examples = store.run(trained)["steps"]["preprocess"]["id"]
    part = store.workspace(plan(train, store, config, {"preprocess": examples}, {})) / "part-1"
    run_id = served.airflow.trigger(ASKED)
    for epoch in (2, 5):
        wait_for(has_reached(part, epoch), PATIENCE_S, f"no epoch {epoch}")
        kill(served, run_id)
    served.finish(run_id)

    tried = served.airflow.ask("GET", INSTANCE.format(run_id=run_id))
    assert (tried["state"], tried["try_number"]) == ("success", 3)
    made = store.artifact(store.run(run_id)["steps"]["train"]["id"])
    assert made.manifest.facts["epochs"] == 8 and not part.exists()
    said = "\n".join(served.words(run_id, "train"))
    assert re.search(r"epoch 8/8 .* validation loss", said)
    again = subprocess.run(
        [sys.executable, "-m", "pipeline_components", "reproduce", made.id],
        env=os.environ | {"DIGITS_STORE": str(place.store)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"{made.id}: identical, all" in again.stdout + again.stderr
