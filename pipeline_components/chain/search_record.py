"""What is kept of a run that searched: what was asked, what was found, and which trials failed."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from pipeline_components.chain.record import Failure, StepRecord, failure_of, step_record
from pipeline_components.errors import DigitsError
from pipeline_components.json_files import read_json
from pipeline_components.store import Outcome, Store
from pipeline_components.store.reason import Reason
from pipeline_components.tune.trials import read_trials

if TYPE_CHECKING:
    from pipeline_components.chain.tuning import Search

MOST_REASONS = 20  # failed trials that a record names; the artifact has all


class SearchRecord(TypedDict):
    """`runs/<run id>.json` of a search: `searched` holds the facts of its artifact, empty if it came to none.

    `model` is the artifact of train of the best trial. `reasons` begins with the best, and goes on with what failed.
    """

    run_id: str
    ended_at: str
    elapsed_s: float
    parameters: dict[str, Any]
    steps: dict[str, StepRecord]
    verdict: Literal["searched", "failed"]
    ending: str
    reasons: list[str]
    failures: list[Failure]
    searched: dict[str, Any]
    model: str | None


def reduce_and_record(
    search: "Search",
    run_id: str,
    parameters: Mapping[str, Any],
    made: Mapping[str, str],
    *,
    elapsed_s: float,
    ending: str = "searched",
) -> Outcome:
    """The artifact of a search as it stands, and the record of the run; of one that came to none too, before it raises.

    `made` names what came before, by component; `ending` is `interrupted` where a person has ended it.
    """
    before = {name: _found(search.store, each, run_id) for name, each in made.items()}
    try:
        outcome = search.reduce(run_id)
    except DigitsError as error:
        failure = failure_of("tune", error)
        failure["ending"] = failure["ending"] if ending == "searched" else ending
        record_failed_search(search.store, run_id, parameters, before, [failure], elapsed_s=elapsed_s)
        raise
    facts, best = outcome.artifact.manifest.facts, read_json(outcome.artifact.path / "best.json")
    record = _unfinished(run_id, parameters, before | {"tune": step_record(outcome)}, elapsed_s)
    record |= {"verdict": "searched", "ending": ending, "reasons": [headline(facts), *_failed(outcome)]}
    record |= {"searched": dict(facts), "model": best["train_artifact"]}
    search.store.write_run(run_id, dict(record))
    return outcome


def record_failed_search(
    store: Store,
    run_id: str,
    parameters: Mapping[str, Any],
    steps: Mapping[str, StepRecord],
    failures: Sequence[Failure],
    *,
    elapsed_s: float,
) -> None:
    """Write the record of a search that came to no artifact."""
    record = _unfinished(run_id, parameters, steps, elapsed_s)
    record["ending"] = failures[0]["ending"] if failures else "failed"
    record["reasons"] = [f"{each['component']}: {each['message']}" for each in failures]
    store.write_run(run_id, dict(record | {"failures": [*failures]}))


def headline(facts: Mapping[str, Any]) -> str:
    """The best of a search in a line, from the facts of its artifact."""
    found = f"trial {facts['best']} is the best of {facts['trials']} of {facts['network']}"
    return f"{found}: validation loss {facts['validation_loss']:.4f}, accuracy {facts['validation_accuracy']:.4f}"


def _unfinished(
    run_id: str, parameters: Mapping[str, Any], steps: Mapping[str, StepRecord], elapsed_s: float
) -> SearchRecord:
    """The record of a search that has found nothing."""
    return SearchRecord(
        run_id=run_id,
        ended_at=datetime.now(UTC).isoformat(timespec="seconds"),
        elapsed_s=round(elapsed_s, 3),
        parameters=dict(parameters),
        steps=dict(steps),
        verdict="failed",
        ending="",
        reasons=[],
        failures=[],
        searched={},
        model=None,
    )


def _found(store: Store, artifact_id: str, run_id: str) -> StepRecord:
    """What a task before has left, told by its id alone: made by this run, or there before."""
    made = store.artifact(artifact_id).manifest.made
    if made.get("run_id") == run_id:
        return StepRecord(id=artifact_id, hit=False, why="", reason={}, elapsed_s=float(made["elapsed_s"]))
    reason = Reason("hit", artifact_id)
    return StepRecord(id=artifact_id, hit=True, why=str(reason), reason=reason.as_json(), elapsed_s=0.0)


def _failed(outcome: Outcome) -> list[str]:
    failed = [each for each in read_trials(outcome.artifact.path) if each["state"] == "failed"]
    return [f"trial {each['number']} failed: {each['reason']}" for each in failed[:MOST_REASONS]]
