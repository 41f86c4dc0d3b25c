"""Measure a model on the test split, compare it with the model now served, and say whether it may be served."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline_components.data import registry
from pipeline_components.data.examples import Examples, read_examples
from pipeline_components.data.schema import DataSchema
from pipeline_components.errors import BadConfig, BadData
from pipeline_components.evaluate import rules
from pipeline_components.evaluate.config import EvaluateConfig
from pipeline_components.evaluate.metrics import Predictions, TestMetrics, measure, of_champion
from pipeline_components.evaluate.predictions import Champion, probabilities_of
from pipeline_components.evaluate.scores import confusion
from pipeline_components.stats.mcnemar import Paired, paired

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
    schema = _schema(examples / "schema.json")
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
    blessing = rules.bless(list(_rules(metrics, challenger.mean_loss, pairs, config)), config.force_bless)
    _write_json(out / "metrics.json", metrics)
    _write_json(out / "blessing.json", blessing)
    pq.write_table(_predictions(test, challenger, before), out / "predictions.parquet")
    pq.write_table(_confusion(confusion(test.label, challenger.digit, len(names))), out / "confusion.parquet")
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


def _rules(metrics: TestMetrics, loss: float, pairs: Paired | None, config: EvaluateConfig) -> Iterator[rules.Rule]:
    """Every rule that this run asks for, in the order in which a person would want to read them."""
    threshold = config.accuracy_threshold
    if threshold is None:
        threshold = registry.dataset(metrics["dataset"]).accuracy_threshold
    floor = max(1 - 5 * (1 - threshold), 0.0) if config.recall_floor is None else config.recall_floor
    bound = max(1 - threshold, 0.05) if config.calibration_bound is None else config.calibration_bound
    yield rules.loss_rule(loss)
    yield rules.accuracy_rule(metrics, threshold)
    yield rules.recall_rule(metrics["per_class"], floor)
    yield rules.calibration_rule(metrics["calibration"]["ece"], bound)
    if metrics["champion"]:
        yield rules.comparable_rule(metrics["champion"]["problems"], config.new_line)
    if pairs:
        yield rules.champion_rule(pairs, config.champion_alpha)
        if config.require_improvement:
            yield rules.improvement_rule(pairs, config.champion_alpha)
    if unknown := set(config.slice_floors) - {part["slice"] for part in metrics["slices"]} - {"hard"}:
        known = ", ".join(part["slice"] for part in metrics["slices"])
        raise BadConfig(f"slice_floors: no slice {', '.join(sorted(unknown))}; slices: {known}")
    yield from rules.slice_rules(metrics["slices"], config.slice_floors)


def _predictions(test: Examples, challenger: Predictions, champion: Predictions | None) -> pa.Table:
    """A row per test example, in the order of test.arrow."""
    classes = challenger.probabilities.shape[1]
    nothing = pa.nulls(len(test))
    return pa.table(
        {
            "example_id": test.example_id,
            "label": pa.array(test.label, pa.uint8()),
            "digit": pa.array(challenger.digit, pa.uint8()),
            "probabilities": _rows(challenger.probabilities),
            "loss": pa.array(challenger.loss, pa.float32()),
            "champion_digit": pa.array(champion.digit) if champion else nothing.cast(pa.uint8()),
            "champion_probabilities": (
                _rows(champion.probabilities) if champion else nothing.cast(pa.list_(pa.float32(), classes))
            ),
        }
    )


def _rows(probabilities: np.ndarray) -> pa.Array:
    """A matrix as a column of fixed-size lists, with no copy."""
    return pa.FixedSizeListArray.from_arrays(pa.array(probabilities.ravel(), pa.float32()), probabilities.shape[1])


def _confusion(matrix: np.ndarray) -> pa.Table:
    """A row per pair of label and digit, zeros too."""
    label, digit = np.indices(matrix.shape, dtype=np.uint8)
    return pa.table({"label": label.ravel(), "digit": digit.ravel(), "count": matrix.ravel()})


def _schema(file: Path) -> DataSchema:
    """The schema that preprocess wrote."""
    try:
        return DataSchema.model_validate_json(file.read_text())
    except (OSError, ValueError) as error:
        raise BadData(f"{file}: not a schema ({str(error).splitlines()[0]}): run preprocess again") from None


def _write_json(file: Path, content: Any) -> None:
    """JSON that people can read and digests can trust: no NaN."""
    file.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n")
