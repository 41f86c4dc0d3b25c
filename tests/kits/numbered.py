"""Components that take no time, for tests of what strings them together: a model is a number, its accuracy.

The number is the seed that it is trained with. It is refused when the champion's is higher by more than SLACK, or when
it is below the accuracy threshold in hundredths, and tied with a champion within SLACK; everything else is the chain's
own, and so is `approve`.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pipeline_components.approve import approve
from pipeline_components.chain.components import Component
from pipeline_components.chain.config import PipelineConfig
from pipeline_components.chain.record import RunRecord
from pipeline_components.chain.run import run
from pipeline_components.data.blessing import may_be_served, read_blessing
from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.store import ServedModel, Store, content_in

SLACK = 5
PLAIN = {"dataset": "mnist_sample", "accuracy_threshold": 0.0}


def put(file: Path, value: object) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(value))


def number_in(folder: Path | None) -> int | None:
    """The number of a model, of an export, or of what is served."""
    return json.loads((folder / "saved_model" / "weights").read_text()) if folder else None


def ingest(*, out: Path, config: Any) -> dict[str, Any]:
    put(out / "examples" / "rows", 1)
    return {"dataset": config.dataset}


def preprocess(examples: Path, baseline: Path | None = None, *, out: Path, config: Any) -> dict[str, Any]:
    put(out / "test.arrow", config.split_seed)
    return {"dataset": "mnist_sample"}


def train(examples: Path, *, out: Path, config: Any, workspace: Path) -> dict[str, Any]:
    put(out / "saved_model" / "weights", config.seed)
    return {}


def evaluate(
    examples: Path, model: Path, champion: Path | None = None, *, out: Path, config: Any, **others: Any
) -> dict[str, Any]:
    mine, theirs = number_in(model), number_in(champion)
    reasons = [f"champion {theirs} is better than {mine}"] if theirs is not None and theirs > mine + SLACK else []
    reasons += [f"{mine} is below the threshold"] if mine < 100 * (config.accuracy_threshold or 0) else []
    forced = config.force_bless if reasons else None
    blessed = not reasons or bool(forced)
    verdict = "blessed" if blessed else "refused"
    told = {"blessed": blessed, "verdict": verdict, "reasons": reasons or ["good"], "rules": [], "forced": forced}
    told |= {"tied": not reasons and theirs is not None and abs(theirs - mine) <= SLACK}
    put(out / "blessing.json", told)
    put(out / "compared.json", {"model": mine, "champion": theirs})
    accuracy = dict.fromkeys(("accuracy", "accuracy_low", "accuracy_high"), mine / 100)
    return {"dataset": "mnist_sample", "verdict": verdict, "examples": 100, **accuracy}


def report(examples: Path, model: Path, evaluation: Path, *, out: Path, config: Any, **others: Any) -> dict[str, Any]:
    put(out / "report.html", json.loads((evaluation / "compared.json").read_text()))
    return {}


def export(examples: Path, model: Path, evaluation: Path, *, out: Path, config: Any, **others: Any) -> dict[str, Any]:
    put(out / "saved_model" / "weights", number_in(model))
    put(out / "notes", json.loads((evaluation / "compared.json").read_text()))
    return {}


FUNCTIONS = {each.__name__: each for each in (ingest, preprocess, train, evaluate, report, approve, export)}


def make_light(patch: pytest.MonkeyPatch) -> None:
    """Put these functions into the place of the real ones, for every component of a run."""
    patch.setattr(Component, "function", property(lambda component: FUNCTIONS[component.name]))
    patch.setattr("pipeline_components.quiet.import_tensorflow", lambda: None)


def retrain(store: Store, number: int, watch: Any = lambda *_: None, **parameters: Any) -> RunRecord:
    """A run that trains the model of that number."""
    flat: Mapping[str, Any] = PLAIN | {"seed": number} | parameters
    return run(store, PipelineConfig.from_flat(flat), watch=watch)


def misjudged(store: Store) -> list[str]:
    """The pushes whose model was not blessed beside exactly that which it replaced: there must never be one."""
    wrong, before = [], None
    for version in ServedModel(store.root, MODEL_NAME).versions():
        if version.action == "push":
            evaluation = store.artifact(store.artifact(version.export).manifest.inputs["evaluation"]["id"])
            champion = evaluation.manifest.inputs.get("champion")
            compared = content_in(store.artifact(champion["id"])) if champion else None
            if not may_be_served(read_blessing(evaluation.path)) or compared != (before and before.content):
                wrong.append(f"version {version.number}: {evaluation.id} beside {champion}")
        before = version
    return wrong
