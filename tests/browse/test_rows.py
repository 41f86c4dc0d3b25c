"""Pages of tables: the rows that are asked for, images as PNG, and files that hold none."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline_components.browse.rows import rows_of
from pipeline_components.data.magic_numbers import PNG
from pipeline_components.errors import BadData
from tests.kits.pages import examples


def test_a_page_reads_the_row_groups_that_it_lies_in(tmp_path, monkeypatch):
    file = tmp_path / "a.parquet"
    pq.write_table(pa.table({"n": list(range(100))}), file, row_group_size=10)
    read = []
    real = pq.ParquetFile.read_row_groups
    monkeypatch.setattr(
        pq.ParquetFile, "read_row_groups", lambda self, groups: read.extend(groups) or real(self, groups)
    )
    found = rows_of(file, 35, 10)
    assert ([row[0] for row in found.rows], found.total) == ([str(n) for n in range(35, 45)], 100)
    assert read == [3, 4]
    assert rows_of(file, 95, 10).rows == [[str(n)] for n in range(95, 100)]
    assert (rows_of(file, 1000, 10).rows, rows_of(file, 1000, 10).total) == ([], 100)


def test_images_are_pictures_and_long_cells_are_cut(tmp_path):
    examples(tmp_path)
    found = rows_of(tmp_path / "test.arrow", 38, 10)
    assert found.columns == ["image", "label", "example_id"]
    assert found.total == 40
    assert [row[0][:8] for row in found.rows] == [PNG, PNG]
    assert [row[1:] for row in found.rows] == [["8", "test/8"], ["9", "test/9"]]
    pq.write_table(pa.table({"text": ["x" * 1000], "list": [[0.5] * 3]}), tmp_path / "long.parquet")
    (row,) = rows_of(tmp_path / "long.parquet", 0, 1).rows
    assert (len(row[0]), row[1]) == (100, "0.5, 0.5, 0.5")


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow"])
def test_a_file_that_holds_no_table_is_named(tmp_path, name):
    (tmp_path / name).write_text("no table")
    with pytest.raises(BadData, match=f"{name}: not a table that can be read"):
        rows_of(tmp_path / name, 0, 5)
    (tmp_path / name).unlink()
    (tmp_path / name).symlink_to("/etc/passwd")
    with pytest.raises(BadData):
        rows_of(tmp_path / name, 0, 5)
