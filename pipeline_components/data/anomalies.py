"""What is wrong with examples: named, counted, located and graded."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol

import numpy as np

from pipeline_components.errors import BadData

LOCATED = 5

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


def stop_on_errors(dataset: str, anomalies: Sequence[Anomaly]) -> None:
    """Raise BadData, in one line that says every error's count and first examples."""
    errors = [a for a in anomalies if a.severity == "error"]
    if errors:
        plural = "s" if len(errors) > 1 else ""
        raise BadData(f"{dataset}: {len(errors)} error{plural} in the data: " + "; ".join(a.message for a in errors))
