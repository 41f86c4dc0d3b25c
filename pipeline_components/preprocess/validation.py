"""Runs all checks of the data and gives what statistics.json and anomalies.json hold."""

from dataclasses import dataclass
from typing import Any

from pipeline_components.data.examples import Examples
from pipeline_components.data.schema import DataSchema
from pipeline_components.preprocess import drift, quality
from pipeline_components.preprocess.anomalies import Anomaly
from pipeline_components.preprocess.baseline import Baseline
from pipeline_components.preprocess.statistics import Part, SplitStatistics, measured_part


@dataclass(frozen=True)
class Findings:
    """The content of statistics.json, and the anomalies."""

    statistics: dict[str, Any]
    anomalies: list[Anomaly]


def validate(splits: dict[str, Examples], schema: DataSchema, baseline: Baseline | None, tolerance: float) -> Findings:
    """Measure every image once; look for what is wrong in each split, between them, and against the baseline."""
    parts = {name: measured_part(name, examples, schema.classes) for name, examples in splits.items()}
    usable = baseline if baseline and baseline.fits(schema) else None
    findings = Findings({"splits": {name: part.statistics for name, part in parts.items()}}, [])
    if baseline and not usable:
        findings.anomalies.append(_incomparable(baseline, schema))
    _quality(findings, parts, tolerance, usable.suspect_share if usable else None)
    _leakage(findings, parts, tolerance)
    _compare(findings, "drift", parts, usable.splits if usable else {}, usable.name if usable else "")
    trained = parts["train"].statistics
    _compare(findings, "skew", parts, {"validation": trained, "test": trained}, "the training split")
    return findings


def _quality(findings: Findings, parts: dict[str, Part], tolerance: float, expected: float | None) -> None:
    """What is wrong inside each split."""
    findings.statistics["quality"] = {}
    for name, part in parts.items():
        findings.statistics["quality"][name], found = quality.check_split(part, tolerance, expected)
        findings.anomalies.extend(found)


def _leakage(findings: Findings, parts: dict[str, Part], tolerance: float) -> None:
    """Held-out images that the training split holds too."""
    findings.statistics["leakage"] = {}
    for name in ("validation", "test"):
        count, found = quality.check_leakage(parts[name], parts["train"], tolerance)
        findings.statistics["leakage"][name] = count
        findings.anomalies.extend(found)


def _compare(
    findings: Findings, kind: str, parts: dict[str, Part], then: dict[str, SplitStatistics], against: str
) -> None:
    """Splits that do not look like others: `drift` from before, `skew` from the training split."""
    distances = {}
    for name, statistics in then.items():
        distances[name], found = drift.check(kind, parts[name], statistics, against)
        classes = list(statistics["classes"])
        findings.anomalies.extend(found + drift.relabelled(parts[name], statistics, classes, against))
    findings.statistics[kind] = {"against": against or None, "splits": distances}


def _incomparable(baseline: Baseline, schema: DataSchema) -> Anomaly:
    """A baseline of other classes or another line says nothing of drift: the gate will ask whether a line starts."""
    message = f"{baseline.name} has other classes or is of another line than {schema.dataset}: drift is not checked"
    return Anomaly("baseline_incomparable", "warning", None, 1, (), message)
