"""Quality checks: examples that teach nothing or flatter the score (blank, duplicated, mislabelled, leaked)."""

from typing import TypedDict

import numpy as np

from pipeline_components.preprocess.anomalies import Anomaly, Severity, of_examples
from pipeline_components.preprocess.neighbours import LabelEvidence, label_evidence
from pipeline_components.preprocess.statistics import Part
from pipeline_components.stats.wilson import wilson

#: Suspect labels to expect where nothing is known: MNIST and its sample have 0.010 to 0.014, see neighbours.py.
SUSPECTS_EXPECTED = 0.015
#: Above what is expected: 5 % of randomised labels add 0.03, another sample of clean ones adds 0.005.
SUSPECTS_ALLOWED = 0.008
#: Share whose nearest neighbour has another label: 0.09 on MNIST, 0.17 on the likes of fashion_mnist, 0.9 by chance.
DISAGREEMENT_ALLOWED = 0.4


class Quality(TypedDict):
    """How many examples of a split are wrong in which way; `checked` of its labels were held against neighbours."""

    blank: int
    saturated: int
    duplicates: int
    conflicting: int
    checked: int
    suspect_labels: int
    suspect_share: float
    disagreement: float


def check_split(part: Part, tolerance: float, expected: float | None) -> tuple[Quality, list[Anomaly]]:
    """Count and grade what is wrong inside one split; `expected` is the share of suspect labels known to be normal."""
    measured, label = part.measured, part.examples.label
    evidence = label_evidence(measured.grid, label)
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
        checked=evidence.checked,
        suspect_labels=len(evidence.suspect),
        suspect_share=round(evidence.suspect_share, 4),
        disagreement=round(evidence.disagreement, 4),
    ), anomalies + _label_anomalies(part, evidence, expected)


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


def _label_anomalies(part: Part, evidence: LabelEvidence, expected: float | None) -> list[Anomaly]:
    """Labels that do not follow images: an error when most do not, a warning when more do not than is normal."""
    normal = SUSPECTS_EXPECTED if expected is None else expected
    if wilson(round(evidence.disagreement * evidence.checked), evidence.checked)[0] > DISAGREEMENT_ALLOWED:
        what = f"labels do not follow the images: {evidence.disagreement:.0%} differ from the most similar image's"
        return [of_examples("random_labels", "error", part, np.arange(len(part)), what)]
    low, _ = wilson(len(evidence.suspect), evidence.checked)
    if low <= normal + SUSPECTS_ALLOWED:
        return []
    what = f"suspect labels of {evidence.checked:,} checked, whose 4 nearest neighbours agree on another; normal are "
    return [of_examples("suspect_labels", "warning", part, evidence.suspect, what + f"{normal:.1%}")]
