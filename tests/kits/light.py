"""The real chain's recipes with components that only write what others read: a run takes a moment."""

import json
from functools import partial
from pathlib import Path
from typing import Any

from pipeline_components.chain.components import Component, run_components
from pipeline_components.chain.config import PipelineConfig
from pipeline_components.chain.produce import plan
from pipeline_components.store import Recipe, Store

CONFIG = PipelineConfig.from_flat({"dataset": "mnist_sample", "epochs": 3})
FACTS = {
    "dataset": "mnist_sample",
    "verdict": "blessed",
    **{"accuracy": 0.9, "accuracy_low": 0.88, "accuracy_high": 0.92, "examples": 1000},
}


def light(
    component: Component, recipe: Recipe, outside: dict[str, Path], out: Path, *, workspace: Path | None = None
) -> dict[str, Any]:
    """Stands in for every component: what it writes follows from its recipe."""
    (out / "result.txt").write_text(recipe.key)
    blessed = recipe.config.get("accuracy_threshold") != 1.0
    verdict, reasons = ("blessed", []) if blessed else ("refused", ["accuracy 0.9: 1.0 required"])
    blessing = {"blessed": blessed, "verdict": verdict, "reasons": reasons, "rules": [], "forced": None}
    (out / "blessing.json").write_text(json.dumps(blessing))
    return FACTS


def fill(store: Store) -> Store:
    """One artifact of each component, and the record of a run that failed in export."""
    made: dict[str, str] = {}
    for component in run_components():
        recipe = plan(component, store, CONFIG[component.name], made, {})
        made[component.name] = store.produce(recipe, partial(light, component, recipe, {})).artifact.id
    steps = {name: {"id": each, "hit": False} for name, each in made.items() if name != "export"}
    store.write_run("run__1", {"steps": steps, "parameters": CONFIG.flat()})
    return store
