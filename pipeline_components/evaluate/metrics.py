"""metrics.json: everything that is measured of a model on the test examples, and of the champion beside it."""

from typing import TypedDict

from pipeline_components.data.examples import Images
from pipeline_components.data.schema import DataSchema
from pipeline_components.evaluate.comparison import Comparison, pairs_of
from pipeline_components.evaluate.predictions import Predictions
from pipeline_components.evaluate.scores import (
    ClassScore,
    Slice,
    confusion,
    finite,
    per_class,
    score_slice,
    slices,
)
from pipeline_components.stats.calibration import Calibration, calibration
from pipeline_components.stats.looks import flattery
from pipeline_components.stats.wilson import wilson


class Looks(TypedDict):
    """How many other models were judged on these images before, and what the best of that many flatters, expected."""

    earlier: int
    flattery: float


class TestMetrics(TypedDict):
    """metrics.json.

    `learnt_before` is how many of the examples a model learnt from that this one began with.
    """

    dataset: str
    classes: list[str]
    examples: int
    correct: int
    confidence: float
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    loss: float | None
    mean_confidence: float | None
    not_finite: int
    learnt_before: int
    per_class: list[ClassScore]
    calibration: Calibration
    slices: list[Slice]
    looks: Looks
    champion: Comparison | None
    anchor: Comparison | None
    unforced: Comparison | None


def measure(
    schema: DataSchema, image: Images, challenger: Predictions, champion: Predictions | None, confidence: float
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
        mean_confidence=finite(challenger.mean_confidence),
        not_finite=challenger.not_finite,
        learnt_before=0,
        per_class=per_class(matrix, schema.classes, confidence),
        calibration=calibration(challenger.probabilities.max(axis=1), challenger.correct),
        slices=[score_slice(name, what, challenger.correct[rows], confidence) for name, what, rows in parts],
        looks=Looks(earlier=0, flattery=0.0),
        champion=None,
        anchor=None,
        unforced=None,
    )


def looks(metrics: TestMetrics, earlier: int) -> Looks:
    """The account of looks, by how often the champion and this model disagree; without one, as if by chance alone."""
    beside, seen = metrics["champion"], metrics["examples"]
    pairs = beside and pairs_of(beside)
    if pairs and beside and beside["examples"]:
        disagreement = (pairs.newly_right + pairs.newly_wrong) / beside["examples"]
    else:
        disagreement = 2 * metrics["accuracy"] * (1 - metrics["accuracy"])
    return Looks(earlier=earlier, flattery=flattery(earlier + 1, seen, disagreement))
