"""What is kept of a run: which artifacts, why each was made, and what it came to."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict, cast

from pipeline_components.chain.config import PipelineConfig
from pipeline_components.data.blessing import read_blessing
from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.store import Outcome, ServedModel, Store


class StepRecord(TypedDict):
    """One component in a run: its artifact, whether it was there before, and why it was made if it was not."""

    id: str
    hit: bool
    why: str
    reason: dict[str, Any]
    elapsed_s: float


class Failure(TypedDict):
    """What a run failed of: the component, the kind of error, and its message."""

    component: str
    kind: str
    message: str


class RunRecord(TypedDict):
    """`runs/<run id>.json`; `report` and `model` are artifact ids, `served_version` the version served at the end.

    `judged_again` says why, for each time that something else was in service than what the model was judged against.
    """

    run_id: str
    ended_at: str
    elapsed_s: float
    parameters: dict[str, Any]
    steps: dict[str, StepRecord]
    verdict: Literal["blessed", "refused", "failed"]
    reasons: list[str]
    failures: NotRequired[list[Failure]]
    judged_again: NotRequired[list[str]]
    dataset: NotRequired[str]
    forced: NotRequired[str | None]
    accuracy: NotRequired[float]
    accuracy_low: NotRequired[float]
    accuracy_high: NotRequired[float]
    examples: NotRequired[int]
    model: NotRequired[str | None]
    report: NotRequired[str | None]
    served_version: NotRequired[int | None]


def step_record(outcome: Outcome) -> StepRecord:
    """What a run's record says of one component."""
    return StepRecord(
        id=outcome.artifact.id,
        hit=outcome.hit,
        why=outcome.why,
        reason=outcome.reason.as_json(),
        elapsed_s=round(outcome.elapsed_s, 3),
    )


def record_run(
    store: Store,
    run_id: str,
    config: PipelineConfig,
    steps: Mapping[str, StepRecord],
    *,
    elapsed_s: float,
    failures: Sequence[Failure] = (),
    judged_again: Sequence[str] = (),
    refused: str | None = None,
) -> RunRecord:
    """Write a run's record: parameters, steps, verdict and reasons, what is served.

    `refused` says why the model was not served although its evaluation would have allowed it.
    """
    record = RunRecord(
        run_id=run_id,
        ended_at=datetime.now(UTC).isoformat(timespec="seconds"),
        elapsed_s=round(elapsed_s, 3),
        parameters=config.flat(),
        steps=dict(steps),
        verdict="failed",
        reasons=[f"{each['component']}: {each['message']}" for each in failures],
        failures=list(failures),
        judged_again=list(judged_again),
    )
    if not failures:
        record = cast(RunRecord, record | _ending(store, {component: step["id"] for component, step in steps.items()}))
    if refused:
        record |= {"verdict": "refused", "reasons": [refused]}
    store.write_run(run_id, dict(record))
    return record


def _ending(store: Store, made: Mapping[str, str]) -> dict[str, Any]:
    """What a person asks when a run has ended: verdict and reasons, accuracy, model, report, what is served."""
    version = ServedModel(store.root, MODEL_NAME).current()
    evaluation = store.artifact(made["evaluate"])
    blessing, facts = read_blessing(evaluation.path), evaluation.manifest.facts
    return {
        **{name: blessing[name] for name in ("verdict", "reasons", "forced")},
        **{name: facts[name] for name in ("dataset", "accuracy", "accuracy_low", "accuracy_high", "examples")},
        "model": made.get("train"),
        "report": made.get("report"),
        "served_version": version.number if version else None,
    }


def report_page(store: Store, record: Mapping[str, Any]) -> Path:
    """The page of a run's report."""
    return store.artifact(record["report"]).path / "report.html"
