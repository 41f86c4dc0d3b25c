"""A store as runs leave it, of components that only write what others read: made without TensorFlow."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline_components.chain import produce, run
from pipeline_components.chain.components import Component
from pipeline_components.chain.config import PipelineConfig
from pipeline_components.store import Recipe, Store

FLAGS = ("--dataset", "mnist_sample")
FACTS = {"dataset": "mnist_sample", "verdict": "blessed", "accuracy": 0.9, "examples": 1000}
FACTS |= {"accuracy_low": 0.88, "accuracy_high": 0.92}
BLESSING = {"blessed": True, "verdict": "blessed", "reasons": ["900 of 1,000 right"], "rules": [], "forced": None}


def make(
    component: Component, recipe: Recipe, outside: dict[str, Path], out: Path, *, workspace: Path | None = None
) -> dict[str, Any]:
    """Stands in for every component: what it writes follows from its recipe."""
    (out / "result.txt").write_text(recipe.key)
    (out / "blessing.json").write_text(json.dumps(BLESSING))
    (out / "metrics.json").write_text('{"accuracy": 0.9, "per_class": [{"recall": 0.9}]}')
    pq.write_table(pa.table({"label": [1, 1], "digit": [1, 7], "count": [9, 1]}), out / "confusion.parquet")
    (out / "report.html").write_text("<p>")
    (out / "model.json").write_text('{"classes": ["0", "1"], "dataset": "mnist_sample", "line": "mnist"}')
    (out / "saved_model").mkdir()
    (out / "saved_model" / "saved_model.pb").write_text(recipe.key)
    return FACTS


def light_store(root: Path, monkeypatch) -> Store:
    """Two runs with different seeds, recorded and served; from then on `make` stands for every component."""
    monkeypatch.setattr(produce, "make", make)
    for seed in (1, 2):
        run.run(Store(root), PipelineConfig.from_flat({"dataset": "mnist_sample", "seed": seed}))
    return Store(root)
