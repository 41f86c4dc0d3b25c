"""What is wrong with examples: named, counted, located and graded."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, Protocol

import numpy as np

from pipeline_components.errors import BadData

LOCATED = 5
DRIFT = {"drift", "skew", "labels_shifted"}
TOLERATED = {"blank_images", "saturated_images", "duplicate_images", "conflicting_labels", "leakage"}

Severity = Literal["error", "warning"]


class Located(Protocol):
    """Rows that have a split's name and example ids."""

    @property
    def split(self) -> str:
        """The split's name."""

    def ids(self, rows: np.ndarray) -> list[str]:
        """The example ids of these rows."""

    def __len__(self) -> int:
        """How many rows there are."""


@dataclass(frozen=True)
class Anomaly:
    """One finding. An error stops the run before training; a warning goes to the report."""

    anomaly: str
    severity: Severity
    split: str | None
    count: int
    examples: tuple[str, ...]
    message: str

    def as_json(self) -> dict[str, Any]:
        """The finding as anomalies.json holds it."""
        return {**asdict(self), "examples": list(self.examples)}


def located(split: str, count: int, what: str, ids: Sequence[str]) -> str:
    """`train: 30 blank images (train/3, train/17, …)`."""
    shown = ", ".join(ids[:LOCATED]) + (", …" if count > len(ids[:LOCATED]) else "")
    return f"{split}: {count:,} {what}" + (f" ({shown})" if ids else "")


def of_examples(name: str, severity: Severity, source: Located, rows: np.ndarray, what: str) -> Anomaly:
    """A finding about these rows of a split, with the first ids."""
    ids = source.ids(rows[:LOCATED])
    return Anomaly(name, severity, source.split, len(rows), tuple(ids), located(source.split, len(rows), what, ids))


def accepted(anomalies: Sequence[Anomaly], accept_drift: bool) -> list[Anomaly]:
    """The same findings, where drift is accepted as warnings."""
    return [
        replace(anomaly, severity="warning") if accept_drift and anomaly.anomaly in DRIFT else anomaly
        for anomaly in anomalies
    ]


def stop_on_errors(dataset: str, anomalies: Sequence[Anomaly]) -> None:
    """Raise BadData, in one line that says every error's count and first examples, and what to do."""
    errors = [anomaly for anomaly in anomalies if anomaly.severity == "error"]
    if errors:
        ways_out = dict.fromkeys(_way_out(error.anomaly) for error in errors)
        raise BadData(
            f"{dataset}: {len(errors)} error{'s' if len(errors) > 1 else ''} in the data: "
            f"{'; '.join(error.message for error in errors)}: mend the data, or {', '.join(ways_out)}"
        )


def _way_out(anomaly: str) -> str:
    """Which parameter says that the data is as it should be."""
    if anomaly in DRIFT:
        return "set accept_drift if it changed for good"
    return "raise anomaly_tolerance" if anomaly in TOLERATED else "give the data_schema that it should have"
