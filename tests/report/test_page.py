"""The page and the model card: what both say, and that names and reasons are only text."""

import json
from dataclasses import replace

import pytest

from pipeline_components.report import ReportConfig
from pipeline_components.report.figures import confusion
from pipeline_components.report.gallery import choose
from pipeline_components.report.page import card, render
from pipeline_components.report.reading import read_findings
from pipeline_components.report.tables import confusion as counted
from pipeline_components.report.tables import past_runs
from tests.kits.decisions import APPROVED, REJECTED
from tests.kits.evaluations import DIGITS, Page, made, put

HOSTILE = '</script><script>alert("x")</script>&<b>'


def page_of(findings) -> Page:
    """The page without its pictures."""
    return Page(render(findings, ReportConfig(), past_runs([], findings), {}, []))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, ["This model may be served: 89.00% of 300 test images are read correctly, and both rules are met."]),
        ({"champion": False}, ["and its one rule is met.", "267 of 300 right (0.8900), lower bound 0.8495"]),
        (
            {"floor": 0.9999},
            ["This model is refused by 1 rule of 2: 89.00%", "accuracy: 267 of 300 right (0.8900), lower bound 0.8495"],
        ),
        (
            {"floor": 0.9999, "force": "the scanner is new"},
            ["Served by force although 1 rule of 2 refused it: 89.00%", "Forced because: the scanner is new"],
        ),
    ],
)
def test_verdict_is_said_first_on_the_page_and_in_the_card(tmp_path, given, said):
    findings = read_findings(*made(tmp_path, **given))
    text = page_of(findings).text
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
        "reference_drift": {"against": "the reference of mnist", "splits": {"train": [near]}},
        "skew": {"against": "the training split", "splits": {"test": [beyond]}},
    }
    put(folders[0] / "statistics.json", statistics)
    put(
        folders[0] / "anomalies.json",
        {"anomalies": [
            {"severity": "warning", "message": "test: 7 duplicates (test/1)", "split": "test",
             "examples": ["test/1", "test/12", "train/1"], "advice": "Keep one of each."},
            {"severity": "warning", "message": "of before there was advice"},
        ]},
    )  # fmt: skip
    findings = read_findings(*folders)
    page = page_of(findings)
    text = page.text
    assert "(test/1) Keep one of each." in text
    assert "Drift from the reference of mnist, as Jensen-Shannon distance" in text
    pictures = [each["alt"] for each in page.all("img") if "labelled" in each["alt"]]
    assert pictures == ["test/1, labelled 1", "test/12, labelled 2"]
    assert "warning test: 7 duplicates (test/1)" in text
    assert "Drift from the data of the served model, as Jensen-Shannon distance" in text
    assert "ink 0.010 0.200 ! 0.12 0.25" in text
    assert "ink 0.310 ✕ 0.12 0.25" in text
    assert "mean pixel 33.3 –" in text
    assert "duplicates – 7" in text
    assert "also in train – 2" in text
    assert "\n- warning: test: 7 duplicates (test/1). Keep one of each.\n- warning: of" in card(
        findings, ReportConfig()
    )


def test_champion_that_cannot_be_compared_is_said(tmp_path):
    folders = made(tmp_path, champion=False)
    metrics = json.loads((folders[2] / "metrics.json").read_text())
    metrics["champion"] = {"problems": ["other classes"], "accuracy": None, "dataset": "kmnist"}
    put(folders[2] / "metrics.json", metrics)
    findings = read_findings(*folders)
    page = page_of(findings)
    assert "cannot be compared with this one: other classes." in page.text


def test_the_header_says_when_in_which_run_and_against_which_champion(tmp_path):
    findings = read_findings(*made(tmp_path))
    made_at = {"at": "2026-11-22T16:56:07+00:00", "run_id": "run__7", "served_as": {"champion": "digits/3"}}
    manifest = {"id": "evaluate/5", "made": made_at, "inputs": {"champion": {"id": "export/1"}}}
    text = page_of(replace(findings, manifests={"evaluate": manifest})).text
    assert "evaluated 2026-11-22 16:56 UTC in run__7 against export/1, served as digits/3" in text
    assert "The champion (export/1, served as digits/3) was trained on mnist, and reads" in text
    assert "now served" not in text
    alone = page_of(replace(findings, manifests={"evaluate": {"made": {"at": made_at["at"]}}})).text
    assert "evaluated 2026-11-22 16:56 UTC with no champion to compare with" in alone
    assert "evaluated" not in page_of(findings).text


def test_what_could_have_been_seen_and_what_could_not_stands_beside_the_verdict(tmp_path):
    folders = made(tmp_path)
    blessing = json.loads((folders[2] / "blessing.json").read_text())
    told = {"warnings": ["under-confident: x"], "undecided": ["undecided: the champion may be better by 4.1 points"]}
    put(folders[2] / "blessing.json", blessing | told)
    verdict = page_of(read_findings(*folders)).text.split("Rules")[0]
    assert "a loss of 4.10% against the champion would have been seen four times in five" in verdict
    assert "Under-confident: x" in verdict and "Undecided: the champion may be better by 4.1 points" in verdict


def test_who_decided_and_why_stand_beside_the_verdict_and_in_the_card(tmp_path):
    folders = made(tmp_path)
    assert "Approved by" not in page_of(read_findings(*folders)).text
    put(tmp_path / "decision.json", APPROVED | {"reason": "# [good](javascript:x)"})
    findings = read_findings(*folders, tmp_path)
    rejected = page_of(replace(findings, decision=REJECTED)).text
    assert "✕ rejected" in rejected and "may be served" not in rejected
    said = "Approved by anna on 2026-11-26 10:00 UTC, of evaluate/1: "
    assert f"{said}# [good](javascript:x)" in page_of(findings).text.split("Rules")[0]
    assert f"\n{said}\\# \\[good\\](javascript:x)\n" in card(findings, ReportConfig())


def test_hostile_names_and_reasons_are_only_text(tmp_path):
    folders = made(tmp_path, classes=[HOSTILE, *DIGITS[1:]], floor=1, force=HOSTILE)
    put(tmp_path / "decision.json", REJECTED | {"by": HOSTILE, "reason": HOSTILE})
    findings = read_findings(*folders, tmp_path)
    svgs = {"confusion": confusion(counted(findings.model, findings.classes)).svg()}
    html = render(findings, ReportConfig(), past_runs([], findings), svgs, choose(findings, 300))
    assert not Page(html).all("script")
    assert HOSTILE in Page(html).text
    assert "<script" not in html


def test_the_card_begins_with_front_matter_that_machines_read(tmp_path):
    yaml = pytest.importorskip("yaml")
    text = card(read_findings(*made(tmp_path, classes=[HOSTILE, *DIGITS[1:]])), ReportConfig())
    front = yaml.safe_load(text.split("---\n")[1])
    assert front["datasets"] == ["mnist"]
    (result,) = front["model-index"][0]["results"]
    assert {metric["type"]: metric["value"] for metric in result["metrics"]}["accuracy"] == 0.89
