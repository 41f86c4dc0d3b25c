"""What a run compares itself with: the champion, the data it learnt from, and the runs before.

Each is an input of the recipe like any other. They are chosen so that the same run again, after its model is served,
asks for the same inputs as before, and is all hits.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pipeline_components.data import registry
from pipeline_components.store import Artifact, ServedModel, Store

HISTORY_LENGTH = 50


def champion(store: Store, inputs: Mapping[str, Artifact]) -> dict[str, Artifact]:
    """The export now served; for a model that is itself served, the champion that it was evaluated against."""
    served = served_export(store)
    if served is None:
        return {}
    if not _is_input(inputs["model"], served, "model"):
        return {"champion": served}
    return _recorded(store, input_of(store, served, "evaluation"), "champion")


def baseline(store: Store, inputs: Mapping[str, Artifact]) -> dict[str, Artifact]:
    """The data that the served model learnt from; for that data itself, what it was compared with in its time."""
    served = served_export(store)
    if served is None:
        return {}
    data = input_of(store, served, "examples")
    if _is_input(inputs["examples"], data, "examples"):
        return _recorded(store, data, "baseline")
    same_line = _line(input_of(store, data, "examples")) == _line(inputs["examples"])
    return {"baseline": data} if same_line else {}


def history(store: Store, inputs: Mapping[str, Artifact]) -> dict[str, list[Artifact]]:
    """The evaluations of this line before this one, oldest first: a fixed set, so that the same run again is a hit."""
    now = inputs["evaluation"]
    earlier = [each for each in store.artifacts("evaluate") if each.number < now.number]
    return {"history": [each for each in earlier if _judged_line(each) == _judged_line(now)][-HISTORY_LENGTH:]}


EXTRA_INPUTS: dict[str, Callable[[Store, Mapping[str, Artifact]], Mapping[str, Any]]] = {
    "preprocess": baseline,
    "evaluate": champion,
    "report": history,
}


def served_export(store: Store) -> Artifact | None:
    """The export whose bytes are served now."""
    version = ServedModel(store.root).current()
    return store.artifact(version.export) if version else None


def input_of(store: Store, artifact: Artifact, name: str) -> Artifact:
    """The artifact that this one was made from, by the argument's name."""
    return store.artifact(artifact.manifest.inputs[name]["id"])


def _is_input(candidate: Artifact, of: Artifact, name: str) -> bool:
    return bool(of.manifest.inputs[name]["content"] == candidate.manifest.content)


def _recorded(store: Store, artifact: Artifact, name: str) -> dict[str, Artifact]:
    return {name: input_of(store, artifact, name)} if name in artifact.manifest.inputs else {}


def _line(ingested: Artifact) -> str:
    return registry.dataset(ingested.manifest.config["dataset"]).line


def _judged_line(evaluation: Artifact) -> str:
    return registry.dataset(metrics_of(evaluation)["dataset"]).line


def metrics_of(evaluation: Artifact) -> dict[str, Any]:
    """What an evaluation measured."""
    return _read_json(evaluation.path / "metrics.json")


def blessing_of(evaluation: Artifact) -> dict[str, Any]:
    """What an evaluation decided, rule by rule."""
    return _read_json(evaluation.path / "blessing.json")


def _read_json(file: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(file.read_text())
    return content


def past_run(evaluation: Artifact) -> dict[str, Any]:
    """A row of the report's history."""
    metrics, made = metrics_of(evaluation), evaluation.manifest.made
    return {
        "evaluation": evaluation.id,
        "model": evaluation.manifest.inputs["model"]["id"],
        "made_at": made["at"],
        "elapsed_s": made["elapsed_s"],
        "verdict": blessing_of(evaluation)["verdict"],
    } | {name: metrics[name] for name in ("accuracy", "accuracy_low", "accuracy_high")}
