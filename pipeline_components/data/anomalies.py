"""What is wrong with examples: named, counted, located and graded."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from pipeline_components.errors import BadData

LOCATED = 5


@dataclass(frozen=True)
class Anomaly:
    """One finding. An error stops the run before training; a warning goes to the report."""

    anomaly: str
    severity: Literal["error", "warning"]
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


def stop_on_errors(dataset: str, anomalies: Sequence[Anomaly]) -> None:
    """Raise BadData, in one line that says every error's count and first examples."""
    errors = [a for a in anomalies if a.severity == "error"]
    if errors:
        plural = "s" if len(errors) > 1 else ""
        raise BadData(f"{dataset}: {len(errors)} error{plural} in the data: " + "; ".join(a.message for a in errors))
