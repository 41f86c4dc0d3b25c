"""The table of trials, and the best of them."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline_components.errors import BadData
from pipeline_components.tune.tables import artifact_id, best_of, column, write_table
from tests.tune.test_trials import trial


def test_the_best_is_complete_and_the_first_of_equals():
    trials = [trial(0, validation_loss=0.4), trial(1, validation_loss=0.3), trial(2, validation_loss=0.3)]
    trials.append(trial(3, validation_loss=0.1, state="pruned"))
    assert best_of(trials)["number"] == 1
    with pytest.raises(BadData, match=r"^no trial of 1 was trained to its end: trial 3: killed$"):
        best_of([trial(3, state="failed", validation_loss=None, reason="killed")])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2], [1, 2]),
        ([1, 2.5], [1.0, 2.5]),
        (["a", "b"], ["a", "b"]),
        ([[1], [2, 3]], ["[1]", "[2, 3]"]),
        ([True, "a"], ["true", '"a"']),
    ],
)
def test_a_column_has_one_type(values, expected):
    found = column([trial(parameters={"x": each}) for each in values] + [trial(parameters={})], "x")
    assert found == [*expected, None] and pa.array(found).null_count == 1


def test_a_row_has_the_id_of_its_model(tmp_path):
    (tmp_path / "artifact.json").write_text(json.dumps({"id": "train/7"}))
    assert artifact_id(tmp_path) == "train/7" and artifact_id(tmp_path / "nowhere") is None
    write_table([trial(0), trial(1, state="failed")], {0: tmp_path}, tmp_path / "trials.parquet")
    table = pq.read_table(tmp_path / "trials.parquet").to_pydict()
    assert (table["train_artifact"], table["seconds"], table["seed"]) == (["train/7", None], [1.0, 1.0], [0, 1])
