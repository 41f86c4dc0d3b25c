"""Measure a model on the test split, compare it with the champion, and say whether it may be served."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

from pipeline_components.evaluate.config import EvaluateConfig

log = logging.getLogger(__name__)


class EvaluateFacts(TypedDict):
    """The verdict and the numbers that a table shows."""

    dataset: str
    examples: int
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    loss: float | None
    verdict: str
    reasons: list[str]


def evaluate(
    examples: Path,
    model: Path,
    champion: Path | None = None,
    anchor: Path | None = None,
    unforced: Path | None = None,
    *,
    out: Path,
    config: EvaluateConfig,
    **learnt_from: Sequence[Path],
) -> EvaluateFacts:
    """Make `metrics.json`, `predictions.parquet`, `confusion.parquet` and `blessing.json`.

    Reads `test.arrow` and `schema.json` of a preprocess artifact, `model.keras` of a train artifact, and
    `saved_model/` with `model.json` of export artifacts: the champion, which is served now; the anchor, which no model
    of the line may be worse than; and the last that passed without force, where the champion was forced. Where
    one of them learnt from other training data than this model's, `champion_examples` (and so on) are those preprocess
    artifacts: test examples that either of two models learnt from are left out where they are compared. What models
    learnt from that this one began with is `model_examples`: too many of the test examples in it are refused. A bad
    score is a verdict, not an exception; raises BadModel when a model cannot be run on these examples.
    """
    from pipeline_components.evaluate.comparison import Role
    from pipeline_components.evaluate.judging import judge, write

    beside: dict[Role, Path | None] = {"champion": champion, "anchor": anchor, "unforced": unforced}
    judged = judge(examples, model, beside, config, learnt_from)
    write(judged, out)
    metrics, blessing, dataset, seen = judged.metrics, judged.blessing, judged.metrics["dataset"], len(judged.test)
    log.info("%s: accuracy %.4f on %s test examples", dataset, metrics["accuracy"], f"{seen:,}")
    log.info("%s: %s", blessing["verdict"], "; ".join(blessing["reasons"]))
    return EvaluateFacts(
        dataset=dataset,
        examples=seen,
        accuracy=metrics["accuracy"],
        accuracy_low=metrics["accuracy_low"],
        accuracy_high=metrics["accuracy_high"],
        loss=metrics["loss"],
        verdict=blessing["verdict"],
        reasons=blessing["reasons"],
    )
