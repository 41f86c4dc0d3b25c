"""Folders of images, good and bad, recognised by a model trained on the sample."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from PIL import Image

from pipeline_components.data.examples import read_examples
from pipeline_components.errors import BadData, BadModel
from pipeline_components.predict import PredictConfig, predict
from tests.kits.images import drawn, encoded, png

CONFIG = PredictConfig(predict_batch=8)


@pytest.fixture(scope="module")
def digit_images(preprocessed):
    """Ten test digits drawn on paper as PNG and JPEG: name → (bytes, label)."""
    test = read_examples(preprocessed / "test.arrow")
    rng = np.random.default_rng(3)
    first = [int(np.flatnonzero(test.label == label)[0]) for label in range(10)]
    forms = [("PNG", "png"), ("JPEG", "JPG")]
    images = {}
    for label, i in enumerate(first):
        form, suffix = forms[label % 2]
        images[f"{label}/page {label}.{suffix}"] = drawn(np.array(test.image[i]), rng, form), label
    return images


@pytest.fixture
def folder(digit_images, tmp_path):
    """Those images, with files that are none and five that are odd or broken."""
    root = tmp_path / "images"
    for name, (data, _) in digit_images.items():
        (root / name).parent.mkdir(parents=True)
        (root / name).write_bytes(data)
    (root / "notes.txt").write_text("no image")
    for name, data in odd(digit_images["0/page 0.png"][0]).items():
        (root / name).write_bytes(data)
    return root


def odd(whole):
    rows = b"".join(b"\0" + bytes(100) for _ in range(50))
    return {
        "blank.png": encoded(np.full((50, 50), 255, np.uint8)),
        "bomb.png": png(60_000, 60_000, b"\0"),
        "empty.png": b"",
        "half.png": png(100, 100, rows),
        "truncated.png": whole[: len(whole) // 2],
    }


ERRORS = {
    "blank.png": "no ink: the image is blank",
    "bomb.png": "60000×60000 pixels found",
    "empty.png": "an empty file",
    "half.png": "damaged: its pixels cannot be decoded",
    "truncated.png": "a truncated PNG",
}


def test_every_image_has_a_row_and_a_bad_one_spoils_no_other(folder, exported, digit_images, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    facts = predict(folder, exported, out=out, config=CONFIG)
    rows = {row["image"]: row for row in pq.read_table(out / "predictions.parquet").to_pylist()}
    assert list(rows) == sorted([*digit_images, *ERRORS])
    assert (facts["images"], facts["unreadable"], sum(facts["digits"].values())) == (15, 5, 10)
    for name, error in ERRORS.items():
        assert rows[name]["digit"] is None and rows[name]["error"].startswith(error)
    good = [rows[name] for name in digit_images]
    assert all(row["error"] is None and row["confidence"] == max(row["probabilities"]) for row in good)
    assert sum(row["digit"] == digit_images[row["image"]][1] for row in good) >= 8


def test_the_same_whatever_the_batch(folder, exported, tmp_path):
    tables = []
    for size in (1, 64):
        out = tmp_path / str(size)
        out.mkdir()
        predict(folder, exported, out=out, config=PredictConfig(predict_batch=size))
        tables.append(pq.read_table(out / "predictions.parquet"))
    assert (
        tables[0]
        .drop_columns(["confidence", "probabilities"])
        .equals(tables[1].drop_columns(["confidence", "probabilities"]))
    )


def test_no_image_or_no_model_is_one_line(exported, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(BadData, match="no PNG or JPEG in it"):
        predict(empty, exported, out=tmp_path, config=CONFIG)
    (empty / "1.png").write_bytes(b"x")
    with pytest.raises(BadData, match=r"model\.json: not readable as JSON"):
        predict(empty, tmp_path, out=tmp_path, config=CONFIG)
    shutil.copy(exported / "model.json", tmp_path)
    with pytest.raises(BadModel, match="saved_model: not a model that reads images"):
        predict(empty, tmp_path, out=tmp_path, config=CONFIG)


def test_the_command_answers_files_folders_globs_and_stdin(finished, folder, tmp_path, digit_images):
    command = [sys.executable, "-m", "pipeline_components", "predict", "--store", str(finished)]

    def digits(*arguments, data=b"", rc=0):
        result = subprocess.run([*command, *arguments], input=data, capture_output=True, check=False)
        assert result.returncode == rc, result.stderr.decode()
        return result.stdout.decode(), result.stderr.decode()

    sheet, stdin = tmp_path / "seen.png", digit_images["7/page 7.JPG"][0]
    stdout, stderr = digits(str(folder / "3"), str(folder / "*/*.png"), "-", "--json", "--show", str(sheet), data=stdin)
    rows = json.loads(stdout)
    assert [row["image"].rsplit("/")[-1] for row in rows] == [
        "page 3.JPG", "page 0.png", "page 2.png", "page 4.png", "page 6.png", "page 8.png", "-",
    ]  # fmt: skip
    assert all(row["probabilities"][row["class"]] == row["confidence"] for row in rows)
    assert stderr == "" and Image.open(sheet).width == 1000

    stdout, stderr = digits(str(folder), rc=2)
    assert len(stdout.splitlines()) == 1 + 10 and stdout.startswith("DIGIT")
    lines = stderr.splitlines()
    assert lines[-1] == "digits: 5 of 15 images could not be read"
    assert [line.split(": ")[0].rsplit("/")[-1] for line in lines[:-1]] == list(ERRORS)

    file = tmp_path / "out.csv"
    stdout, _ = digits(str(folder), "--out", str(file), rc=2)
    table = pa_csv.read_csv(file)
    assert stdout.strip() == str(file) and table.num_rows == 15
    assert sum(error != "" for error in table["error"].to_pylist()) == 5

    for arguments, message in {
        ("nowhere.png",): "nowhere.png: no such file",
        ("--shwo", "x.png", "y.png"): "unknown option --shwo; did you mean '--show'?",
        (str(folder), "--out", "x.txt"): "a name that ends in .csv or .parquet expected",
        (str(folder), "--model", "train/1"): "train/1 found, an artifact of export expected",
    }.items():
        assert message in digits(*arguments, rc=2)[1]
