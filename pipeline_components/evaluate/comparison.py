"""A model beside another one that is or was served, example by example."""

from collections.abc import Iterator, Sequence
from typing import Literal, TypedDict

from pipeline_components.evaluate.config import EvaluateConfig
from pipeline_components.evaluate.predictions import Champion, Predictions
from pipeline_components.evaluate.scores import finite
from pipeline_components.stats.mcnemar import Paired, outcome, paired
from pipeline_components.stats.paired_difference import drop, mean_rise
from pipeline_components.stats.power import detectable
from pipeline_components.stats.wilson import wilson

#: Whom a model is compared with: the one now served; the first of the line, or the last that was surely better; and
#: the last that passed without force, where the one now served was forced.
Role = Literal["champion", "anchor", "unforced"]
ROLES: tuple[Role, ...] = ("champion", "anchor", "unforced")
CLASS_ALPHA = 0.005  # of each class: ten of them together raise a false alarm once in twenty comparisons, at no margin


#: One class: the share of its examples that this model no longer gets right, and the lower bound of that.
ClassDrop = TypedDict("ClassDrop", {"class": str, "examples": int, "drop": float, "drop_low": float})


class Comparison(TypedDict):
    """The other model on the same examples, and the two side by side; null where they cannot be compared.

    `detectable` is the loss of accuracy that these examples would have shown four times in five.
    """

    classes: list[str]
    dataset: str
    line: str
    problems: list[str]
    examples: int | None
    accuracy: float | None
    accuracy_low: float | None
    accuracy_high: float | None
    loss: float | None
    newly_right: int | None
    newly_wrong: int | None
    p_worse: float | None
    p_better: float | None
    p_different: float | None
    detectable: float | None
    loss_rise: float | None
    loss_rise_low: float | None
    class_drops: list[ClassDrop]
    outcome: str


def compare(
    served: Champion, problems: list[str], now: Predictions, before: Predictions | None, config: EvaluateConfig
) -> Comparison:
    """This model against another one's predictions of the same examples; without them, why there are none."""
    comparison = Comparison(
        classes=served.classes, dataset=served.dataset, line=served.line, problems=problems, examples=None,
        accuracy=None, accuracy_low=None, accuracy_high=None, loss=None, newly_right=None, newly_wrong=None,
        p_worse=None, p_better=None, p_different=None, detectable=None, loss_rise=None, loss_rise_low=None,
        class_drops=[], outcome="cannot be compared",
    )  # fmt: skip
    if before is None:
        return comparison
    pairs, seen, right = paired(now.correct, before.correct), len(before.label), int(before.correct.sum())
    low, high = wilson(right, seen, config.confidence)
    rise, rise_low = mean_rise(now.loss, before.loss, config.champion_alpha)
    comparison |= {
        "examples": seen,
        "accuracy": right / max(seen, 1),
        "accuracy_low": low,
        "accuracy_high": high,
        "loss": finite(before.mean_loss),
        "newly_right": pairs.newly_right,
        "newly_wrong": pairs.newly_wrong,
        "p_worse": pairs.p_worse,
        "p_better": pairs.p_better,
        "p_different": pairs.p_different,
        "detectable": detectable(seen, pairs.newly_right + pairs.newly_wrong, config.champion_alpha),
        "loss_rise": finite(rise),
        "loss_rise_low": finite(rise_low),
        "class_drops": list(class_drops(served.classes, now, before)),
        "outcome": outcome(pairs, config.champion_alpha),
    }
    return comparison


def class_drops(classes: Sequence[str], now: Predictions, before: Predictions) -> Iterator[ClassDrop]:
    """What became of the recall of every class."""
    for i, name in enumerate(classes):
        rows = now.label == i
        lost, low = drop(paired(now.correct[rows], before.correct[rows]), int(rows.sum()), CLASS_ALPHA)
        found: ClassDrop = {"class": name, "examples": int(rows.sum()), "drop": lost, "drop_low": low}
        yield found


def pairs_of(comparison: Comparison | None) -> Paired | None:
    """The discordant pairs of a comparison; None where there is none."""
    if comparison is None or comparison["newly_right"] is None or comparison["newly_wrong"] is None:
        return None
    return Paired(comparison["newly_right"], comparison["newly_wrong"])
