"""Quality checks: examples that teach nothing or flatter the score (blank, saturated, duplicated, leaked)."""

from typing import TypedDict

import numpy as np

from pipeline_components.preprocess.anomalies import Anomaly, Severity, of_examples
from pipeline_components.preprocess.statistics import Part


class Quality(TypedDict):
    """How many examples of a split are wrong in which way."""

    blank: int
    saturated: int
    duplicates: int
    conflicting: int


def check_split(part: Part, tolerance: float) -> tuple[Quality, list[Anomaly]]:
    """Count and grade what is wrong inside one split."""
    measured, label = part.measured, part.examples.label
    found = {
        "blank_images": ("blank images", np.flatnonzero(measured.blank)),
        "saturated_images": ("saturated images", np.flatnonzero(measured.saturated & ~measured.blank)),
        "duplicate_images": ("images that repeat an earlier one", duplicates(measured.content, measured.blank)),
        "conflicting_labels": (
            "images that repeat an earlier one under another label",
            conflicts(measured.content, label),
        ),
    }
    anomalies = [
        of_examples(name, grade(len(rows), len(part), tolerance), part, rows, what)
        for name, (what, rows) in found.items()
        if len(rows)
    ]
    return Quality(
        blank=len(found["blank_images"][1]),
        saturated=len(found["saturated_images"][1]),
        duplicates=len(found["duplicate_images"][1]),
        conflicting=len(found["conflicting_labels"][1]),
    ), anomalies


def check_leakage(held_out: Part, train: Part, tolerance: float) -> tuple[int, list[Anomaly]]:
    """Count and grade the held-out images that the training split holds too, blank ones aside."""
    content = held_out.measured.content
    leaked = np.flatnonzero(np.isin(content, train.measured.content) & ~held_out.measured.blank)
    if not len(leaked):
        return 0, []
    twin = np.flatnonzero(train.measured.content == content[leaked[0]])[:1]
    what = f"images that the training split holds too, {train.ids(twin)[0]} first"
    severity = grade(len(leaked), len(held_out), tolerance)
    return len(leaked), [of_examples("leakage", severity, held_out, leaked, what)]


def grade(count: int, seen: int, tolerance: float) -> Severity:
    """An error above the tolerated share."""
    return "error" if count > tolerance * seen else "warning"


def duplicates(content: np.ndarray, ignored: np.ndarray) -> np.ndarray:
    """Positions of images that were there before, `ignored` ones aside."""
    _, first, inverse = np.unique(content, return_index=True, return_inverse=True)
    return np.flatnonzero((first[inverse] != np.arange(len(content))) & ~ignored)


def conflicts(content: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Positions of images that were there before with another label."""
    _, first, inverse = np.unique(content, return_index=True, return_inverse=True)
    return np.flatnonzero(label[first[inverse]] != label)
