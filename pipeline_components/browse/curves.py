"""How a training went: each quantity of history.parquet over the epochs."""

import math
from pathlib import Path

from pipeline_components.browse.tables import read_table
from pipeline_components.errors import BadData, first_line

FILE = "history.parquet"
MOST_EPOCHS = 10_000


def curves_of(file: Path) -> dict[str, list[float]]:
    """Column → its value at each epoch, finite ones alone; raises BadData for a file that holds no numbers."""
    try:
        table = read_table(file).slice(0, MOST_EPOCHS)
        return {name: _numbers(table[name].to_pylist()) for name in table.column_names if name != "epoch"}
    except (OSError, ValueError, TypeError) as error:
        raise BadData(f"{file.name}: not a training's history ({first_line(error)})") from None


def _numbers(values: list[float | None]) -> list[float]:
    return [float(each) for each in values if each is not None and math.isfinite(each)]
