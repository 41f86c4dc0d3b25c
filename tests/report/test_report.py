"""The report, on an evaluation made by hand: what it must say, and what it must survive."""

import json
import math
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from pipeline_components.data.examples import read_examples, write_examples
from pipeline_components.report import ReportConfig, report
from tests.kits.evaluations import TEST, Page, made, reported


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> tuple[Path, Page]:
    """A report with everything in it."""
    return reported(tmp_path_factory.mktemp("whole"), earlier=3)


def test_numbers_are_the_evaluations(whole):
    out, page = whole
    found = json.loads((out.parent / "evaluate" / "metrics.json").read_text())
    values = [float(data["value"]) for data in page.all("data")]
    detectable, accuracy, mistakes = values[:3]  # what could have been seen is said beside the verdict
    assert detectable == found["champion"]["detectable"]
    assert (accuracy, mistakes) == (found["accuracy"], round(TEST * (1 - found["accuracy"])))
    told = [row[name] for row in found["per_class"] for name in ("precision", "recall", "f1")]
    told += [part["accuracy"] for part in found["slices"] if part["slice"] in ("ink_1", "hard")]
    assert {found["loss"], found["calibration"]["ece"], found["champion"]["newly_right"], *told} <= set(values)
    assert f"{100 * found['accuracy']:.2f}%" in page.text
    assert f"{100 * found['accuracy_low']:.2f}–{100 * found['accuracy_high']:.2f}%" in page.text


def test_confusion_matrix_and_champion_are_counted_from_predictions(whole):
    out, page = whole
    table = pq.read_table(out.parent / "evaluate" / "predictions.parquet").to_pandas()
    now, then = table["digit"] == table["label"], table["champion_digit"] == table["label"]
    alts = [svg["aria-label"] or "" for svg in page.all("svg")]
    assert f"Confusion matrix of {TEST} test images: {now.sum()} on the diagonal are right." in " ".join(alts)
    assert f"{now.sum() - then.sum():+d} images right" in " ".join(alts)
    assert f"This one reads {(now & ~then).sum()} that the champion does not" in page.text
    assert f"misses {(~now & then).sum()} that the champion reads" in page.text
    assert f"6 of {(now & ~then).sum()} shown" in page.text


def test_every_picture_says_what_it_shows(whole):
    _, page = whole
    assert len(page.all("img")) == 5 * 6
    assert all(re.search(r"read (as|correctly)", image["alt"] or "") for image in page.all("img"))
    assert len(page.all("svg")) == 8
    assert all(svg["role"] == "img" and re.search(r"\d", svg["aria-label"] or "") for svg in page.all("svg"))


def test_page_is_whole_in_itself(whole):
    out, page = whole
    addresses = [tag.get("src") or tag.get("href") for _, tag in page.tags if tag.get("src") or tag.get("href")]
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert addresses and all(address.startswith(("#", "data:")) for address in addresses)
    assert not page.all("script") and "url(http" not in (out / "report.html").read_text()
    assert len(ids) == len(set(ids))
    assert all(address[1:] in ids for address in addresses if address.startswith("#"))
    assert {cell.get("scope") for cell in page.all("th")} == {"row", "col"}


def test_figures_are_files_too(whole):
    out, _ = whole
    names = {file.stem for file in (out / "figures").iterdir()}
    assert names == {
        "accuracy", "loss", "confusion", "confusion_change", "classes", "calibration", "history", "samples",
        "worst_mistakes", "newly_wrong", "newly_right", "suspect_labels", "ordinary",
    }  # fmt: skip
    assert all(file.read_bytes().startswith(b"\x89PNG") for file in (out / "figures").iterdir())


def test_same_inputs_give_same_bytes(whole, tmp_path):
    out, _ = whole
    again, _ = reported(tmp_path, earlier=3)
    assert [file.name for file in sorted(again.rglob("*"))] == [file.name for file in sorted(out.rglob("*"))]
    assert all(file.read_bytes() == (out / file.relative_to(again)).read_bytes() for file in again.rglob("*.*"))


def test_history_ends_with_this_run(whole):
    _, page = whole
    assert "Accuracy of 4 evaluations of this line, from 81.00% to" in " ".join(
        svg["aria-label"] or "" for svg in page.all("svg")
    )
    assert "evaluate/3 train/3 2026-01-03 03:00 83.00% 78.00–90.00% forced 23.0 s" in page.text
    assert page.text.index("this run –") < page.text.index("evaluate/3 train/3")


def test_first_model_without_a_mistake_has_no_champion_and_no_history(tmp_path):
    out, page = reported(tmp_path, champion=False, share=1.1)
    assert "champion" not in page.text.lower()
    assert not (out / "figures" / "history.png").exists()
    assert not (out / "figures" / "newly_wrong.png").exists()
    assert "100.00% of 300 test images are read correctly" in page.text
    assert "0 of 0 shown" in page.text


def test_model_that_answers_with_no_numbers_is_reported_as_refused(tmp_path):
    out, page = reported(tmp_path, champion=False, share=math.nan, size=2)
    assert "This model is refused by 2 rules of 2: 0.00% of 300 test images" in page.text
    assert "the model predicts values that are not finite" in page.text
    assert "value: null" in (out / "model_card.md").read_text()
    assert not (out / "figures" / "calibration.png").exists()


def test_report_loads_neither_tensorflow_nor_pyplot(tmp_path):
    folders = made(tmp_path)
    code = (
        "import sys; from pathlib import Path; from pipeline_components.report import report; "
        "from pipeline_components.report import ReportConfig; import pipeline_components.report; "
        "assert not {'pandas', 'matplotlib', 'jinja2'} & set(sys.modules); "
        "report(*map(Path, sys.argv[1:4]), out=Path(sys.argv[4]), config=ReportConfig()); "
        "print({'tensorflow', 'keras', 'matplotlib.pyplot', 'tkinter'} & set(sys.modules))"
    )
    (tmp_path / "out").mkdir()
    run = [sys.executable, "-c", code, *map(str, folders), str(tmp_path / "out")]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.returncode) == ("set()", 0), done.stderr


def test_a_report_shows_what_augmentation_makes_of_the_images(tmp_path):
    examples, model, evaluation = made(tmp_path)
    test = read_examples(examples / "test.arrow")
    write_examples(model / "augmented.arrow", test.take(np.array([0, 1, 0, 1])))
    out = tmp_path / "report"
    out.mkdir()
    report(examples, model, evaluation, out=out, config=ReportConfig())
    (picture,) = (img for img in Page((out / "report.html").read_text()).all("img") if img.get("class") == "augmented")
    assert "as five epochs would see it" in str(picture["alt"])
    assert (out / "figures" / "augmentation.png").exists()
