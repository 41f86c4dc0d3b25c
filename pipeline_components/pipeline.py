"""The chain in plain Python: which component reads what, found in the store or made, gated, pushed and recorded.

Airflow's tasks and the command line both call `produce`, one component at a time; nothing here loads TensorFlow
until a component has to run.
"""

import importlib
import importlib.metadata
import json
import logging
import os
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pipeline_components import quiet
from pipeline_components.config import PipelineConfig
from pipeline_components.data import registry
from pipeline_components.errors import Refused
from pipeline_components.store import Artifact, Hit, Outcome, Recipe, Serving, Store, Version, source_closure

log = logging.getLogger(__name__)

PACKAGE = "pipeline_components"
HISTORY_LENGTH = 50
Made = Mapping[str, str]
State = Literal["running", "done", "hit", "skipped", "failed"]
Watch = Callable[[str, State, Outcome | None], None]


@dataclass(frozen=True)
class Step:
    """A component in the chain: argument → component that makes it; the libraries that shape its bytes."""

    component: str
    inputs: Mapping[str, str]
    libraries: tuple[str, ...]


_EVALUATED = {"examples": "preprocess", "model": "train", "evaluation": "evaluate"}
STEPS = {
    step.component: step
    for step in (
        Step("ingest", {}, ("tensorflow", "tensorflow-datasets")),
        Step("preprocess", {"examples": "ingest"}, ("tensorflow", "tensorflow-datasets", "numpy", "pyarrow")),
        Step("train", {"examples": "preprocess"}, ("tensorflow", "keras", "numpy", "pyarrow")),
        Step("evaluate", {"examples": "preprocess", "model": "train"}, ("tensorflow", "keras", "numpy", "pyarrow")),
        Step("report", _EVALUATED, ("matplotlib", "pandas", "jinja2", "numpy", "pyarrow")),
        Step("export", _EVALUATED, ("tensorflow", "keras", "numpy")),
    )
}


def produce(
    component: str,
    store: Store,
    config: PipelineConfig,
    made: Made,
    *,
    force: bool = False,
    manual_dir: Path | None = None,
    run_id: str | None = None,
) -> Outcome:
    """One component's artifact, found by its recipe or made: `made` names the artifacts of the components before it."""
    if component == "ingest":
        config = with_dataset(config, store, manual_dir)
    if component == "export":
        check_gate(store, made["evaluate"])
    recipe = recipe_of(component, store, config, made)
    outcome = store.produce(recipe, lambda out: make(recipe, config, out, manual_dir), force=force, run_id=run_id)
    log.info("%s  %s", outcome.artifact.id, outcome.why)
    return outcome


def recipe_of(component: str, store: Store, config: PipelineConfig, made: Made) -> Recipe:
    """What the component's next artifact would be made from."""
    step = STEPS[component]
    inputs: dict[str, Any] = {name: store.artifact(made[source]) for name, source in step.inputs.items()}
    inputs |= _EXTRA_INPUTS.get(component, lambda _store, _inputs: {})(store, inputs)
    return recipe_with(component, config, inputs)


def recipe_with(component: str, config: PipelineConfig, inputs: Mapping[str, Any]) -> Recipe:
    """The recipe of a component with these very inputs, and the code and libraries of now."""
    return Recipe(
        component=component,
        config=getattr(config, component).model_dump(mode="json"),
        inputs=inputs,
        source=source_closure(f"{PACKAGE}.{component}", PACKAGE),
        libraries={name: importlib.metadata.version(name) for name in STEPS[component].libraries},
    )


def make(recipe: Recipe, config: PipelineConfig, out: Path, manual_dir: Path | None) -> dict[str, Any]:
    """Run a recipe's component: it writes into the folder `out`; returns its facts."""
    if "tensorflow" in recipe.libraries:
        quiet.import_tensorflow()
    component = getattr(importlib.import_module(f"{PACKAGE}.{recipe.component}"), recipe.component)
    folders = {name: each.path for name, each in recipe.inputs.items() if isinstance(each, Artifact)}
    keywords: dict[str, Any] = {"out": out, "config": getattr(config, recipe.component)}
    if recipe.component == "ingest":
        keywords["manual_dir"] = manual_dir
    if "history" in recipe.inputs:
        keywords["history"] = [_past_run(each) for each in recipe.inputs["history"]]  # type: ignore[union-attr]
    facts: dict[str, Any] = component(**folders, **keywords)
    return facts


