"""What is kept of a run: which artifacts, why each was made, and what it came to."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict, cast

from pipeline_components.chain.gate import decision_on, how_to_decide
from pipeline_components.chain.references import blessing_of, input_of
from pipeline_components.chain.service import held_back
from pipeline_components.data.blessing import Blessing, outcome, refusal
from pipeline_components.data.decision import Decision
from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.errors import ArtifactNotFound, DigitsError, ending_of, first_line
from pipeline_components.store import Outcome, ServedVersion, Store


class StepRecord(TypedDict):
    """One component in a run: its artifact, whether it was there before, and why it was made if it was not."""

    id: str
    hit: bool
    why: str
    reason: dict[str, Any]
    elapsed_s: float


class Failure(TypedDict):
    """What a run failed of: the component, the kind of error, its message, and in a word how the run ended by it."""

    component: str
    kind: str
    message: str
    ending: str


class DecisionRecord(Decision):
    """A person's decision, and the id of its artifact."""

    id: str


class RunRecord(TypedDict):
    """`runs/<run id>.json`: `report` and `model` are artifact ids.

    `ending` says in a word or two how it ended, for what reason if it failed; `earlier` are the attempts before this
    one of a run that was cleared, oldest first. `served_version` is the version served at the end, `served_model` the
    id of the model in it, and `held_back` says why that is not this run's model although it is blessed.
    `judged_again` says why, for each time that something else was in service than what the model was judged against.
    `decision` is what a person decided about the model; `undecided` is one that waits for that.
    """

    run_id: str
    ended_at: str
    elapsed_s: float
    parameters: dict[str, Any]
    steps: dict[str, StepRecord]
    verdict: Literal["blessed", "refused", "undecided", "failed"]
    ending: str
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
    served_model: NotRequired[str | None]
    held_back: NotRequired[str | None]
    decision: NotRequired[DecisionRecord]
    earlier: NotRequired[list[dict[str, Any]]]


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
    parameters: Mapping[str, Any],
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
        parameters=dict(parameters),
        steps=dict(steps),
        verdict="failed",
        ending=failures[0]["ending"] if failures else "",
        reasons=[f"{each['component']}: {each['message']}" for each in failures],
        failures=list(failures),
        judged_again=list(judged_again),
    )
    if not failures:
        made = {component: step["id"] for component, step in steps.items()}
        record = cast(RunRecord, record | _ending(store, made, str(parameters.get("approval", "never"))))
    if refused:
        record |= {"verdict": "refused", "ending": "refused", "reasons": [refused]}
    store.write_run(run_id, dict(record))
    return record


def failure_of(component: str, error: BaseException) -> Failure:
    """What is kept of an exception; a bug's message begins with its type."""
    ending, kind = ending_of(error), type(error).__name__
    message = first_line(error, most=500) if str(error) else ""
    if isinstance(error, Exception) and not isinstance(error, DigitsError):
        message = f"{kind}: {message}".removesuffix(": ")
    return Failure(component=component, kind=kind, message=message or ending, ending=ending)


def _model_in(store: Store, version: ServedVersion) -> str | None:
    """The model in a served version; None if the export that it was pushed from is gone."""
    with suppress(ArtifactNotFound):
        return input_of(store, store.artifact(version.export), "model").id
    return None


def _ending(store: Store, made: Mapping[str, str], approval: str) -> dict[str, Any]:
    """What a person asks when a run has ended: verdict and reasons, accuracy, model, report, what is served."""
    version, export = store.served(MODEL_NAME).current(), made.get("export")
    evaluation = store.artifact(made["evaluate"])
    blessing, facts = blessing_of(store, evaluation.id), evaluation.manifest.facts
    held = held_back(store, export) if export else None
    found = decision_on(store, evaluation.id)
    decision = DecisionRecord(**found[1], id=found[0].id) if found else None
    return {
        "ending": f"{outcome(blessing)}, held back" if held else outcome(blessing),
        **{name: blessing[name] for name in ("verdict", "reasons", "forced")},
        **_decided(evaluation.id, blessing, decision, approval),
        **{name: facts[name] for name in ("dataset", "accuracy", "accuracy_low", "accuracy_high", "examples")},
        "model": made.get("train"),
        "report": made.get("report"),
        "served_version": version.number if version else None,
        "served_model": _model_in(store, version) if version else None,
        "held_back": held,
    }


def _decided(evaluation: str, blessing: Blessing, decision: DecisionRecord | None, approval: str) -> dict[str, Any]:
    """What a person's decision, or the lack of one, makes of the verdict by the rules; nothing where none is asked."""
    told = {"decision": decision} if decision else {}
    why = refusal(blessing, decision, approval) if blessing["blessed"] is True else None
    if why is None:
        return told
    if decision is None:
        return {"verdict": "undecided", "ending": "undecided", "reasons": [f"{why}: {how_to_decide(evaluation)}"]}
    return told | {"verdict": "refused", "ending": "rejected", "reasons": [why]}


def report_page(store: Store, record: Mapping[str, Any]) -> Path:
    """The page of a run's report."""
    return store.artifact(record["report"]).path / "report.html"
