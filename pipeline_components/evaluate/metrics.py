"""metrics.json: everything that is measured of a model on the test examples, and of the champion beside it."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TypedDict

import numpy as np

from pipeline_components.data.schema import DataSchema
from pipeline_components.evaluate.config import EvaluateConfig
from pipeline_components.evaluate.predictions import Champion
from pipeline_components.evaluate.scores import (
    ClassScore,
    Slice,
    confusion,
    cross_entropy,
    per_class,
    score_slice,
    slices,
)
from pipeline_components.stats.calibration import Calibration, calibration
from pipeline_components.stats.mcnemar import Paired, outcome
from pipeline_components.stats.wilson import wilson


@dataclass(frozen=True)
class Predictions:
    """A model's probabilities, float32 [n, classes], beside the labels, uint8 [n]."""

    probabilities: np.ndarray
    label: np.ndarray

    @cached_property
    def digit(self) -> np.ndarray:
        """The most probable class of each example, uint8."""
        digit: np.ndarray = np.argmax(self.probabilities, axis=1).astype(np.uint8)
        return digit

    @cached_property
    def correct(self) -> np.ndarray:
        """Which examples it got right; a row that is not finite is right about nothing."""
        right: np.ndarray = (self.digit == self.label) & np.isfinite(self.probabilities).all(axis=1)
        return right

    @cached_property
    def loss(self) -> np.ndarray:
        """The cross-entropy of each example, float32."""
        return cross_entropy(self.probabilities, self.label)

    @property
    def mean_loss(self) -> float:
        """The loss over all examples; not-a-number when any example's is, or when there is none."""
        return float(self.loss.mean(dtype=np.float64)) if len(self.loss) else math.nan


class ChampionMetrics(TypedDict):
    """The champion on the same examples; every number is null when it cannot be compared."""

    classes: list[str]
    dataset: str
    line: str
    problems: list[str]
    accuracy: float | None
    accuracy_low: float | None
    accuracy_high: float | None
    loss: float | None
    newly_right: int | None
    newly_wrong: int | None
    p_worse: float | None
    p_better: float | None
    p_different: float | None
    outcome: str


class TestMetrics(TypedDict):
    """metrics.json."""

    dataset: str
    classes: list[str]
    examples: int
    correct: int
    confidence: float
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    loss: float | None
    per_class: list[ClassScore]
    calibration: Calibration
    slices: list[Slice]
    champion: ChampionMetrics | None


def measure(
    schema: DataSchema, image: np.ndarray, challenger: Predictions, champion: Predictions | None, confidence: float
) -> TestMetrics:
    """Measure the challenger, exactly: every example counts once."""
    correct, seen = int(challenger.correct.sum()), len(challenger.label)
    low, high = wilson(correct, seen, confidence)
    matrix = confusion(challenger.label, challenger.digit, len(schema.classes))
    parts = slices(image, challenger.label, schema.classes, None if champion is None else ~champion.correct)
    return TestMetrics(
        dataset=schema.dataset,
        classes=schema.classes,
        examples=seen,
        correct=correct,
        confidence=confidence,
        accuracy=correct / max(seen, 1),
        accuracy_low=low,
        accuracy_high=high,
        loss=finite(challenger.mean_loss),
        per_class=per_class(matrix, schema.classes, confidence),
        calibration=calibration(challenger.probabilities.max(axis=1), challenger.correct),
        slices=[score_slice(name, what, challenger.correct[rows], confidence) for name, what, rows in parts],
        champion=None,
    )


def of_champion(
    served: Champion,
    problems: list[str],
    predictions: Predictions | None,
    pairs: Paired | None,
    config: EvaluateConfig,
) -> ChampionMetrics:
    """The champion's own numbers on the same examples, and McNemar's; without predictions, why there are none."""
    metrics = ChampionMetrics(
        classes=served.classes, dataset=served.dataset, line=served.line, problems=problems,
        accuracy=None, accuracy_low=None, accuracy_high=None, loss=None, newly_right=None, newly_wrong=None,
        p_worse=None, p_better=None, p_different=None, outcome="cannot be compared",
    )  # fmt: skip
    if predictions is None or pairs is None:
        return metrics
    correct, seen = int(predictions.correct.sum()), len(predictions.label)
    metrics["accuracy"] = correct / max(seen, 1)
    metrics["accuracy_low"], metrics["accuracy_high"] = wilson(correct, seen, config.confidence)
    metrics["loss"] = finite(predictions.mean_loss)
    metrics["newly_right"], metrics["newly_wrong"] = pairs.newly_right, pairs.newly_wrong
    metrics["p_worse"], metrics["p_better"], metrics["p_different"] = pairs.p_worse, pairs.p_better, pairs.p_different
    metrics["outcome"] = outcome(pairs, config.champion_alpha)
    return metrics


def finite(value: float) -> float | None:
    """The value as JSON can hold it."""
    return value if math.isfinite(value) else None
