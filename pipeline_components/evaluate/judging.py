"""Evaluation step by step: predict with the model and the champion, measure, apply the rules, write the blessing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow.parquet as pq

from pipeline_components.data import blessing as blessings
from pipeline_components.data import registry
from pipeline_components.data.blessing import Blessing
from pipeline_components.data.examples import Examples, chunks, read_examples
from pipeline_components.data.schema import DataSchema, read_schema
from pipeline_components.evaluate.comparison import Role, compare
from pipeline_components.evaluate.config import EvaluateConfig
from pipeline_components.evaluate.metrics import TestMetrics, looks, measure
from pipeline_components.evaluate.predictions import Champion, Predictions, probabilities_of
from pipeline_components.evaluate.rules import anchors, bless, is_tied, rules_of, undecided, warnings_of
from pipeline_components.evaluate.scores import confusion
from pipeline_components.evaluate.tables import confusion_table, predictions_table
from pipeline_components.json_files import write_json


@dataclass(frozen=True)
class Judged:
    """What was predicted, by the challenger and by the champion where it can be asked, and what it comes to."""

    test: Examples
    challenger: Predictions
    champion: Predictions | None
    metrics: TestMetrics
    blessing: Blessing


def judge(
    examples: Path,
    model: Path,
    beside: Mapping[Role, Path | None],
    config: EvaluateConfig,
    learnt_from: Mapping[str, Sequence[Path]] = {},
) -> Judged:
    """Predict the test split with the model and with those beside it, measure, compare and apply the rules."""
    schema, test = read_schema(examples / "schema.json"), read_examples(examples / "test.arrow")
    probabilities = probabilities_of(model / "model.keras", test.image, len(schema.classes))
    challenger = Predictions(probabilities, test.label)
    asked = {folder: ask(folder, schema, test) for folder in dict.fromkeys(beside.values()) if folder}
    champion = asked[folder].predictions if (folder := beside.get("champion")) else None
    metrics = measure(schema, test.image, challenger, champion, config.confidence)
    before = seen_in(test, learnt_from.get("model_examples", ()))
    metrics["learnt_before"] = int(before.sum())
    own = before | seen_in(test, [examples])
    for role, folder in beside.items():
        if folder:
            other, new = asked[folder], ~(own | seen_in(test, learnt_from.get(f"{role}_examples", ())))
            theirs = other.predictions and other.predictions.of(new)
            metrics[role] = compare(other.model, other.problems, challenger.of(new), theirs, config)
    metrics["looks"] = looks(metrics, config.earlier_looks or 0)
    blessing = bless(
        list(rules_of(metrics, challenger.mean_loss, config)),
        config.force_bless,
        anchors=anchors(metrics),
        warnings=warnings_of(metrics),
        undecided=undecided(metrics, config.champion_alpha),
        tied=is_tied(metrics, config.champion_alpha),
    )
    return Judged(test, challenger, champion, metrics, blessing)


def seen_in(test: Examples, learnt_from: Sequence[Path]) -> np.ndarray:
    """Which test examples are, pixel by pixel, among those of these training splits, bool [n]."""
    seen: set[bytes] = set()
    if not learnt_from:
        return np.zeros(len(test), bool)
    known = np.unique(np.concatenate([np.zeros(1, np.uint64), *(_hashes(image) for _, image in chunks(test.image))]))
    for folder in learnt_from:
        if (folder / "train.arrow").is_file():
            for _, train in chunks(read_examples(folder / "train.arrow").image):
                hashes = _hashes(train)
                nearest = known[np.minimum(np.searchsorted(known, hashes), len(known) - 1)]
                likely = train[nearest == hashes]  # few: only these are compared byte by byte
                seen |= {image.tobytes() for image in likely}
    if not seen:
        return np.zeros(len(test), bool)
    return np.array([image.tobytes() in seen for _, some in chunks(test.image) for image in some], bool)


def _hashes(image: np.ndarray) -> np.ndarray:
    """A number of each image, uint64 [n], equal for equal ones: quicker to compare than their bytes."""
    words = image.reshape(len(image), -1).view(np.uint64)
    weights = np.random.default_rng(0).integers(1, 2**63, words.shape[1], np.uint64)
    hashes: np.ndarray = (words * weights).sum(axis=1, dtype=np.uint64)
    return hashes


class Asked(NamedTuple):
    """A model beside which another is judged, what it predicts, and why it cannot be asked, if it cannot."""

    model: Champion
    problems: list[str]
    predictions: Predictions | None


def ask(folder: Path, schema: DataSchema, test: Examples) -> Asked:
    """Open an export and predict the test split with it, if it answers the same question."""
    model = Champion.open(folder)
    problems = model.differences(schema.classes, registry.dataset(schema.dataset).line)
    return Asked(model, problems, None if problems else Predictions(model.predict(test.image), test.label))


def write(judged: Judged, out: Path) -> None:
    """Write metrics.json, blessing.json, predictions.parquet and confusion.parquet."""
    challenger, test = judged.challenger, judged.test
    matrix = confusion(test.label, challenger.digit, challenger.probabilities.shape[1])
    write_json(out / "metrics.json", judged.metrics)
    write_json(out / blessings.FILE, judged.blessing)
    pq.write_table(predictions_table(test, challenger, judged.champion), out / "predictions.parquet")
    pq.write_table(confusion_table(matrix), out / "confusion.parquet")
