"""Every route: what it answers to a good request, to a wrong one, and over a store that cannot be read."""

import re
import shutil
import subprocess
import sys

import pytest

from pipeline_components.pages.application import pages_of
from pipeline_components.pages.runs import Runs
from tests.kits.pages import asked, text_of

GOOD = {
    "/": "/",
    "/runs/{run_id}": "/runs/run__2",
    "/runs/{run_id}/tasks/{task}": "/runs/run__2/tasks/gate",
    "/artifacts": "/artifacts?component=train&sort=size&order=up",
    "/artifacts/{component}/{number}": "/artifacts/evaluate/1",
    "/artifacts/{component}/{number}/lineage": "/artifacts/train/1/lineage",
    "/artifacts/{component}/{number}/mistakes": "/artifacts/evaluate/1/mistakes",
    "/artifacts/{component}/{number}/files/{name:path}": "/artifacts/evaluate/1/files/metrics.json",
    "/artifacts/{component}/{number}/show/{name:path}": "/artifacts/report/1/show/figures/one.png",
    "/artifacts/{component}/{number}/download/{name:path}": "/artifacts/report/1/download/report.html",
    "/compare": "/compare?one=evaluate/1&other=evaluate/2",
    "/served": "/served",
    "/health": "/health?gc=1",
    "/static/{name}": "/static/pages.css",
}
WRONG = {
    "/runs/..%2f..%2fetc": 404,
    "/runs/a%20b": 400,
    "/runs/-x": 400,
    "/runs/none": 404,
    "/runs/run__2/tasks/%3Cb%3E": 400,
    "/artifacts?page=0": 400,
    "/artifacts?page=1e9": 400,
    "/artifacts?sort=colour": 400,
    "/artifacts?verdict=maybe": 400,
    f"/artifacts?q={'x' * 300}": 400,
    "/artifacts/train/0": 400,
    "/artifacts/train/x": 400,
    "/artifacts/TRAIN/1": 400,
    "/artifacts/runs/1": 400,
    "/artifacts/train/99": 404,
    "/artifacts/..%2f/1": 404,
    "/artifacts/train/1/files/..%2f..%2f..%2fetc%2fpasswd": 404,
    "/artifacts/train/1/download/artifact.json": 404,
    "/artifacts/train/1/download/%2Fetc%2Fpasswd": 404,
    "/artifacts/train/1/show/model.keras": 404,
    "/artifacts/train/1/mistakes": 404,
    "/compare?one=train/1&other=evaluate/1": 400,
    "/compare?one=train/1&other=<b>": 400,
    "/static/..%2fapplication.py": 404,
    "/static/nothing": 404,
    "/nothing": 404,
}


def test_every_route_has_a_good_request(root):
    assert [each.path for each in pages_of(root)] == list(GOOD)


@pytest.mark.parametrize("path", GOOD.values())
def test_a_good_request_is_answered(root, path):
    (answer,) = asked(root, path)
    assert answer.status_code == (404 if path.endswith("/gate") else 200)
    assert "problem" not in answer.text or "Every byte" not in answer.text


@pytest.mark.parametrize(("path", "status"), WRONG.items())
def test_a_wrong_request_is_told_so_in_one_line(root, path, status):
    (answer,) = asked(root, path)
    assert answer.status_code == status
    assert "Traceback" not in answer.text and "root:" not in answer.text
    if path not in ("/runs/none",):
        assert len(re.findall(r'class="reason bad">([^\n]+)</p>', answer.text)) == 1


@pytest.mark.parametrize("path", [path for path in GOOD.values() if "static" not in path])
def test_a_store_that_cannot_be_read_is_said_in_one_line(tmp_path, path):
    (tmp_path / "file").touch()
    for root in (tmp_path / "none", tmp_path / "file"):
        line = re.findall(r'class="reason bad">([^\n]+)</p>', text_of(root, path, 503))
        assert len(line) == 1 and f"{root}: no store there" in line[0]


def test_no_page_imports_what_is_heavy(root):
    script = (
        "import sys; from pathlib import Path; from tests.kits.pages import asked\n"
        "asked(Path(sys.argv[1]), *sys.argv[2:])\n"
        "print(*{'tensorflow', 'keras', 'pandas', 'matplotlib', 'optuna', 'scipy'} & {*sys.modules})"
    )
    command = [sys.executable, "-c", script, str(root), *GOOD.values()]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == ""


def test_one_damaged_record_spoils_no_page(root, tmp_path):
    copy = shutil.copytree(root, tmp_path / "copy", symlinks=True)
    (copy / "runs" / "run__1.json").write_text("{")
    (copy / "train" / "1" / "artifact.json").write_text("{")
    (copy / "evaluate" / "1" / "predictions.parquet").write_text("no table")
    assert "run__2" in text_of(copy, "/")
    assert "damaged" in text_of(copy, "/artifacts")
    assert "predictions.parquet: cannot be read" in text_of(copy, "/artifacts/evaluate/1")
    assert "restore it from a copy" in text_of(copy, "/artifacts/train/1", 503)
    text_of(copy, "/runs/run__1", 503)


def test_a_bug_is_not_shown(root, monkeypatch):
    def fail(self, request):
        raise RuntimeError("a secret")

    monkeypatch.setattr(Runs, "history", fail)
    (answer,) = asked(root, "/")
    assert answer.status_code == 500
    assert "a secret" not in answer.text and "A bug in this page" in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_links_stand_below_where_the_pages_are_mounted(root):
    (answer,) = asked(root, "/base/digits/artifacts", root_path="/base/digits")
    links = re.findall(r'(?:href|src|action)="([^"]+)"', answer.text)
    assert {link for link in links if not link.startswith(("/base/digits/", "#"))} == set()
