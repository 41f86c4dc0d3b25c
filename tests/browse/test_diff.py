"""How two artifacts differ: causes before effects, each with both sides."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline_components.browse.diff import accuracy_change, differences
from pipeline_components.store import Store
from tests.kits.store import LIBRARIES, SOURCE, maker, produce, recipe


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path / "artifacts")


def found(one, other, *kinds) -> list[tuple[str, str, str, str]]:
    """The differences of these kinds; of all if none is named."""
    each = [(d.kind, d.name, d.one, d.other) for d in differences(one, other)]
    return [difference for difference in each if not kinds or difference[0] in kinds]


def test_an_artifact_differs_in_nothing_from_itself_or_from_the_same_made_again(store):
    one, again = produce(store, recipe()).artifact, produce(store, recipe(), force=True).artifact
    assert found(one, one) == found(one, again) == []


def test_causes_come_first_and_what_is_absent_is_empty(store):
    one = produce(store, recipe(epochs=3, seed=0, data_schema=None)).artifact
    changed = {"libraries": {"numpy": "2.5"}, "source": SOURCE | {"pkg/train.py": "c" * 64}}
    other = store.produce(recipe(epochs=5, batch_size=64, **changed), maker("train", 1, 2)).artifact
    assert found(one, other, "config", "source", "library", "fact") == [
        ("config", "epochs", "3", "5"),
        ("config", "seed", "0", ""),
        ("config", "data_schema", "None", ""),
        ("config", "batch_size", "", "64"),
        ("source", "pkg/train.py", "a" * 12, "c" * 12),
        ("library", "tensorflow", LIBRARIES["tensorflow"], ""),
        ("library", "numpy", LIBRARIES["numpy"], "2.5"),
        ("fact", "parts", "2", "3"),
    ]
    kinds = [difference[0] for difference in found(one, other)]
    assert kinds == sorted(kinds, key=["config", "source", "library", "fact", "file"].index)
    sizes = [other.manifest.files["notes.txt"]["size"], one.manifest.files["notes.txt"]["size"]]
    (notes,) = [difference for difference in found(one, other, "file") if difference[1] == "notes.txt"]
    assert notes[2].startswith(f"{sizes[1]} bytes ") and notes[3].startswith(f"{sizes[0]} bytes ")


def test_an_input_that_was_made_again_with_the_same_bytes_is_no_difference(store):
    data, twin, other = (
        store.produce(recipe("preprocess", n=n), maker(content)).artifact for n, content in enumerate("aab")
    )
    first, second, third = (
        produce(store, recipe(inputs={"examples": each}), force=True).artifact for each in (data, twin, other)
    )
    assert found(first, second, "input") == []
    assert found(first, third, "input") == [("input", "examples", data.id, other.id)]


def test_numbers_of_two_evaluations_are_compared_one_by_one(store):
    def evaluated(right: int):
        def make(out):
            metrics = {"accuracy": right / 10, "per_class": [{"recall": right / 10}], "classes": ["1"]}
            (out / "metrics.json").write_text(json.dumps(metrics))
            counts = {"label": [1, 1], "digit": [1, 7], "count": [right, 10 - right]}
            pq.write_table(pa.table(counts), out / "confusion.parquet")
            return {}

        return make

    one, other = (store.produce(recipe("evaluate", n=n), evaluated(n)).artifact for n in (8, 9))
    assert found(one, other, "metric", "confusion") == [
        ("metric", "accuracy", "0.8", "0.9"),
        ("metric", "per_class.0.recall", "0.8", "0.9"),
        ("confusion", "1 read as 1", "8", "9"),
        ("confusion", "1 read as 7", "2", "1"),
    ]
    assert found(one, produce(store, recipe()).artifact, "metric", "confusion") == []


def evaluated(store, right, label=(1, 7, 1, 7), **columns):
    """An evaluation whose predictions are right or not; a loss that is not finite is right about nothing."""

    def make(out):
        loss = [0.1] * len(right)
        digit = [each if is_right else 0 for each, is_right in zip(label, right, strict=True)]
        ids = [f"test/{n}" for n in range(len(right))]
        table = {"example_id": ids, "label": label, "digit": digit, "loss": loss} | columns
        pq.write_table(pa.table(table), out / "predictions.parquet")
        return {}

    return store.produce(recipe("evaluate", right=right, label=label, columns=str(columns)), make, force=True).artifact


def test_the_change_of_accuracy_is_paired_on_the_same_examples(store):
    one, other = evaluated(store, [True, True, False, False]), evaluated(store, [True, False, True, True])
    change = accuracy_change(one, other)
    assert (change.one, change.other, change.examples) == (0.5, 0.75, 4)
    assert (change.newly_right, change.newly_wrong) == (2, 1)
    assert -1 <= change.low < 0.25 < change.high <= 1
    back = accuracy_change(other, one)
    assert (back.low, back.high) == pytest.approx((-change.high, -change.low))
    spoilt = evaluated(store, [True] * 4, loss=[float("nan")] * 4)
    assert accuracy_change(one, spoilt).other == 0.0


def test_on_other_examples_each_accuracy_has_its_own_interval(store):
    one, other = evaluated(store, [True, False, True, True]), evaluated(store, [True] * 4, label=(2, 7, 1, 7))
    change = accuracy_change(one, other)
    assert (change.newly_right, change.newly_wrong) == (None, None) and change.low < 0.25 < change.high


def test_what_was_not_predicted_on_labels_has_no_accuracy(store):
    assert accuracy_change(evaluated(store, [True] * 4), produce(store, recipe()).artifact) is None

    def make(out):
        pq.write_table(pa.table({"image": ["a.png"], "digit": [7]}), out / "predictions.parquet")
        return {}

    predicted = store.produce(recipe("predict"), make).artifact
    assert accuracy_change(predicted, predicted) is None
