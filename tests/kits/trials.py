"""A training that takes no time, for tests of what searches with it: its loss follows from its parameters."""

import math
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline_components.chain.components import COMPONENTS, Component
from pipeline_components.chain.tuning import Search
from pipeline_components.errors import DivergedTraining
from pipeline_components.store import Store
from pipeline_components.tune import TuneConfig
from tests.kits.store import produce, recipe

BEST = 0.003  # the learning rate of the lowest loss
RATE = {"learning_rate": {"low": 0.0001, "high": 0.1, "log": True}}
TUNE = COMPONENTS["tune"].function


class Trainer:
    """Stands in for train: `trained` holds the learning rate and the epochs of each training."""

    def __init__(self) -> None:
        self.trained: list[tuple[float, int]] = []
        self.stop: Any = None

    def __call__(self, examples: Path, *, out: Path, config: Any, workspace: Path, watch: Any = None) -> dict[str, Any]:
        if config.learning_rate == 1:
            raise DivergedTraining("loss is nan in epoch 1")
        workspace.mkdir(parents=True, exist_ok=True)
        rows: list[dict[str, Any]] = []
        self.trained.append((config.learning_rate, 0))
        for epoch in range(1, (config.stop_after or config.epochs) + 1):
            if self.stop:
                self.stop(len(self.trained), epoch)
            distance = abs(math.log(config.learning_rate / BEST))
            rows.append({"epoch": epoch, "validation_loss": distance + 1 / epoch, "validation_accuracy": 0.9})
            self.trained[-1] = (config.learning_rate, epoch)
            if watch:
                watch(rows[-1])
        pq.write_table(pa.Table.from_pylist(rows), out / "history.parquet")
        return {**rows[-1], "epochs": len(rows), "network": config.network}


@pytest.fixture
def trainer(monkeypatch: pytest.MonkeyPatch) -> Trainer:
    made = Trainer()
    functions = {"train": made, "tune": TUNE}
    monkeypatch.setattr(Component, "function", property(lambda component: functions[component.name]))
    monkeypatch.setattr("pipeline_components.quiet.import_tensorflow", lambda: None)
    return made


def search_in(root: Path, **asked: Any) -> Search:
    """A search in a store with a preprocess artifact of ten validation examples."""
    store = Store(root)
    if not store.artifacts("preprocess"):
        produce(store, recipe("preprocess"))
    return Search(store, TuneConfig(**{"space": RATE, "trials": 6, "trial_epochs": 6} | asked), "preprocess/1")
