"""The report, on an evaluation made by hand: what it must say, and what it must survive."""

import json
import math
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from pipeline_components.errors import BadData
from pipeline_components.report import ReportConfig, report, words
from pipeline_components.report.figures import confusion
from pipeline_components.report.figures import history as drawn_history
from pipeline_components.report.gallery import choose
from pipeline_components.report.page import card, render
from pipeline_components.report.past import past_run
from pipeline_components.report.provenance import flag
from pipeline_components.report.reading import read_findings
from pipeline_components.report.tables import confusion as counted
from pipeline_components.report.tables import past_runs
from pipeline_components.report.theme import styled
from tests.kits.evaluations import DIGITS, TEST, Page, made, past, put, reported

HOSTILE = '</script><script>alert("x")</script>&<b>'


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> tuple[Path, Page]:
    """A report with everything in it."""
    return reported(tmp_path_factory.mktemp("whole"), earlier=3)


def test_numbers_are_the_evaluations(whole):
    out, page = whole
    found = json.loads((out.parent / "evaluate" / "metrics.json").read_text())
    values = [float(data["value"]) for data in page.all("data")]
    assert values[0] == found["accuracy"]
    assert values[1] == round(TEST * (1 - found["accuracy"]))
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
    assert len(page.all("img")) == 4 * 6
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
    assert all(cell.get("scope") in ("row", "col") for cell in page.all("th"))


def test_figures_are_files_too(whole):
    out, _ = whole
    names = {file.stem for file in (out / "figures").iterdir()}
    assert names == {
        "accuracy", "loss", "confusion", "confusion_change", "classes", "calibration", "history", "samples",
        "worst_mistakes", "newly_wrong", "newly_right", "ordinary",
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


def test_long_history_names_the_evaluations_that_it_marks(tmp_path):
    (one,) = past(tmp_path, 1)
    runs = [{**past_run(one), "evaluation": f"evaluate/{i}"} for i in range(3, 53)]
    with styled():
        text = re.findall(r"<text[^>]*>(\d+)</text>", drawn_history(pd.DataFrame(runs)).svg())
    assert text == [str(i) for i in range(3, 53, 5)]


def test_first_model_without_a_mistake_has_no_champion_and_no_history(tmp_path):
    out, page = reported(tmp_path, champion=False, share=1.1)
    assert "champion" not in page.text.lower()
    assert not (out / "figures" / "history.png").exists()
    assert not (out / "figures" / "newly_wrong.png").exists()
    assert "100.00% of 300 test images are read correctly" in page.text
    assert "0 of 0 shown" in page.text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, ["This model may be served: 89.00% of 300 test images are read correctly, and both rules are met."]),
        ({"champion": False}, ["and its one rule is met.", "267 of 300 right: accuracy 0.8900, at least 0.8495"]),
        (
            {"floor": 0.9999},
            ["This model is refused by 1 rule of 2: 89.00%", "accuracy 0.8495, required ≥ 0.9999: 267 of 300 right"],
        ),
        (
            {"floor": 0.9999, "force": "the scanner is new"},
            ["Served by force although 1 rule of 2 refused it: 89.00%", "Forced because: the scanner is new"],
        ),
    ],
)
def test_verdict_is_said_first_on_the_page_and_in_the_card(tmp_path, given, said):
    findings = read_findings(*made(tmp_path, **given))
    text = Page(render(findings, ReportConfig(), past_runs([], findings), {}, [])).text
    assert all(text.index(words) < text.index("Examples by class and split") for words in said)
    assert all(words in card(findings, ReportConfig()) for words in said)
    assert text.count("the scanner is new") == ("force" in given)


