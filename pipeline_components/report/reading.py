"""Reads the three artifact folders that a report is made from, once, and checks them against each other."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline_components.data.blessing import Blessing, read_blessing
from pipeline_components.data.decision import Decision, read_decision
from pipeline_components.data.examples import SPLITS, Examples, read_examples
from pipeline_components.errors import BadData
from pipeline_components.json_files import read_json

Json = dict[str, Any]


@dataclass(frozen=True)
class Answers:
    """A model's answers on the test split: `digit`, `label` uint8 [n], `probabilities` float32 [n, classes]."""

    label: np.ndarray
    digit: np.ndarray
    probabilities: np.ndarray
    loss: np.ndarray
    example_id: list[str]

    @property
    def right(self) -> np.ndarray:
        """Where the answer is the label; an answer that is not finite is right about nothing."""
        finite = np.isfinite(self.probabilities).all(axis=1)
        found: np.ndarray = (self.digit == self.label) & finite
        return found


@dataclass(frozen=True)
class Example:
    """An example that an anomaly names."""

    example_id: str
    label: str
    image: np.ndarray


@dataclass(frozen=True)
class Findings:
    """Everything a report says, as it was found; what an older artifact lacks is None or empty."""

    classes: list[str]
    statistics: Json
    anomalies: list[Json]
    examples_of: list[list[Example]]
    counts: pd.DataFrame
    curves: pd.DataFrame
    augmented: Examples | None
    metrics: Json
    blessing: Blessing
    test: Examples
    model: Answers
    champion: Answers | None
    manifests: dict[str, Json]
    decision: Decision | None = None

    @property
    def dataset(self) -> str:
        """The data set's name."""
        return str(self.metrics["dataset"])


def read_findings(examples: Path, model: Path, evaluation: Path, decision: Path | None = None) -> Findings:
    """Read the folders; raises BadData when a file is missing or the evaluation is of other examples."""
    metrics, test = read_json(evaluation / "metrics.json"), read_examples(examples / "test.arrow")
    table = read_parquet(evaluation / "predictions.parquet")
    ids = table["example_id"].to_pylist()
    if ids != test.example_id.to_pylist():
        raise BadData(f"{evaluation}: predictions are of other examples than {examples / 'test.arrow'}: evaluate again")
    found = read_optional(examples / "anomalies.json")
    anomalies = found["anomalies"] if isinstance(found, dict) else found or []
    classes = [str(name) for name in metrics["classes"]]
    return Findings(
        classes=classes,
        statistics=read_optional(examples / "statistics.json") or {},
        anomalies=anomalies,
        examples_of=[named_examples(examples, anomaly, classes) for anomaly in anomalies],
        counts=class_counts(examples, classes),
        curves=read_parquet(model / "history.parquet").to_pandas(),
        augmented=read_examples(varied) if (varied := model / "augmented.arrow").is_file() else None,
        metrics=metrics,
        blessing=read_blessing(evaluation),
        test=test,
        model=answers(table, ids, "digit", "probabilities"),
        champion=answers(table, ids, "champion_digit", "champion_probabilities") if has_champion(table) else None,
        manifests=read_manifests({"preprocess": examples, "train": model, "evaluate": evaluation}),
        decision=read_decision(decision) if decision else None,
    )


def has_champion(table: Any) -> bool:
    """Whether every row has the champion's answer too."""
    return "champion_digit" in table.column_names and table["champion_digit"].null_count == 0


def answers(table: Any, ids: list[str], digit: str, probabilities: str) -> Answers:
    """One model's columns of predictions.parquet as arrays."""
    rows = table.num_rows
    each = table[probabilities].combine_chunks().flatten().to_numpy(zero_copy_only=False).reshape(rows, -1)
    label = table["label"].to_numpy()
    likely = np.maximum(each[np.arange(rows), label], np.finfo(np.float32).tiny)
    return Answers(label, table[digit].to_numpy().astype(np.uint8), each, -np.log(likely), ids)


def named_examples(folder: Path, anomaly: Json, classes: list[str]) -> list[Example]:
    """The examples that an anomaly names, those that its split holds."""
    if anomaly.get("split") not in SPLITS or not anomaly.get("examples"):
        return []
    split = read_examples(folder / f"{anomaly['split']}.arrow")
    rows = [(name, pc.index(split.example_id, name).as_py()) for name in anomaly["examples"]]
    return [Example(name, classes[split.label[row]], split.image[row]) for name, row in rows if row >= 0]


def class_counts(examples: Path, classes: list[str]) -> pd.DataFrame:
    """Examples of each class (rows) in each split (columns)."""
    labels = {split: read_examples(examples / f"{split}.arrow").label for split in SPLITS}
    counts = {split: np.bincount(label, minlength=len(classes)) for split, label in labels.items()}
    return pd.DataFrame(counts, index=classes)


def read_manifests(folders: dict[str, Path]) -> dict[str, Json]:
    """The manifests of those folders that have one."""
    found = {component: read_manifest(folder) for component, folder in folders.items()}
    return {component: manifest for component, manifest in found.items() if manifest}


def read_manifest(folder: Path) -> Json:
    """An artifact's manifest; empty for a folder that was made by hand and has none."""
    return read_optional(folder / "artifact.json") or {}


def read_optional(file: Path) -> Any:
    """A JSON file's content, or None when there is no such file."""
    return read_json(file) if file.is_file() else None


def read_parquet(file: Path) -> Any:
    """A Parquet table; raises BadData when it cannot be read."""
    try:
        return pq.read_table(file)
    except (OSError, ValueError) as error:
        raise BadData(f"{file}: not a Parquet file ({error}): make its artifact again") from None
