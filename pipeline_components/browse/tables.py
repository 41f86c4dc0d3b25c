"""A Parquet file as a table, without pandas, which no page needs but pyarrow's `read_table` and `to_numpy` import."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np


def read_table(file: Path, columns: Sequence[str] | None = None) -> Any:
    """A pyarrow.Table of these columns, or of all; raises OSError or ValueError for a file that holds none."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(file) as opened:
        return opened.read(columns)


def numbers(table: Any, column: str) -> np.ndarray:
    """A column as float64 [rows], a null as NaN."""
    return np.array(table[column].to_pylist(), np.float64)
