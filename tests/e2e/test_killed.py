"""A training that is killed in Airflow, twice: the scheduler tries again, and it ends as if nothing had happened."""

import contextlib
import os
import re
import subprocess
import sys
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
    "epochs": 20,
    "augmentation": "full",
    "averaging": 0.99,
    "accuracy_threshold": 0.5,
}
INSTANCE = "/api/v2/dags/digits_retraining/dagRuns/{run_id}/taskInstances/train"


def newest(part: Path) -> int:
    """The last epoch that is kept; 0 if there is none."""
    return max((int(path.name.removeprefix("epoch-")) for path in part.glob("epoch-*")), default=0)


def process_of(served: Served, run_id: str) -> psutil.Process | None:
    """The process of the run's training, if one runs now."""
    instance = served.airflow.ask("GET", INSTANCE.format(run_id=run_id))["id"]
    for each in living(served.place.home):
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(each.pid)
            if instance in " ".join(process.cmdline()):
                return process
    return None


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
    for _ in range(2):
        wait_for(lambda: newest(part) > reached + 1, PATIENCE_S, f"no epoch after {reached}")  # noqa: B023
        process = process_of(served, run_id)
        assert process is not None
        process.kill()
        wait_for(lambda: not psutil.pid_exists(process.pid), PATIENCE_S, "it lives")  # noqa: B023
        reached = newest(part)
    served.finish(run_id)

    tried = served.airflow.ask("GET", INSTANCE.format(run_id=run_id))
    assert (tried["state"], tried["try_number"]) == ("success", 3)
    made = store.artifact(store.run(run_id)["steps"]["train"]["id"])
    assert made.manifest.facts["epochs"] == 20 and not part.exists()
    said = "\n".join(served.words(run_id, "train"))
    assert re.search(r"epoch 20/20 .* validation loss", said)
    again = subprocess.run(
        [sys.executable, "-m", "pipeline_components", "reproduce", made.id],
        env=os.environ | {"DIGITS_STORE": str(place.store)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"{made.id}: identical, all" in again.stdout + again.stderr
