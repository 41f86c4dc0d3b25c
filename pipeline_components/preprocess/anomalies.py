"""What is wrong with examples: named, counted, located and graded."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, Protocol

import numpy as np

from pipeline_components.errors import BadData

LOCATED = 5
DRIFT = {"drift", "skew", "labels_shifted"}
#: Which parameter says that the data is as it should be; of what is not here, the schema.
WAYS_OUT = {
    **dict.fromkeys(DRIFT, "set accept_drift if it changed for good"),
    **dict.fromkeys(("leakage", "near_duplicates"), "raise leakage_tolerance"),
    **dict.fromkeys(
        ("blank_images", "saturated_images", "duplicate_images", "conflicting_labels", "suspect_labels", "odd_images"),
        "raise anomaly_tolerance",
    ),
}
#: What to do about each, where it is no matter of the schema.
ADVICE = {
    "drift": "Look at the strangest: a new source, scanner or preparation shows in them.",
    "skew": "Draw the splits from the same source, shuffled.",
    "labels_shifted": "Check the order of the class names, and whether labels and images were joined row by row.",
    "blank_images": "Leave them out: nothing can be learnt from them.",
    "saturated_images": "Leave them out, or mend the exposure: their ink covers all.",
    "duplicate_images": "Keep one of each: the others only weigh it more.",
    "conflicting_labels": "Correct or leave them out: at most one of their labels is right.",
    "leakage": "Take them out of the training split: the test split is to measure what was never seen.",
    "near_duplicates": "Take their twins out of the training split, and split before images are changed or multiplied.",
    "shortcut": "Remove the mark, in every split: a network reads it in place of the digit.",
    "suspect_labels": "Look at them, and correct their labels or leave them out.",
    "random_labels": "Join labels and images anew: they are not in the same order.",
    "odd_images": "Look at the farthest: prepare turned, mirrored, cut or faint ones as the others, or leave them out.",
    "baseline_incomparable": "Nothing, if a new line of data begins; else give the dataset and classes of before.",
}

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
        return {**asdict(self), "examples": list(self.examples), "advice": self.advice}

    @property
    def advice(self) -> str:
        """What to do about it."""
        return ADVICE.get(self.anomaly, "Ingest the right data, or give the data_schema that it should have.")


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
        schema = "give the data_schema that it should have"
        ways_out = dict.fromkeys(WAYS_OUT.get(error.anomaly, schema) for error in errors)
        raise BadData(
            f"{dataset}: {len(errors)} error{'s' if len(errors) > 1 else ''} in the data: "
            f"{'; '.join(error.message for error in errors)}: mend the data, or {', '.join(ways_out)}"
        )
