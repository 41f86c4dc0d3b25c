"""The whole chain in this process: found or made, gated, pushed and recorded."""

import os
import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Literal

from pipeline_components.chain.components import Component, run_components
from pipeline_components.chain.config import PipelineConfig
from pipeline_components.chain.produce import Folders, produce, push
from pipeline_components.chain.record import Failure, RunRecord, StepRecord, failure_of, record_run, step_record
from pipeline_components.chain.references import blessing_of
from pipeline_components.data.blessing import may_be_served
from pipeline_components.store import Outcome, Store

State = Literal["running", "done", "hit", "skipped", "failed"]
Watch = Callable[[str, State, Outcome | None], None]


def run(
    store: Store,
    config: PipelineConfig,
    *,
    force: Collection[str] = (),
    outside: Folders | None = None,
    watch: Watch = lambda component, state, outcome: None,
    who: str = "digits run",
) -> RunRecord:
    """Run the whole chain; returns the run's record, which the store keeps.

    A refused model is no error here: the record's `verdict` says `refused`, the report is made and nothing is pushed.
    """
    run_id, started = new_run_id(), time.monotonic()
    steps: dict[str, StepRecord] = {}
    failures: list[Failure] = []
    name = ""
    try:
        for component in run_components():
            name, made = component.name, {each: step["id"] for each, step in steps.items()}
            if is_skipped(component, store, made):
                watch(name, "skipped", None)
                continue
            watch(name, "running", None)
            outcome = produce(component, store, config[name], made, outside=outside, force=name in force, run_id=run_id)
            steps[name] = step_record(outcome)
            if component.pushed:
                push(store, outcome.artifact.id, who=who)
            watch(name, "hit" if outcome.hit else "done", outcome)
    except BaseException as error:
        failures.append(failure_of(name, error))
        watch(name, "failed", None)
        raise
    finally:
        record = record_run(
            store, run_id, config.flat(), steps, elapsed_s=time.monotonic() - started, failures=failures
        )
    return record


def is_skipped(component: Component, store: Store, made: dict[str, str]) -> bool:
    """Whether the gate is shut before a component, or before one that it takes its inputs from."""
    if any(source not in made for source in component.inputs.values()):
        return True
    return component.gated and not may_be_served(blessing_of(store, made[component.inputs["evaluation"]]))


def new_run_id() -> str:
    """A run's id outside Airflow: when it began, and who else cannot have begun then."""
    return f"run__{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}__{os.getpid()}"
