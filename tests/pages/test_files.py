"""An artifact's files: looked into, shown in a sandbox, downloaded byte for byte, and none that is not its own."""

import shutil

import pytest

from pipeline_components.errors import ArtifactDamaged
from pipeline_components.pages.files import inside
from pipeline_components.pages.protection import STORED
from pipeline_components.store import Store
from tests.kits.pages import EVIL, REPORT, asked, text_of


def test_rows_come_a_page_at_a_time(root):
    page = text_of(root, "/artifacts/preprocess/1/files/test.arrow")
    assert "40 rows" in page and page.count('<img class="digit"') == 40
    assert "test/9" in page


def test_a_download_is_the_file(root):
    (answer,) = asked(root, "/artifacts/evaluate/1/download/predictions.parquet")
    assert answer.content == (root / "evaluate/1/predictions.parquet").read_bytes()
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''evaluate-1-predictions.parquet"
    assert answer.headers["content-length"] == str(len(answer.content))
    assert answer.headers["content-type"] == "application/octet-stream"


def test_a_stored_page_is_sandboxed_wherever_it_is_sent(root):
    for verb in ("show", "download"):
        (answer,) = asked(root, f"/artifacts/report/1/{verb}/report.html")
        assert answer.text == REPORT
        assert answer.headers["content-security-policy"] == STORED
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_text_is_text(root, tmp_path):
    copy = shutil.copytree(root, tmp_path / "copy", symlinks=True)
    (copy / "ingest/1/a.txt").write_text(EVIL)
    page = text_of(copy, "/artifacts/ingest/1/files/a.txt")
    assert "&lt;script&gt;" in page and EVIL not in page


def test_no_link_leads_out_of_an_artifact(root, tmp_path):
    copy = shutil.copytree(root, tmp_path / "copy", symlinks=True)
    (tmp_path / "one.png").write_text("a secret")
    shutil.rmtree(copy / "report/1/figures")
    (copy / "report/1/figures").symlink_to(tmp_path)
    with pytest.raises(ArtifactDamaged, match="a link leads out"):
        inside(Store(copy).artifact("report/1"), "figures/one.png")
    for verb in ("files", "show", "download"):
        assert "a secret" not in text_of(copy, f"/artifacts/report/1/{verb}/figures/one.png", 503)
    (copy / "report/1/report.html").unlink()
    (copy / "report/1/report.html").symlink_to(copy / "ingest/1/a.txt")
    assert "good enough" not in text_of(copy, "/artifacts/report/1/show/report.html", 503)


def test_mistakes_are_images(root):
    page = text_of(root, "/artifacts/evaluate/1/mistakes")
    assert "8 mistakes" in page and page.count(", labelled") == 8
