"""The evaluations of the line before this one, as the report's history shows them."""

from pathlib import Path
from typing import TypedDict

from pipeline_components.data.blessing import Outcome, outcome, read_blessing
from pipeline_components.json_files import read_json
from pipeline_components.report.reading import read_manifest


class PastRun(TypedDict):
    """One earlier evaluation: of which model, when, how accurate, and whether it was blessed, forced or refused."""

    evaluation: str
    model: str | None
    made_at: str | None
    elapsed_s: float | None
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    verdict: Outcome


def past_run(evaluation: Path) -> PastRun:
    """Read an evaluate artifact: metrics.json, blessing.json, and its manifest if it has one.

    Raises BadData when a file is not whole.
    """
    metrics, manifest = read_json(evaluation / "metrics.json"), read_manifest(evaluation)
    made, inputs = manifest.get("made", {}), manifest.get("inputs", {})
    return PastRun(
        evaluation=manifest.get("id", evaluation.name),
        model=inputs.get("model", {}).get("id"),
        made_at=made.get("at"),
        elapsed_s=made.get("elapsed_s"),
        accuracy=metrics["accuracy"],
        accuracy_low=metrics["accuracy_low"],
        accuracy_high=metrics["accuracy_high"],
        verdict=outcome(read_blessing(evaluation)),
    )
