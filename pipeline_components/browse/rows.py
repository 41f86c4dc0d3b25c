"""Rows of a table's file, one page at a time: no more of the file is read than the page needs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline_components.errors import BadData, first_line
from pipeline_components.regular_files import open_regular

SUFFIXES = (".parquet", ".arrow")
MOST_TEXT = 100  # characters of a cell


@dataclass(frozen=True)
class Rows:
    """Some rows: a cell is text, or the bytes of a PNG; `total` counts the rows of the whole file."""

    columns: list[str]
    rows: list[list[str | bytes]]
    total: int


def rows_of(file: Path, first: int, count: int) -> Rows:
    """So many rows from the `first` on, from 0; raises BadData for a file that holds no table."""
    import os

    import pyarrow as pa

    try:
        os.close(open_regular(file))
        table, total = (_parquet if file.suffix == ".parquet" else _arrow)(file, first, count)
        columns = [_cells(table.column(name), table.schema.field(name).type) for name in table.schema.names]
    except (OSError, ValueError, pa.ArrowException) as error:
        raise BadData(f"{file.name}: not a table that can be read ({first_line(error)})") from None
    return Rows(list(table.schema.names), [list(row) for row in zip(*columns, strict=True)], total)


def _parquet(file: Path, first: int, count: int) -> tuple[Any, int]:
    """Only the row groups that the page lies in."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(file) as opened:
        metadata = opened.metadata
        groups, start, offset = [], 0, None
        for number in range(metadata.num_row_groups):
            size = metadata.row_group(number).num_rows
            if start < first + count and first < start + size:
                groups.append(number)
                offset = first - start if offset is None else offset
            start += size
        if not groups:
            return pa.table({name: [] for name in opened.schema_arrow.names}), metadata.num_rows
        return opened.read_row_groups(groups).slice(offset, count), metadata.num_rows


def _arrow(file: Path, first: int, count: int) -> tuple[Any, int]:
    """Mapped into memory: the rows of other pages are not touched."""
    import pyarrow as pa

    table = pa.ipc.open_file(pa.memory_map(str(file))).read_all()
    return table.slice(first, count), table.num_rows


def _cells(column: Any, kind: Any) -> list[str | bytes]:
    import pyarrow as pa

    if isinstance(kind, pa.FixedShapeTensorType) and len(kind.shape) == 2 and kind.value_type == pa.uint8():
        return _pictures(column)
    return [_text(each.as_py()) for each in column]


def _pictures(column: Any) -> list[str | bytes]:
    from pipeline_components.data.examples import pixels
    from pipeline_components.ingest.png import png

    images: Any = pixels(column.combine_chunks()) if len(column) else []
    return [png(255 - each[..., None]) for each in images]


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        value = ", ".join(_text(each) for each in value[:20])
    text = str(value)
    return text if len(text) <= MOST_TEXT else f"{text[: MOST_TEXT - 1]}…"
