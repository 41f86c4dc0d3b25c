"""What is kept of a run: which artifacts, why each was made, and what it came to."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pipeline_components.chain.config import PipelineConfig
from pipeline_components.chain.references import blessing_of, metrics_of
from pipeline_components.store import Outcome, ServedModel, Store


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


def closing(store: Store, made: Mapping[str, str]) -> dict[str, Any]:
    """What a person asks when a run has ended: verdict and reasons, accuracy, served version, path of the report."""
    facts: dict[str, Any] = {"dataset": store.artifact(made["ingest"]).manifest.config["dataset"] if made else None}
    if "evaluate" in made:
        evaluation = store.artifact(made["evaluate"])
        blessing, metrics = blessing_of(evaluation), metrics_of(evaluation)
        facts |= {"verdict": blessing["verdict"], "reasons": blessing["reasons"], "forced": blessing["forced"]}
        facts |= {name: metrics[name] for name in ("accuracy", "accuracy_low", "accuracy_high", "examples")}
    if "report" in made:
        facts["report"] = str(store.artifact(made["report"]).path / "report.html")
    version = ServedModel(store.root).current()
    return facts | {"served_version": version.number if version else None, "model": made.get("train")}
