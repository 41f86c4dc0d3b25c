"""History, a run that is not recorded yet, and the way from a task to its artifact."""

import pytest

from pipeline_components.pages.runs import made_by
from pipeline_components.store import Store
from tests.kits.pages import asked, text_of
from tests.kits.store import produce, recipe


def test_history_is_a_line_and_a_list(root):
    page = text_of(root, "/")
    assert '<svg class="chart"' in page and "2 runs" in page
    assert page.index("run__2</a>") < page.index("run__1</a>")
    assert "90.00 %" in page and "80.00 % to 97.00 %" in page


def test_a_story_shows_the_report_and_what_differs(root):
    page = text_of(root, "/runs/run__1")
    assert 'data-page="/artifacts/report/1/show/report.html"' in page and "✕ refused" in page
    assert "Served now" in page and "export/1" in page


def test_a_run_under_way_shows_what_it_has_made(tmp_path):
    produce(Store(tmp_path), recipe(), run_id="manual__2026-01-01T00:00:00+00:00")
    page = text_of(tmp_path, "/runs/manual__2026-01-01T00%3A00%3A00%2B00%3A00")
    assert "when it ends" in page and "/artifacts/train/1" in page
    assert "No run is recorded yet" in text_of(tmp_path, "/")


@pytest.mark.parametrize(
    ("run", "task", "artifact"),
    [("run__2", "train", "train/2"), ("run__2", "preprocess", "preprocess/1"), ("run__2", "gate", "")],
)
def test_a_task_leads_to_what_it_made_or_found(root, run, task, artifact):
    assert made_by(Store(root), run, task) == artifact
    (answer,) = asked(root, f"/digits/runs/{run}/tasks/{task}", root_path="/digits")
    assert answer.headers.get("location", "") == (f"/digits/artifacts/{artifact}" if artifact else "")
    assert answer.status_code == (303 if artifact else 404)
