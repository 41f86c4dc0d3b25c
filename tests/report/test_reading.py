"""What the report is made from, as arrays and tables; and what is missing, named."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline_components.errors import BadData
from pipeline_components.report.reading import answers, has_champion, read_findings
from tests.kits.evaluations import TEST, made, put


def table(**more) -> pa.Table:
    """Two rows of predictions over three classes: the second row's label was given no probability at all."""
    probabilities = pa.FixedSizeListArray.from_arrays(pa.array([0.5, 0.25, 0.25, 0.0, 1.0, 0.0], pa.float32()), 3)
    columns = {"label": pa.array([0, 2], pa.uint8()), "digit": pa.array([0, 1], pa.uint8())}
    return pa.table(columns | {"probabilities": probabilities} | more)


def test_answers_are_arrays_with_a_loss_that_is_finite():
    found = answers(table(), ["test/0", "test/1"], "digit", "probabilities")
    assert found.right.tolist() == [True, False]
    assert found.probabilities.tolist() == [[0.5, 0.25, 0.25], [0.0, 1.0, 0.0]]
    assert found.loss[0] == pytest.approx(np.log(2)) and 80 < found.loss[1] < 90
    assert (found.digit.dtype, found.example_id) == (np.uint8, ["test/0", "test/1"])


def test_an_answer_that_is_not_finite_is_right_about_nothing():
    broken = pa.FixedSizeListArray.from_arrays(pa.array([np.nan, 0.1, 0.1, 0.0, 0.0, 1.0], pa.float32()), 3)
    found = answers(table(broken=broken, sure=pa.array([0, 2], pa.uint8())), ["a", "b"], "sure", "broken")
    assert found.right.tolist() == [False, True]


def test_a_champion_is_there_when_every_row_has_its_answer():
    assert not has_champion(table())
    assert not has_champion(table(champion_digit=pa.array([1, None], pa.uint8())))
    assert has_champion(table(champion_digit=pa.array([1, 2], pa.uint8())))


def test_findings_are_what_the_folders_hold(tmp_path):
    folders = made(tmp_path)
    put(folders[2] / "artifact.json", {"id": "evaluate/7"})
    found = read_findings(*folders)
    assert found.counts.to_dict("list") == {"train": [70] * 10, "validation": [10] * 10, "test": [30] * 10}
    assert list(found.counts.index) == found.classes == [str(digit) for digit in range(10)]
    assert found.curves["epoch"].tolist() == [1, 2, 3]
    assert len(found.model.label) == len(found.champion.label) == len(found.test) == TEST
    assert found.model.right.mean() == found.metrics["accuracy"] == 0.89
    assert (found.dataset, found.anomalies, found.statistics) == ("mnist", [], {})
    assert found.manifests == {"evaluate": {"id": "evaluate/7"}}


def test_evaluation_of_other_examples_is_bad_data(tmp_path):
    examples, model, evaluation = made(tmp_path)
    table = pq.read_table(evaluation / "predictions.parquet")
    pq.write_table(table.slice(1), evaluation / "predictions.parquet")
    with pytest.raises(BadData, match="predictions are of other examples"):
        read_findings(examples, model, evaluation)


@pytest.mark.parametrize("file", ["evaluate/metrics.json", "evaluate/predictions.parquet", "train/history.parquet"])
def test_missing_file_is_named(tmp_path, file):
    folders = made(tmp_path)
    (tmp_path / file).unlink()
    with pytest.raises(BadData, match=file):
        read_findings(*folders)


@pytest.mark.parametrize("file", ["evaluate/metrics.json", "evaluate/predictions.parquet", "preprocess/test.arrow"])
def test_a_damaged_file_is_named(tmp_path, file):
    folders = made(tmp_path)
    (tmp_path / file).write_bytes((tmp_path / file).read_bytes()[:40])
    with pytest.raises(BadData, match=file):
        read_findings(*folders)
