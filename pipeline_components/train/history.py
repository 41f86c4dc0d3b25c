"""What is kept of each epoch: history.parquet, and event files for TensorBoard."""

from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from statistics import fmean
from typing import Literal, TypedDict, cast

import pyarrow as pa
import pyarrow.parquet as pq

Name = Literal["loss", "accuracy", "validation_loss", "validation_accuracy"]
NAMES: tuple[Name, ...] = ("loss", "accuracy", "validation_loss", "validation_accuracy")
HISTORY = pa.schema([("epoch", pa.int32())] + [(name, pa.float64()) for name in NAMES])


class Epoch(TypedDict):
    """A row of history.parquet. Training figures are means over the epoch while weights move, as Keras gives them."""

    epoch: int
    loss: float
    accuracy: float
    validation_loss: float
    validation_accuracy: float


def best_of(history: Sequence[Epoch]) -> int:
    """The epoch of the lowest validation loss; 0 if there is none."""
    return min(history, key=lambda row: row["validation_loss"])["epoch"] if history else 0


def mean_of(histories: Sequence[Sequence[Epoch]]) -> list[Epoch]:
    """The history of networks that were trained one by one: the means of their epochs, up to the end of the longest."""
    rows = [[row for row in column if row] for column in zip_longest(*histories)]
    means = [{name: fmean(float(row[name]) for row in each) for name in NAMES} for each in rows]
    return [cast(Epoch, {"epoch": epoch, **mean}) for epoch, mean in enumerate(means, start=1)]


def write_history(history: Sequence[Epoch], file: Path) -> None:
    """Write one row per epoch as Parquet."""
    pq.write_table(pa.Table.from_pylist(list(history), HISTORY), file)


def write_events(history: Sequence[Epoch], folder: Path) -> None:
    """Write TensorBoard's event files, a run for each split; an event's time is its epoch, so that bytes repeat."""
    import tensorflow as tf

    for split, prefix in (("train", ""), ("validation", "validation_")):
        (folder / split).mkdir(parents=True, exist_ok=True)
        with tf.io.TFRecordWriter(str(folder / split / "events.out.tfevents.0")) as writer:
            writer.write(tf.compat.v1.Event(file_version="brain.Event:2").SerializeToString(deterministic=True))
            for row in history:
                values = [
                    tf.compat.v1.Summary.Value(tag=f"epoch_{name}", simple_value=row[f"{prefix}{name}"])  # type: ignore[literal-required]
                    for name in ("loss", "accuracy")
                ]
                event = tf.compat.v1.Event(
                    wall_time=row["epoch"], step=row["epoch"], summary=tf.compat.v1.Summary(value=values)
                )
                writer.write(event.SerializeToString(deterministic=True))
