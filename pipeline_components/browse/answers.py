"""What a model answered on the test images: the confusion, its mistakes, and where two models differ."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline_components.browse.tables import numbers, read_table
from pipeline_components.errors import BadData, StoreError, first_line
from pipeline_components.store import Artifact, Store

FILE = "predictions.parquet"
TOLD = ["example_id", "label", "digit"]


@dataclass(frozen=True)
class Answer:
    """An example: its image as a PNG, None where it is gone, and what was answered, by one model or by two."""

    example_id: str
    label: str
    answers: list[str]
    picture: bytes | None


@dataclass(frozen=True)
class Answers:
    """Some of the examples, and how many there are in all."""

    shown: list[Answer]
    total: int


@dataclass(frozen=True)
class Confusion:
    """`counts[label][answer]`, how many images of a class (row) were read as each (column)."""

    classes: list[str]
    counts: list[list[int]]


def confusion_of(evaluation: Artifact) -> Confusion | None:
    """The confusion matrix of an evaluation; None if it has none. Raises BadData for a file that holds none."""
    if "confusion.parquet" not in evaluation.manifest.files:
        return None
    try:
        rows = read_table(evaluation.path / "confusion.parquet").to_pylist()
        counted = {(int(row["label"]), int(row["digit"])): int(row["count"]) for row in rows}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadData(f"{evaluation.id}: confusion.parquet: not a confusion ({first_line(error)})") from None
    size = 1 + max([0, *(max(pair) for pair in counted)])
    if size > 100 or min([0, *(min(pair) for pair in counted)]) < 0:
        raise BadData(f"{evaluation.id}: confusion.parquet: classes from 0 to 99 expected")
    counts = [[counted.get((label, digit), 0) for digit in range(size)] for label in range(size)]
    return Confusion([str(each) for each in range(size)], counts)


def mistakes_of(store: Store, evaluation: Artifact, first: int, count: int) -> Answers | None:
    """Test images that were read wrong, the most surely wrong first; None if the artifact holds no predictions."""
    import numpy as np

    table = _predictions(evaluation, [*TOLD, "loss"])
    if table is None:
        return None
    label, digit, loss = (numbers(table, name) for name in ("label", "digit", "loss"))
    wrong = np.flatnonzero(label != digit)
    wrong = wrong[np.argsort(-loss[wrong], kind="stable")]
    return Answers(_shown(store, evaluation, wrong[first : first + count], [table]), len(wrong))


def newly(store: Store, one: Artifact, other: Artifact, count: int) -> tuple[Answers, Answers] | None:
    """Test images that the second model alone got right, and that the first alone did; None if they saw others."""
    import numpy as np

    tables = [_predictions(each, TOLD) for each in (one, other)]
    if tables[0] is None or tables[1] is None or not tables[0]["example_id"].equals(tables[1]["example_id"]):
        return None
    before, after = (numbers(each, "label") == numbers(each, "digit") for each in tables)
    found = [np.flatnonzero(after & ~before), np.flatnonzero(before & ~after)]
    gained, lost = (Answers(_shown(store, other, each[:count], tables), len(each)) for each in found)
    return gained, lost


def _predictions(artifact: Artifact, columns: list[str]) -> Any:
    """Some columns of an artifact's predictions on labelled examples; None if it has none."""
    import pyarrow.parquet as pq

    if FILE not in artifact.manifest.files:
        return None
    try:
        file = artifact.path / FILE
        return read_table(file, columns=columns) if {*columns} <= {*pq.read_schema(file).names} else None
    except (OSError, ValueError) as error:
        raise BadData(f"{artifact.id}: {FILE}: cannot be read ({first_line(error)})") from None


def _shown(store: Store, evaluation: Artifact, index: Iterable[int], tables: list[Any]) -> list[Answer]:
    examples = _test_examples(store, evaluation)
    found = []
    for row in map(int, index):
        example_id = tables[0]["example_id"][row].as_py()
        answers = [str(each["digit"][row].as_py()) for each in tables]
        found.append(Answer(example_id, str(tables[0]["label"][row].as_py()), answers, _png(examples, row, example_id)))
    return found


def _test_examples(store: Store, evaluation: Artifact) -> Any:
    from pipeline_components.data.examples import read_examples

    try:
        return read_examples(_examples_of(store, evaluation) / "test.arrow")
    except (StoreError, BadData, KeyError, TypeError):
        return None  # collected or damaged: the answers can be told without the images


def _examples_of(store: Store, evaluation: Artifact) -> Path:
    return store.artifact(evaluation.manifest.inputs["examples"]["id"]).path


def _png(examples: Any, row: int, example_id: str) -> bytes | None:
    from pipeline_components.ingest.png import png

    if examples is None or row >= len(examples) or examples.example_id[row].as_py() != example_id:
        return None
    return png(255 - examples.image[row][..., None])
