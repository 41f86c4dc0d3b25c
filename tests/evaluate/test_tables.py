"""The tables that an evaluation leaves: their rows, and the types that others read them by."""

import numpy as np
import pyarrow as pa

from pipeline_components.data.examples import Examples
from pipeline_components.evaluate.predictions import Predictions
from pipeline_components.evaluate.tables import confusion_table, predictions_table

LABEL = np.array([0, 1], np.uint8)
TEST = Examples(np.zeros((2, 28, 28), np.uint8), LABEL, pa.array(["test/0", "test/1"]))
NOW = Predictions(np.array([[0.5, 0.25, 0.25], [0.75, 0.25, 0]], np.float32), LABEL)
LISTS = pa.list_(pa.float32(), 3)


def test_predictions_have_one_row_for_each_example():
    table = predictions_table(TEST, NOW, Predictions(np.eye(3, dtype=np.float32)[[2, 1]], LABEL))
    assert table.drop_columns(["loss"]).to_pylist() == [
        {"example_id": "test/0", "label": 0, "digit": 0, "probabilities": [0.5, 0.25, 0.25],
         "champion_digit": 2, "champion_probabilities": [0, 0, 1]},
        {"example_id": "test/1", "label": 1, "digit": 0, "probabilities": [0.75, 0.25, 0],
         "champion_digit": 1, "champion_probabilities": [0, 1, 0]},
    ]  # fmt: skip
    assert table["loss"].to_pylist() == NOW.loss.tolist()


def test_without_a_champion_its_columns_are_there_and_null():
    table = predictions_table(TEST, NOW, None)
    types = {field.name: field.type for field in table.schema}
    assert types == {
        "example_id": pa.string(), "label": pa.uint8(), "digit": pa.uint8(), "probabilities": LISTS,
        "loss": pa.float32(), "champion_digit": pa.uint8(), "champion_probabilities": LISTS,
    }  # fmt: skip
    assert table["champion_digit"].null_count == table["champion_probabilities"].null_count == 2


def test_confusions_have_one_row_for_each_pair_zeros_too():
    table = confusion_table(np.array([[5, 0], [2, 7]]))
    assert table.to_pylist() == [
        {"label": 0, "digit": 0, "count": 5},
        {"label": 0, "digit": 1, "count": 0},
        {"label": 1, "digit": 0, "count": 2},
        {"label": 1, "digit": 1, "count": 7},
    ]
    assert [table.schema.field(name).type for name in ("label", "digit")] == [pa.uint8()] * 2
