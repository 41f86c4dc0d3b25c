"""Evaluation step by step: predict with the model and the champion, measure, apply the rules, write the blessing."""

from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from pipeline_components.data import blessing as blessings
from pipeline_components.data import registry
from pipeline_components.data.blessing import Blessing
from pipeline_components.data.examples import Examples, read_examples
from pipeline_components.data.schema import read_schema
from pipeline_components.evaluate.config import EvaluateConfig
from pipeline_components.evaluate.metrics import Predictions, TestMetrics, measure, of_champion
from pipeline_components.evaluate.predictions import Champion, probabilities_of
from pipeline_components.evaluate.rules import bless, rules_of
from pipeline_components.evaluate.scores import confusion
from pipeline_components.evaluate.tables import confusion_table, predictions_table
from pipeline_components.json_files import write_json
from pipeline_components.stats.mcnemar import paired


@dataclass(frozen=True)
class Judged:
    """What was predicted, by the challenger and by the champion where it can be asked, and what it comes to."""

    test: Examples
    challenger: Predictions
    champion: Predictions | None
    metrics: TestMetrics
    blessing: Blessing


def judge(examples: Path, model: Path, champion: Path | None, config: EvaluateConfig) -> Judged:
    """Predict the test split with both models, measure, compare and apply the rules."""
    schema, test = read_schema(examples / "schema.json"), read_examples(examples / "test.arrow")
    probabilities = probabilities_of(model / "model.keras", test.image, len(schema.classes))
    challenger = Predictions(probabilities, test.label)
    served = Champion.open(champion) if champion else None
    problems = served.differences(schema.classes, registry.dataset(schema.dataset).line) if served else []
    before = Predictions(served.predict(test.image), test.label) if served and not problems else None
    pairs = paired(challenger.correct, before.correct) if before else None
    metrics = measure(schema, test.image, challenger, before, config.confidence)
    if served:
        metrics["champion"] = of_champion(served, problems, before, pairs, config)
    blessing = bless(list(rules_of(metrics, challenger.mean_loss, pairs, config)), config.force_bless)
    return Judged(test, challenger, before, metrics, blessing)


def write(judged: Judged, out: Path) -> None:
    """Write metrics.json, blessing.json, predictions.parquet and confusion.parquet."""
    challenger, test = judged.challenger, judged.test
    matrix = confusion(test.label, challenger.digit, challenger.probabilities.shape[1])
    write_json(out / "metrics.json", judged.metrics)
    write_json(out / blessings.FILE, judged.blessing)
    pq.write_table(predictions_table(test, challenger, judged.champion), out / "predictions.parquet")
    pq.write_table(confusion_table(matrix), out / "confusion.parquet")
