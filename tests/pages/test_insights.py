"""A look inside each kind of artifact."""

import shutil

import pytest

from pipeline_components.pages.insights import insights
from pipeline_components.store import Store
from tests.kits.pages import asked, text_of


@pytest.fixture
def look(root):
    store = Store(root)
    return lambda name: insights(store, store.artifact(name))


def test_examples_with_their_labels(look):
    found = look("preprocess/1")
    assert set(found.samples) == {"train.arrow", "validation.arrow", "test.arrow"}
    assert [row[1] for row in found.samples["test.arrow"].rows[:3]] == ["0", "1", "2"]


def test_a_training_has_curves_and_layers(look):
    found = look("train/1")
    assert [name for name, _ in found.curves] == ["accuracy", "loss"]
    assert found.layers == ["Flatten", "Dense 10"]


def test_an_evaluation_has_its_verdict_confusion_and_mistakes(look):
    found = look("evaluate/1")
    assert (found.reasons, len(found.rules), found.mistakes.total) == (["good enough"], 1, 8)
    assert found.confusion.counts[1][2] == 1
    assert found.problems == []


def test_a_report_is_embedded_in_a_sandbox(look, root):
    assert (look("report/1").report, look("report/1").pictures) == ("report.html", ["figures/one.png"])
    page = text_of(root, "/artifacts/report/1")
    assert '<iframe class="report" sandbox title="Report report/1" ' in page
    assert 'data-page="/artifacts/report/1/show/report.html"' in page


def test_a_journal_that_cannot_be_read_is_a_problem_and_spoils_nothing_else(root, tmp_path):
    copy = shutil.copytree(root, tmp_path / "store")
    (copy / "serving" / "digits" / "journal.jsonl").write_text("torn\n")
    found = insights(Store(copy), Store(copy).artifact("export/1"))
    assert found.service == [] and len(found.problems) == 1
    assert f'<p class="reason bad">{found.problems[0][:20]}' in asked(copy, "/artifacts/export/1")[0].text