def _champion(store: Store, inputs: Mapping[str, Artifact]) -> dict[str, Artifact]:
    """The export now served; for a model that is itself served, the champion that it was evaluated against."""
    served = served_export(store)
    if served is None:
        return {}
    if not _is_input(inputs["model"], served, "model"):
        return {"champion": served}
    return _recorded(store, _input(store, served, "evaluation"), "champion")


def _baseline(store: Store, inputs: Mapping[str, Artifact]) -> dict[str, Artifact]:
    """The data that the served model learnt from; for that data itself, what it was compared with in its time."""
    served = served_export(store)
    if served is None:
        return {}
    data = _input(store, served, "examples")
    if _is_input(inputs["examples"], data, "examples"):
        return _recorded(store, data, "baseline")
    same_line = _line(_input(store, data, "examples")) == _line(inputs["examples"])
    return {"baseline": data} if same_line else {}


def _history(store: Store, inputs: Mapping[str, Artifact]) -> dict[str, list[Artifact]]:
    """The evaluations of this line before this one, oldest first: a fixed set, so that the same run again is a hit."""
    now = inputs["evaluation"]
    line = registry.dataset(_metrics(now)["dataset"]).line
    earlier = [each for each in store.artifacts("evaluate") if each.number < now.number]
    return {"history": [e for e in earlier if registry.dataset(_metrics(e)["dataset"]).line == line][-HISTORY_LENGTH:]}


_EXTRA_INPUTS: dict[str, Callable[[Store, Mapping[str, Artifact]], Mapping[str, Any]]] = {
    "preprocess": _baseline,
    "evaluate": _champion,
    "report": _history,
}


def served_export(store: Store) -> Artifact | None:
    """The export whose bytes are served now."""
    version = Serving(store.root).current()
    return store.artifact(version.export) if version else None


def _input(store: Store, artifact: Artifact, name: str) -> Artifact:
    return store.artifact(artifact.manifest.inputs[name]["id"])


def _is_input(candidate: Artifact, of: Artifact, name: str) -> bool:
    return bool(of.manifest.inputs[name]["content"] == candidate.manifest.content)


def _recorded(store: Store, artifact: Artifact, name: str) -> dict[str, Artifact]:
    return {name: _input(store, artifact, name)} if name in artifact.manifest.inputs else {}


def _line(ingested: Artifact) -> str:
    return registry.dataset(ingested.manifest.config["dataset"]).line


def _metrics(evaluation: Artifact) -> dict[str, Any]:
    return _read_json(evaluation.path / "metrics.json")


def _blessing(evaluation: Artifact) -> dict[str, Any]:
    return _read_json(evaluation.path / "blessing.json")