def test_data_section_shows_drift_quality_and_anomalies(tmp_path):
    folders = made(tmp_path)
    near, far, beyond = ({"feature": "ink", "distance": d, "warning": 0.12, "error": 0.25} for d in (0.01, 0.2, 0.31))
    statistics = {
        "splits": {"train": {"pixel": {"mean": 33.3, "deviation": 78.5}}, "test": {}},
        "quality": {"test": {"duplicates": 7}},
        "leakage": {"test": 2},
        "drift": {"against": "the data of the served model", "splits": {"train": [near], "test": [far]}},
        "skew": {"against": "the training split", "splits": {"test": [beyond]}},
    }
    put(folders[0] / "statistics.json", statistics)
    put(
        folders[0] / "anomalies.json",
        {"anomalies": [{"severity": "warning", "message": "test: 7 duplicates (test/1)"}]},
    )
    findings = read_findings(*folders)
    text = Page(render(findings, ReportConfig(), past_runs([], findings), {}, [])).text
    assert "warning test: 7 duplicates (test/1)" in text
    assert "Drift from the data of the served model, as Jensen-Shannon distance" in text
    assert "ink 0.010 0.200 ! 0.12 0.25" in text
    assert "ink 0.310 ✕ 0.12 0.25" in text
    assert "mean pixel 33.3 –" in text
    assert "duplicates – 7" in text
    assert "also in train – 2" in text
    assert "- warning: test: 7 duplicates (test/1)" in card(findings, ReportConfig())


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (words.percent(0.98126), "98.13%"),
        (words.percent(math.nan), "–"),
        (words.interval(0.9, None), "–"),
        (words.number(12345), "12,345"),
        (words.number(0.07948123), "0.07948"),
        (words.number(3e-9), "< 0.0001"),
        (words.number(math.inf), "not finite"),
        (words.number("≥ 0.97"), "≥ 0.97"),
        (words.number(None), "–"),
        (words.signed(-0.0013), "−0.13"),
        (words.listed(["a", "b", "c"]), "a, b and c"),
        (words.listed([]), ""),
        (words.plural(1, "rule") + words.plural(2, "rule"), "1 rule2 rules"),
        (words.cell("a|b\nc"), "a\\|b c"),
        (words.exact("<1>", 0.5), '<data value="0.5">&lt;1&gt;</data>'),
        (words.exact("<–>", None), "&lt;–&gt;"),
    ],
)
def test_words(said, expected):
    assert said == expected


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("epochs", 3, "--epochs 3"),
        ("new_line", True, "--new-line"),
        ("new_line", False, "--no-new-line"),
        ("force_bless", "the scanner's new", """--force-bless 'the scanner'"'"'s new'"""),
        ("slice_floors", {"hard": 0.1}, """--slice-floors '{"hard": 0.1}'"""),
    ],
)
def test_parameter_as_a_flag(name, value, said):
    assert flag(name, value) == said


def test_model_that_answers_with_no_numbers_is_reported_as_refused(tmp_path):
    out, page = reported(tmp_path, champion=False, share=math.nan, size=2)
    assert "This model is refused by 2 rules of 2: 0.00% of 300 test images" in page.text
    assert "the model predicts values that are not finite" in page.text
    assert "value: null" in (out / "model_card.md").read_text()
    assert not (out / "figures" / "calibration.png").exists()


def test_champion_that_cannot_be_compared_is_said(tmp_path):
    folders = made(tmp_path, champion=False)
    metrics = json.loads((folders[2] / "metrics.json").read_text())
    metrics["champion"] = {"problems": ["other classes"], "accuracy": None, "dataset": "kmnist"}
    put(folders[2] / "metrics.json", metrics)
    findings = read_findings(*folders)
    page = Page(render(findings, ReportConfig(), past_runs([], findings), {}, []))
    assert "cannot be compared with this one: other classes." in page.text


def test_hostile_names_and_reasons_are_only_text(tmp_path):
    folders = made(tmp_path, classes=[HOSTILE, *DIGITS[1:]], floor=1, force=HOSTILE)
    findings = read_findings(*folders)
    svgs = {"confusion": confusion(counted(findings.model, findings.classes)).svg()}
    html = render(findings, ReportConfig(), past_runs([], findings), svgs, choose(findings, 300))
    assert not Page(html).all("script")
    assert HOSTILE in Page(html).text
    assert "<script" not in html


def test_evaluation_of_other_examples_is_bad_data(tmp_path):
    examples, model, evaluation = made(tmp_path)
    table = pq.read_table(evaluation / "predictions.parquet")
    pq.write_table(table.slice(1), evaluation / "predictions.parquet")
    with pytest.raises(BadData, match="predictions are of other examples"):
        report(examples, model, evaluation, out=tmp_path, config=ReportConfig())


@pytest.mark.parametrize("file", ["evaluate/metrics.json", "evaluate/predictions.parquet", "train/history.parquet"])
def test_missing_file_is_named(tmp_path, file):
    folders = made(tmp_path)
    (tmp_path / file).unlink()
    with pytest.raises(BadData, match=file):
        report(*folders, out=tmp_path, config=ReportConfig())


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


def test_command_of_the_recipe_finds_every_artifact_again(digits):
    """The line that the report of a real run prints is the line that made it."""
    card = next(digits.store.glob("report/*/model_card.md")).read_text()
    command = shlex.split(re.search(r"```\n(digits run .*?)\n```", card, re.DOTALL)[1].replace("\\\n", ""))
    steps = digits.json(*command[1:])["steps"]
    assert {name: step["hit"] for name, step in steps.items()} == dict.fromkeys(steps, True)
    assert len(steps) == 6
