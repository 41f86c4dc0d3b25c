"""What is served, and how the store is."""

import shutil

from pipeline_components.store import Store
from tests.kits.pages import text_of


def test_served_versions_with_their_journal(root):
    page = text_of(root, "/served")
    assert "✓ served" in page and "a test: good enough" in page and "95.00 %" in page
    assert "<b>push</b> version 1" in page


def test_an_empty_store_says_how_one_comes_to_be_served(tmp_path):
    assert "No model is served yet" in text_of(tmp_path, "/served")


def test_health_tells_of_the_last_verification_and_of_the_collector_when_asked(root, tmp_path):
    copy = shutil.copytree(root, tmp_path / "copy", symlinks=True)
    assert "Never verified as a whole" in text_of(copy, "/health")
    Store(copy).verify()
    page = text_of(copy, "/health")
    assert "all as it was published" in page and "would be freed" not in page
    assert "0 artifacts and 0 served versions" in text_of(copy, "/health?gc=1")
    (copy / "train/1/history.parquet").write_text("x")
    Store(copy).verify()
    assert "1 problem." in text_of(copy, "/health") and "history.parquet" in text_of(copy, "/health")
