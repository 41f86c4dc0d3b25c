"""How often a model is right: over all examples, by class and by slice, each with its interval."""

import math
from collections.abc import Iterator, Sequence
from typing import TypedDict

import numpy as np

from pipeline_components.data.examples import Images, chunks
from pipeline_components.stats.wilson import wilson

QUARTERS = 4


#: One class: `support` examples have it; recall comes with its Wilson interval.
ClassScore = TypedDict(
    "ClassScore",
    {
        "class": str,
        "support": int,
        "precision": float,
        "recall": float,
        "f1": float,
        "recall_low": float,
        "recall_high": float,
    },
)


class Slice(TypedDict):
    """The accuracy over a named part of the test examples."""

    slice: str
    description: str
    examples: int
    accuracy: float | None
    accuracy_low: float
    accuracy_high: float


def cross_entropy(probabilities: np.ndarray, label: np.ndarray) -> np.ndarray:
    """The loss of each example, -log p(label), float32; p is clipped to 1e-7 as Keras does it."""
    p = probabilities[np.arange(len(label)), label].astype(np.float64)
    loss: np.ndarray = (-np.log(np.clip(p, 1e-7, 1 - 1e-7))).astype(np.float32)
    return loss


def confusion(label: np.ndarray, digit: np.ndarray, classes: int) -> np.ndarray:
    """Counts [label, digit], int64 [classes, classes]."""
    pairs = label.astype(np.int64) * classes + digit
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def per_class(matrix: np.ndarray, names: Sequence[str], confidence: float) -> list[ClassScore]:
    """Precision, recall and F1 of every class; 0 where a class was never predicted or never seen."""
    right, support, predicted = np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0)
    rows = []
    for i, name in enumerate(names):
        low, high = wilson(int(right[i]), int(support[i]), confidence)
        score: ClassScore = {
            "class": name,
            "support": int(support[i]),
            "precision": _ratio(right[i], predicted[i]),
            "recall": _ratio(right[i], support[i]),
            "f1": _ratio(2 * right[i], support[i] + predicted[i]),
            "recall_low": low,
            "recall_high": high,
        }
        rows.append(score)
    return rows


def slices(
    image: Images, label: np.ndarray, classes: Sequence[str], hard: np.ndarray | None
) -> Iterator[tuple[str, str, np.ndarray]]:
    """Name, description and positions: each class, quarters by ink, and what the champion got wrong."""
    for i, name in enumerate(classes):
        yield f"class_{name}", f"examples of class {name}", np.flatnonzero(label == i)
    ink = [some.reshape(len(some), -1).sum(axis=1, dtype=np.int64) for _, some in chunks(image)]
    order = np.argsort(np.concatenate([np.empty(0, np.int64), *ink]), kind="stable")
    for i, quarter in enumerate(np.array_split(order, QUARTERS)):
        how = {0: ", the thinnest", QUARTERS - 1: ", the boldest"}.get(i, "")
        yield f"ink_{i + 1}", f"quarter {i + 1} of {QUARTERS} by ink{how}", quarter
    if hard is not None:
        yield "hard", "examples that the champion got wrong", np.flatnonzero(hard)


def score_slice(name: str, description: str, correct: np.ndarray, confidence: float) -> Slice:
    """The accuracy over the members of one slice; null when it has none."""
    seen, right = len(correct), int(correct.sum())
    low, high = wilson(right, seen, confidence)
    return Slice(
        slice=name,
        description=description,
        examples=seen,
        accuracy=right / seen if seen else None,
        accuracy_low=low,
        accuracy_high=high,
    )


def _ratio(part: int, whole: int) -> float:
    """A share, 0 of nothing."""
    return float(part / whole) if whole else 0.0


def finite(value: float) -> float | None:
    """The value as JSON can hold it."""
    return value if math.isfinite(value) else None
