"""A search of three trials among the pages' artifacts, made without training: what a page of it has to show."""

import json
from pathlib import Path
from typing import Any

from pipeline_components.store import Artifact, Recipe, Store
from pipeline_components.train import TrainConfig
from pipeline_components.tune import page

CSS = Path(page.__file__).with_name("study.css").read_text(encoding="utf-8")
STUDY = f"<!doctype html><html lang=en><title>Search</title><style>{CSS}</style><h1>Study</h1><script>x=1</script>"
CONFIG = {"network": "mlp", "trials": 3, "trial_epochs": 3, "tune_seed": 0, "sampler": "tpe"}
TRIED = [(0.002, "relu", "pruned", 0.5), (0.004, "gelu", "complete", 0.25), (1.0, "gelu", "failed", None)]


def trial(place: int, said: str) -> dict[str, Any]:
    """A line of study.json."""
    rate, activation, state, loss = TRIED[place]
    return {
        "number": place,
        "state": state,
        "parameters": {"learning_rate": rate, "activation": said if state == "failed" else activation},
        "epochs": {"pruned": 1, "complete": 3, "failed": 0}[state],
        "validation_loss": loss,
        "validation_accuracy": None if loss is None else 1 - loss / 5,
        "reason": said if state == "failed" else "",
        "elapsed_s": 1.5,
    }


def searched(store: Store, said: str = "loss is nan", **config: Any) -> Artifact:
    """Trials of which the second is the best and the third has failed, as `said`, and the run that made them."""
    examples, models = store.artifact("preprocess/1"), [store.artifact(f"train/{number}") for number in (1, 2)]

    def write(out: Path) -> dict[str, Any]:
        (out / "study.json").write_text(json.dumps({"trials": [trial(place, said) for place in range(len(TRIED))]}))
        (out / "study.html").write_text(STUDY)
        return {"network": "mlp", "trials": 3, "best": 1, "validation_loss": 0.25, "validation_accuracy": 0.95}

    inputs: dict[str, Any] = {"examples": examples, "trials": models}
    recipe = Recipe("tune", CONFIG | config, inputs, {"a.py": "a" * 64}, {"numpy": "2"}, {})
    made = store.produce(recipe, write, run_id="search__1").artifact
    store.write_run("search__1", record(made, said))
    return made


def record(made: Artifact, said: str) -> dict[str, Any]:
    """What is kept of the run of a search."""
    steps = {
        "preprocess": {"id": "preprocess/1", "hit": True, "why": "HIT: preprocess/1", "elapsed_s": 0.0},
        "tune": {"id": made.id, "hit": False, "why": f"MISS: {said}", "elapsed_s": 0.5},
    }
    return {
        "ended_at": "2026-11-23T10:00:00+00:00",
        "elapsed_s": 9.0,
        "parameters": {"trials": 3, "trial_epochs": 3, "network": "mlp"},
        "steps": steps,
        "verdict": "searched",
        "ending": "searched",
        "reasons": ["trial 1 is the best of 3 of mlp", f"trial 2 failed: {said}"],
        "failures": [],
        "searched": made.manifest.facts,
        "model": "train/2",
    }


def trained(store: Store, loss: float, **config: Any) -> str:
    """The id of a training of the network's own parameters but for these."""
    whole = TrainConfig(**config).model_dump(mode="json")
    facts = {"network": "mlp", "epochs": whole["epochs"], "validation_loss": loss, "validation_accuracy": 0.9}
    recipe = Recipe("train", whole, {"examples": store.artifact("preprocess/1")}, {"a.py": "a" * 64}, {}, {})
    return store.produce(recipe, lambda out: facts).artifact.id
