"""A look into files of every kind: what is inside, in as many lines as were asked for, or why nothing can be seen."""

import json
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline_components.browse.peek import peek
from pipeline_components.data.examples import Examples, write_examples
from pipeline_components.ingest.png import png


def keras_file(file):
    layers = [
        {"class_name": "Flatten", "config": {"name": "flatten"}},
        {"class_name": "Dense", "config": {"units": 10}},
    ]
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("config.json", json.dumps({"config": {"layers": layers}}))


def arrow_file(file):
    examples = Examples(np.zeros((3, 28, 28), np.uint8), np.array([7, 8, 9], np.uint8), pa.array(["a", "b", "c"]))
    write_examples(file, examples)


WRITE = {
    "history.parquet": lambda file: pq.write_table(pa.table({"epoch": range(1, 21), "loss": [0.5] * 20}), file),
    "test.arrow": arrow_file,
    "model.keras": keras_file,
    "metrics.json": lambda file: file.write_text('{"accuracy": 0.5, "per_class": []}'),
    "list.json": lambda file: file.write_text("[1, 2, 3]"),
    "card.md": lambda file: file.write_text("# Card\n\nof a model\n"),
    "loss.png": lambda file: file.write_bytes(png(np.zeros((20, 30, 1), np.uint8))),
    "saved_model.pb": lambda file: file.write_bytes(b"graph"),
}


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("history.parquet", "20 rows: epoch, loss"),
        (
            "test.arrow",
            "3 rows: image extension<arrow.fixed_shape_tensor[value_type=uint8, shape=[28,28]]>, label uint8, "
            "example_id string",
        ),
        ("model.keras", "Flatten, Dense 10"),
        ("metrics.json", "accuracy, per_class"),
        ("list.json", "3 entries"),
        ("card.md", "# Card"),
        ("loss.png", "30 × 20 pixels"),
        ("saved_model.pb", ""),
    ],
)
def test_a_file_in_one_line(tmp_path, name, line):
    WRITE[name](tmp_path / name)
    assert peek(tmp_path / name, 1) == line


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("history.parquet", ["20 rows: epoch, loss", *(f"{{'epoch': {i}, 'loss': 0.5}}" for i in range(1, 11))]),
        ("model.keras", ["Flatten", "Dense 10"]),
        ("metrics.json", ["{", ' "accuracy": 0.5,', ' "per_class": []', "}"]),
        ("card.md", ["# Card", "", "of a model"]),
    ],
)
def test_more_of_it(tmp_path, name, lines):
    WRITE[name](tmp_path / name)
    assert peek(tmp_path / name, 40).split("\n") == lines
    assert peek(tmp_path / name, 2).split("\n") == lines[:2]


def test_rows_of_examples_leave_out_their_images(tmp_path):
    arrow_file(tmp_path / "test.arrow")
    _, *rows = peek(tmp_path / "test.arrow", 40).splitlines()
    assert rows == [
        f"{{'label': {label}, 'example_id': '{name}'}}" for label, name in zip((7, 8, 9), "abc", strict=True)
    ]


def record(content: bytes) -> bytes:
    return len(content).to_bytes(8, "little") + b"cccc" + content + b"cccc"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (record(b"abc"), "1 records, 3 to 3 bytes each"),
        (record(b"abc") + record(b"") + record(b"abcdef"), "3 records, 0 to 6 bytes each"),
        (b"", "0 records, none"),
        (record(b"abc")[:-1], "cannot be read: truncated: 1 bytes are missing"),
    ],
)
def test_records_are_counted_and_a_file_cut_short_is_told(tmp_path, raw, said):
    file = tmp_path / "mnist-train.tfrecord-00000-of-00001"
    file.write_bytes(raw)
    assert peek(file, 1) == said


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow", "a.keras", "a.json", "a.png", "a.tfrecord-00000-of-00001"])
def test_what_is_not_what_its_name_says_cannot_be_read(tmp_path, name):
    (tmp_path / name).write_bytes(b"not what it says")
    assert peek(tmp_path / name, 1).startswith("cannot be read: ")
    assert "\n" not in peek(tmp_path / name, 9)
