"""The chain in plain Python: which component reads what, found in the store or made, gated, pushed and recorded.

Airflow's tasks and the command line both call `produce`, one component at a time; nothing here loads TensorFlow
until a component has to run.
"""

import importlib
import importlib.metadata
import logging
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pipeline_components import quiet
from pipeline_components.chain.config import PipelineConfig
from pipeline_components.chain.record import new_run_id, record_run, step_record
from pipeline_components.chain.references import EXTRA_INPUTS, blessing_of, input_of, past_run
from pipeline_components.data import registry
from pipeline_components.errors import Refused
from pipeline_components.store import Artifact, Hit, Outcome, Recipe, ServedModel, ServedVersion, Store, source_closure

log = logging.getLogger(__name__)

PACKAGE = "pipeline_components"
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
    if component in EXTRA_INPUTS:
        inputs |= EXTRA_INPUTS[component](store, inputs)
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
        keywords["history"] = [past_run(each) for each in recipe.inputs["history"]]  # type: ignore[union-attr]
    facts: dict[str, Any] = component(**folders, **keywords)
    return facts


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
    return blessing_of(store.artifact(evaluation))["blessed"] is True


def check_gate(store: Store, evaluation: str) -> None:
    """Let a blessed model through; raises Refused with every reason in one line."""
    blessing = blessing_of(store.artifact(evaluation))
    if blessing["blessed"] is not True:
        raise Refused(f"{evaluation} refused: {'; '.join(blessing['reasons'])}")


def push(store: Store, export: str, *, who: str) -> ServedVersion | None:
    """Serve an export, unless it is served already; one that was rolled back stays away until it is pushed by hand."""
    serving = ServedModel(store.root)
    artifact = store.artifact(export)
    if serving.withdrawn(artifact.digest):
        log.warning("%s was rolled back: it comes back by `digits rollback VERSION`, not by itself", export)
        return serving.current()
    evaluation = input_of(store, artifact, "evaluation")
    why = blessing_of(evaluation)["forced"] or f"{evaluation.id} blessed"
    return serving.push(artifact, who=who, why=why)


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
            if component == "export" and not is_blessed(store, made["evaluate"]):
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
