"""Tables that are read without pandas."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline_components.browse.tables import numbers, read_table


def test_all_columns_or_some_are_read_as_pyarrow_reads_them(tmp_path):
    table = pa.table({"a": [1, 2], "b": ["x", None]})
    pq.write_table(table, tmp_path / "t.parquet")
    assert read_table(tmp_path / "t.parquet").equals(table)
    assert read_table(tmp_path / "t.parquet", ["b"]).column_names == ["b"]


def test_a_number_that_is_not_there_is_none(tmp_path):
    found = numbers(pa.table({"a": [1, None, 255]}), "a")
    np.testing.assert_array_equal(found, [1, np.nan, 255])


def test_a_file_that_holds_no_table_is_an_error(tmp_path):
    (tmp_path / "t.parquet").write_text("no table")
    with pytest.raises(ValueError, match="Parquet"):
        read_table(tmp_path / "t.parquet")
    with pytest.raises(OSError, match="none"):
        read_table(tmp_path / "none")