def _read_json(file: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(file.read_text())
    return content


def _past_run(evaluation: Artifact) -> dict[str, Any]:
    metrics, made = _metrics(evaluation), evaluation.manifest.made
    return {
        "evaluation": evaluation.id,
        "model": evaluation.manifest.inputs["model"]["id"],
        "made_at": made["at"],
        "elapsed_s": made["elapsed_s"],
        "verdict": _blessing(evaluation)["verdict"],
    } | {name: metrics[name] for name in ("accuracy", "accuracy_low", "accuracy_high")}


def with_dataset(config: PipelineConfig, store: Store, manual_dir: Path | None) -> PipelineConfig:
    """The config with `auto` made concrete: mnist if it can be had, else the sample, said loudly."""
    if config.ingest.dataset != registry.AUTO:
        return config
    mnist = config.model_copy(update={"ingest": config.ingest.model_copy(update={"dataset": "mnist"})})
    if _can_have_mnist(mnist, store, manual_dir):
        return mnist
    log.warning(SAMPLE_NOTICE)
    return config.model_copy(update={"ingest": config.ingest.model_copy(update={"dataset": registry.SAMPLE})})


SAMPLE_NOTICE = (
    "MNIST CANNOT BE HAD HERE (no route to its host, no manual folder): training on mnist_sample, 5,000 of its images. "
    "For all 70,000, put MNIST's four original files into a folder and set DIGITS_MANUAL_DIR to it."
)


def _can_have_mnist(config: PipelineConfig, store: Store, manual_dir: Path | None) -> bool:
    if manual_dir is not None and registry.in_folder("mnist", manual_dir):
        return True
    if isinstance(store.find(recipe_of("ingest", store, config, {})), Hit):
        return True
    return registry.reachable("mnist")


def is_blessed(store: Store, evaluation: str) -> bool:
    """Whether an evaluation found its model good enough to serve."""
    return _blessing(store.artifact(evaluation))["blessed"] is True


def check_gate(store: Store, evaluation: str) -> None:
    """Let a blessed model through; raises Refused with every reason in one line."""
    blessing = _blessing(store.artifact(evaluation))
    if blessing["blessed"] is not True:
        raise Refused(f"{evaluation} refused: {'; '.join(blessing['reasons'])}")


def push(store: Store, export: str, *, who: str) -> Version | None:
    """Serve an export, unless it is served already; one that was rolled back stays away until it is pushed by hand."""
    serving = Serving(store.root)
    artifact = store.artifact(export)
    if serving.withdrawn(artifact.digest):
        log.warning("%s was rolled back: it is not served again by itself", export)
        return serving.current()
    evaluation = _input(store, artifact, "evaluation")
    why = _blessing(evaluation)["forced"] or f"{evaluation.id} blessed"
    return serving.push(artifact, who=who, why=why)


def closing(store: Store, made: Made) -> dict[str, Any]:
    """What a person asks when a run has ended: verdict and reasons, accuracy, served version, path of the report."""
    facts: dict[str, Any] = {"dataset": store.artifact(made["ingest"]).manifest.config["dataset"] if made else None}
    if "evaluate" in made:
        evaluation = store.artifact(made["evaluate"])
        blessing, metrics = _blessing(evaluation), _metrics(evaluation)
        facts |= {"verdict": blessing["verdict"], "reasons": blessing["reasons"], "forced": blessing["forced"]}
        facts |= {name: metrics[name] for name in ("accuracy", "accuracy_low", "accuracy_high", "examples")}
    if "report" in made:
        facts["report"] = str(store.artifact(made["report"]).path / "report.html")
    version = Serving(store.root).current()
    return facts | {"served_version": version.number if version else None, "model": made.get("train")}


def run(
    store: Store,
    config: PipelineConfig,
    *,
    force: Collection[str] = (),
    manual_dir: Path | None = None,
    watch: Watch = lambda component, state, outcome: None,
    who: str = "digits run",
) -> dict[str, Any]:
    """Run the whole chain in this process; returns the run's record, which the store keeps.

    A refused model is no error here: the record's `verdict` says `refused`, the report is made and nothing is pushed.
    """
    run_id, started = new_run_id(), time.monotonic()
    made: dict[str, str] = {}
    steps: dict[str, Any] = {}
    failure: str | None = None
    component = ""
    try:
        for component in STEPS:
            if component == "export" and not _blessing(store.artifact(made["evaluate"]))["blessed"]:
                watch(component, "skipped", None)
                continue
            watch(component, "running", None)
            outcome = produce(
                component, store, config, made, force=component in force, manual_dir=manual_dir, run_id=run_id
            )
            made[component] = outcome.artifact.id
            steps[component] = step_record(outcome)
            if component == "export":
                push(store, made["export"], who=who)
            watch(component, "hit" if outcome.hit else "done", outcome)
    except BaseException as error:
        failure = f"{component}: {str(error) or type(error).__name__}"
        watch(component, "failed", None)
        raise
    finally:
        record = record_run(store, run_id, config, steps, elapsed_s=time.monotonic() - started, failure=failure)
    return record


def step_record(outcome: Outcome) -> dict[str, Any]:
    """What a run's record says of one component."""
    return {
        "id": outcome.artifact.id,
        "hit": outcome.hit,
        "why": outcome.why,
        "elapsed_s": round(outcome.elapsed_s, 3),
    }


def record_run(
    store: Store,
    run_id: str,
    config: PipelineConfig,
    steps: Mapping[str, Any],
    *,
    elapsed_s: float,
    failure: str | None = None,
) -> dict[str, Any]:
    """Write a run's record: parameters, component → artifact with hit or miss and why, verdict, what is served."""
    record = {
        "run_id": run_id,
        "ended_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "elapsed_s": round(elapsed_s, 3),
        "parameters": config.flat(),
        "steps": dict(steps),
        "verdict": "failed",
        "reasons": [failure] if failure else [],
    }
    if not failure:
        record |= closing(store, {component: step["id"] for component, step in steps.items()})
    store.write_run(run_id, record)
    return record


def new_run_id() -> str:
    """A run's id outside Airflow: when it began, and who else cannot have begun then."""
    return f"run__{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}__{os.getpid()}"
