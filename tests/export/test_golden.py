"""The golden batch: what the evaluator saw, written and read back."""

import numpy as np
import pyarrow.parquet as pq
import pytest

from pipeline_components.data.examples import read_examples
from pipeline_components.errors import BadData
from pipeline_components.export import export
from pipeline_components.export.golden import Golden, golden_batch, read_golden, write_golden
from tests.kits.exports import CONFIG


def test_an_evaluation_of_other_examples_is_bad_data(artifacts, tmp_path):
    examples, model, evaluation = artifacts
    (tmp_path / "blessing.json").write_bytes((evaluation / "blessing.json").read_bytes())
    pq.write_table(pq.read_table(evaluation / "predictions.parquet").slice(1), tmp_path / "predictions.parquet")
    with pytest.raises(BadData, match="not about the examples"):
        export(examples, model, tmp_path, out=tmp_path, config=CONFIG)


def test_the_batch_is_the_first_test_examples_with_what_the_evaluator_saw(artifacts, tmp_path):
    examples, _, evaluation = artifacts
    golden = golden_batch(examples, evaluation, 32)
    seen = np.stack(pq.read_table(evaluation / "predictions.parquet")["probabilities"].to_numpy())
    assert len(golden) == 32 and len(golden_batch(examples, evaluation, 1000)) == 40
    assert np.array_equal(golden.image, read_examples(examples / "test.arrow").image[:32])
    assert golden.probabilities.dtype == np.float32 and np.array_equal(golden.probabilities, seen[:32])
    write_golden(tmp_path / "assets.extra" / "golden.arrow", golden)
    again = read_golden(tmp_path / "assets.extra" / "golden.arrow")
    assert np.array_equal(again.image, golden.image) and np.array_equal(again.probabilities, golden.probabilities)


def test_what_holds_no_golden_batch_is_named(tmp_path):
    file = tmp_path / "golden.arrow"
    with pytest.raises(BadData, match=rf"^{file}: no golden batch .*: export the model again$"):
        read_golden(file)
    write_golden(file, Golden(np.zeros((2, 28, 28), np.uint8), np.eye(2, dtype=np.float32)))
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadData, match="no golden batch"):
        read_golden(file)
    for image in (np.zeros((2, 28, 27), np.uint8), np.zeros((2, 28, 28), np.int8)):
        write_golden(file, Golden(image, np.eye(2, dtype=np.float32)))
        with pytest.raises(
            BadData, match=r"golden\.arrow: images u?int8\(2, 28, 2.\) found, uint8 \[n, 28, 28\] expected"
        ):
            read_golden(file)
