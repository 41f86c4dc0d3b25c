"""Where images come from, and the forms in which their digits are written."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest

from pipeline_components.commands.predicting import files_of, images_of, results
from pipeline_components.errors import BadConfig, BadData
from pipeline_components.predict.recognition import Recognised

CLASSES = ["zero", "one"]
ROWS = [Recognised("a.png", 1, np.array([0.25, 0.75], np.float32)), Recognised("b.png", error="an empty file")]


def write(out, *, as_json=False) -> None:
    with results(out, CLASSES, as_json=as_json) as written:
        for row in ROWS:
            written.write([row])


def test_names_folders_and_globs_keep_their_order(tmp_path):
    (tmp_path / "more").mkdir()
    for name in ("b.png", "a.jpg", "notes.txt", "more/c.png"):
        (tmp_path / name).write_text(name)
    asked = [str(tmp_path / "notes.txt"), str(tmp_path / "more"), str(tmp_path / "*.*")]
    names = ["notes.txt", "c.png", "a.jpg", "b.png", "notes.txt"]
    assert [file.name for file in files_of(asked)] == names
    assert [data for _, data in images_of(files_of(asked[:2]))] == [b"notes.txt", b"more/c.png"]
    (tmp_path / "empty").mkdir()
    for name, said in (("empty", "no PNG or JPEG in it"), ("none*.png", "no such file")):
        with pytest.raises(BadData, match=rf"{said}$"):
            files_of([str(tmp_path / name)])


def test_a_table_shows_digits_and_json_errors_too(capsys):
    write(None)
    assert capsys.readouterr().out == "DIGIT  CONFIDENCE  IMAGE\none         75.0%  a.png\n"
    write(None, as_json=True)
    assert json.loads(capsys.readouterr().out) == [
        {
            "image": "a.png",
            "digit": 1,
            "class": "one",
            "confidence": 0.75,
            "probabilities": {"zero": 0.25, "one": 0.75},
        },
        {"image": "b.png", "error": "an empty file"},
    ]
    with results(None, CLASSES, as_json=True):
        pass
    assert json.loads(capsys.readouterr().out) == []


def test_each_image_is_one_line_of_the_table_whatever_its_name(capsys):
    with results(None, CLASSES, as_json=False) as written:
        written.write([Recognised("a\nb\t.png", 1, np.array([0.25, 0.75], np.float32))])
    assert capsys.readouterr().out.splitlines()[1:] == ["one         75.0%  a\\nb\\t.png"]


def test_a_file_has_a_row_for_each_image(tmp_path):
    write(tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text().splitlines() == [
        "image,digit,confidence,p_zero,p_one,error",
        "a.png,1,0.75,0.25,0.75,",
        "b.png,,,,,an empty file",
    ]
    write(tmp_path / "out.parquet")
    assert pq.read_table(tmp_path / "out.parquet")["digit"].to_pylist() == [1, None]


def test_a_file_is_there_whole_or_not_at_all(tmp_path):
    file = tmp_path / "out.csv"
    file.write_text("before")
    with pytest.raises(KeyboardInterrupt), results(file, CLASSES, as_json=False) as written:
        written.write(ROWS)
        raise KeyboardInterrupt
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("out.csv", "before")]
    for out, said in ((tmp_path / "x.txt", r"ends in \.csv or \.parquet"), (tmp_path / "no" / "x.csv", "cannot be")):
        with pytest.raises(BadConfig, match=said), results(out, CLASSES, as_json=False):
            pass
