"""A training's history as numbers that can be drawn."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline_components.browse.curves import curves_of
from pipeline_components.errors import BadData


def test_each_quantity_over_the_epochs_without_what_is_not_finite(tmp_path):
    file = tmp_path / "history.parquet"
    pq.write_table(pa.table({"epoch": [1, 2, 3], "loss": [2.0, float("nan"), 0.5], "accuracy": [0.1, None, 0.9]}), file)
    assert curves_of(file) == {"loss": [2.0, 0.5], "accuracy": [0.1, 0.9]}


def test_a_file_that_is_none_is_named(tmp_path):
    file = tmp_path / "history.parquet"
    pq.write_table(pa.table({"loss": ["much"]}), file)
    with pytest.raises(BadData, match="not a training's history"):
        curves_of(file)
