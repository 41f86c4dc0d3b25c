"""Measure a model on the test split, compare it with the model now served, and say whether it may be served."""

import logging
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
    examples: Path, model: Path, champion: Path | None = None, *, out: Path, config: EvaluateConfig
) -> EvaluateFacts:
    """Make `metrics.json`, `predictions.parquet`, `confusion.parquet` and `blessing.json`.

    Reads `test.arrow` and `schema.json` of a preprocess artifact, `model.keras` of a train artifact, and
    `saved_model/` with `model.json` of the export artifact now served, if any. A bad score is a verdict, not an
    exception; raises BadModel when a model cannot be run on these examples.
    """
    import pyarrow.parquet as pq

    from pipeline_components.data import blessing as blessings
    from pipeline_components.data import registry
    from pipeline_components.data.examples import read_examples
    from pipeline_components.data.schema import read_schema
    from pipeline_components.evaluate.metrics import Predictions, measure, of_champion
    from pipeline_components.evaluate.predictions import Champion, probabilities_of
    from pipeline_components.evaluate.rules import bless, rules_of
    from pipeline_components.evaluate.scores import confusion
    from pipeline_components.evaluate.tables import confusion_table, predictions_table
    from pipeline_components.json_files import write_json
    from pipeline_components.stats.mcnemar import paired

    schema = read_schema(examples / "schema.json")
    test = read_examples(examples / "test.arrow")
    names = schema.classes
    challenger = Predictions(probabilities_of(model / "model.keras", test.image, len(names)), test.label)
    served = Champion.open(champion) if champion else None
    problems = served.differences(names, registry.dataset(schema.dataset).line) if served else []
    before = Predictions(served.predict(test.image), test.label) if served and not problems else None
    pairs = paired(challenger.correct, before.correct) if before else None

    metrics = measure(schema, test.image, challenger, before, config.confidence)
    if served:
        metrics["champion"] = of_champion(served, problems, before, pairs, config)
    blessing = bless(list(rules_of(metrics, challenger.mean_loss, pairs, config)), config.force_bless)
    write_json(out / "metrics.json", metrics)
    write_json(out / blessings.FILE, blessing)
    pq.write_table(predictions_table(test, challenger, before), out / "predictions.parquet")
    pq.write_table(confusion_table(confusion(test.label, challenger.digit, len(names))), out / "confusion.parquet")
    log.info("%s: accuracy %.4f on %s test examples", schema.dataset, metrics["accuracy"], f"{len(test):,}")
    log.info("%s: %s", blessing["verdict"], "; ".join(blessing["reasons"]))
    return EvaluateFacts(
        dataset=schema.dataset,
        examples=len(test),
        accuracy=metrics["accuracy"],
        accuracy_low=metrics["accuracy_low"],
        accuracy_high=metrics["accuracy_high"],
        loss=metrics["loss"],
        verdict=blessing["verdict"],
        reasons=blessing["reasons"],
    )
