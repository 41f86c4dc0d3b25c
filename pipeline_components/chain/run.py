"""The whole chain in this process: found or made, gated, pushed and recorded."""

import os
import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Literal

from pipeline_components.chain.components import run_components
from pipeline_components.chain.config import PipelineConfig
from pipeline_components.chain.produce import Folders, is_skipped
from pipeline_components.chain.record import Failure, RunRecord, StepRecord, failure_of, record_run, step_record
from pipeline_components.chain.service import Step, carry_out
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

    A refused model is no error here, nor one that waits for a person: the record's `verdict` says `refused` or
    `undecided`, the report is made and nothing is pushed.
    """
    run_id, started = new_run_id(), time.monotonic()
    steps: dict[str, StepRecord] = {}
    failures: list[Failure] = []
    step, name = Step({}), ""
    try:
        for component in run_components():
            name, made = component.name, {each: step["id"] for each, step in steps.items()}
            if is_skipped(component, store, made, config["approve"].approval):
                watch(name, "skipped", None)
                continue
            watch(name, "running", None)
            step = carry_out(component, store, config, made, outside=outside, force=force, run_id=run_id, who=who)
            steps |= {each: step_record(outcome) for each, outcome in step.outcomes.items()}
            for each, outcome in step.outcomes.items():
                watch(each, "hit" if outcome.hit else "done", outcome)
            if name not in step.outcomes:
                watch(name, "skipped", None)
    except BaseException as error:
        failures.append(failure_of(name, error))
        watch(name, "failed", None)
        raise
    finally:
        took_s, again, why = time.monotonic() - started, step.judged_again, step.refused
        record = record_run(
            store, run_id, config.flat(), steps, elapsed_s=took_s, failures=failures, judged_again=again, refused=why
        )
    return record


def new_run_id() -> str:
    """A run's id outside Airflow: when it began, and who else cannot have begun then."""
    return f"run__{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}__{os.getpid()}"
