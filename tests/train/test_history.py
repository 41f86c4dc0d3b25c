"""What is kept of each epoch, read back by those whom it is written for."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline_components.train.history import best_of, mean_of, write_events, write_history

HISTORY = [
    {"epoch": 1, "loss": 0.5, "accuracy": 0.75, "validation_loss": 0.625, "validation_accuracy": 0.5},
    {"epoch": 2, "loss": 0.25, "accuracy": 0.875, "validation_loss": 0.375, "validation_accuracy": 0.625},
]


def test_history_is_one_row_per_epoch(tmp_path):
    write_history(HISTORY, tmp_path / "history.parquet")
    table = pq.read_table(tmp_path / "history.parquet")
    assert table.to_pylist() == HISTORY
    assert {field.name: field.type for field in table.schema} == {
        "epoch": pa.int32(),
        **dict.fromkeys(["loss", "accuracy", "validation_loss", "validation_accuracy"], pa.float64()),
    }


@pytest.mark.parametrize(("split", "prefix"), [("train", ""), ("validation", "validation_")])
def test_tensorboard_reads_the_event_files(tmp_path, split, prefix):
    import tensorflow as tf

    write_events(HISTORY, tmp_path)
    (file,) = (tmp_path / split).iterdir()
    records = tf.data.TFRecordDataset(str(file)).as_numpy_iterator()
    first, *events = [tf.compat.v1.Event.FromString(record) for record in records]
    assert "tfevents" in file.name and first.file_version == "brain.Event:2"
    assert [(event.step, event.wall_time) for event in events] == [(1, 1), (2, 2)]
    assert [{value.tag: value.simple_value for value in event.summary.value} for event in events] == [
        {"epoch_loss": row[f"{prefix}loss"], "epoch_accuracy": row[f"{prefix}accuracy"]} for row in HISTORY
    ]


def test_the_same_history_is_the_same_bytes(tmp_path):
    for name in ("one", "again"):
        write_events(HISTORY, tmp_path / name)
        write_history(HISTORY, tmp_path / name / "history.parquet")
    one, again = (
        {file.relative_to(tmp_path / name): file.read_bytes() for file in (tmp_path / name).rglob("*.*")}
        for name in ("one", "again")
    )
    assert one == again and len(one) == 3


def test_the_best_epoch_has_the_lowest_validation_loss():
    assert best_of(HISTORY) == 2 and best_of(HISTORY[:1]) == 1 and best_of([]) == 0


def test_histories_of_several_are_their_means_up_to_the_longest():
    assert mean_of([HISTORY]) == HISTORY
    other = [row | {"loss": row["loss"] + 1} for row in HISTORY[:1]]
    assert [row["loss"] for row in mean_of([other, HISTORY])] == [1.0, 0.25]
