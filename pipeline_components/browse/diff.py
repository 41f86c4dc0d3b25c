"""How two artifacts differ, the causes before the effects."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline_components.browse.tables import numbers, read_table
from pipeline_components.errors import BadData, first_line
from pipeline_components.json_files import read_json
from pipeline_components.stats.difference import other_examples, same_examples
from pipeline_components.stats.mcnemar import paired
from pipeline_components.store import Artifact
from pipeline_components.store.manifest import each_input


@dataclass(frozen=True)
class Difference:
    """One thing that differs: its kind (`config`, `fact`, …), its name, and how it is in each; "" for not at all."""

    kind: str
    name: str
    one: str
    other: str


@dataclass(frozen=True)
class AccuracyChange:
    """Two evaluations' test accuracies, and the bounds at 95 % of the second less the first.

    `newly_right` and `newly_wrong` count the examples that one of them alone got right; None when their examples are
    not the same.
    """

    one: float
    other: float
    low: float
    high: float
    examples: int
    newly_right: int | None
    newly_wrong: int | None


def accuracy_change(one: Artifact, other: Artifact) -> AccuracyChange | None:
    """What the predictions of two artifacts come to; None unless both have some on labelled examples."""
    files = one.path / "predictions.parquet", other.path / "predictions.parquet"
    if not all(file.is_file() for file in files):
        return None
    import numpy as np
    import pyarrow.parquet as pq

    if not all({"example_id", "label", "digit", "loss"} <= set(pq.read_schema(file).names) for file in files):
        return None
    tables = [read_table(file, columns=["example_id", "label", "digit", "loss"]) for file in files]
    right = [(numbers(each, "label") == numbers(each, "digit")) & np.isfinite(numbers(each, "loss")) for each in tables]
    first, second = ((int(each.sum()), len(each)) for each in right)
    accuracies = first[0] / max(first[1], 1), second[0] / max(second[1], 1)
    if not (tables[0]["example_id"].equals(tables[1]["example_id"]) and tables[0]["label"].equals(tables[1]["label"])):
        return AccuracyChange(*accuracies, *other_examples(first, second), second[1], None, None)
    pairs = paired(right[1], right[0])
    bounds = same_examples(pairs, len(right[0]))
    return AccuracyChange(*accuracies, *bounds, second[1], pairs.newly_right, pairs.newly_wrong)


def differences(one: Artifact, other: Artifact) -> list[Difference]:
    """Config, inputs, source, libraries, platform, facts, metrics, confusion and files, where they differ."""
    a, b = one.manifest, other.manifest
    names = each_input(a.inputs, "id"), each_input(b.inputs, "id")
    contents = each_input(a.inputs, "content"), each_input(b.inputs, "content")
    inputs = [each for each in _terms("input", *names) if contents[0].get(each.name) != contents[1].get(each.name)]
    return [
        *_terms("config", a.config, b.config),
        *inputs,
        *_terms("source", _digests(a.source), _digests(b.source)),
        *_terms("library", a.libraries, b.libraries),
        *_terms("platform", a.platform, b.platform),
        *_terms("fact", _flat(a.facts), _flat(b.facts)),
        *_metrics(one, other),
        *_confusion(one, other),
        *_terms("file", _files(a.files), _files(b.files)),
    ]


def _terms(kind: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> list[Difference]:
    return [
        Difference(kind, name, _text(one, name), _text(other, name))
        for name in [*one, *(name for name in other if name not in one)]
        if (name in one) != (name in other) or one.get(name) != other.get(name)
    ]


def _text(values: Mapping[str, Any], name: str) -> str:
    return str(values[name]) if name in values else ""


def _digests(source: Mapping[str, str]) -> dict[str, str]:
    return {name: digest[:12] for name, digest in source.items()}


def _files(files: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    return {name: f"{each['size']} bytes {each['sha256'][:12]}" for name, each in files.items()}


def _both(one: Artifact, other: Artifact, name: str) -> list[Path]:
    """That file of each, its bytes checked; empty unless both have one."""
    is_there = name in one.manifest.files and name in other.manifest.files
    return [one.intact(name), other.intact(name)] if is_there else []


def _metrics(one: Artifact, other: Artifact) -> list[Difference]:
    return _compared("metric", [_flat(read_json(file)) for file in _both(one, other, "metrics.json")])


def _compared(kind: str, values: list[dict[str, Any]]) -> list[Difference]:
    return _terms(kind, *values) if values else []


def _flat(value: Any, prefix: str = "") -> dict[str, Any]:
    """Nested objects and lists as `{"per_class.7.recall": 0.98}`."""
    if isinstance(value, dict):
        parts: Any = value.items()
    elif isinstance(value, list):
        parts = enumerate(value)
    else:
        return {prefix: value}
    return {key: each for name, part in parts for key, each in _flat(part, f"{prefix}.{name}".strip(".")).items()}


def _confusion(one: Artifact, other: Artifact) -> list[Difference]:
    return _compared("confusion", [_counts(file) for file in _both(one, other, "confusion.parquet")])


def _counts(file: Path) -> dict[str, int]:
    try:
        rows = read_table(file).to_pylist()
        return {f"{row['label']} read as {row['digit']}": row["count"] for row in rows}
    except (OSError, ValueError, KeyError) as error:
        raise BadData(f"{file}: not a table of a confusion ({first_line(error)}): evaluate again") from None
