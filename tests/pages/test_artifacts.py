"""The list of artifacts, one of them, and its lineage."""

import shutil

from pipeline_components.pages.artifacts import users_of
from pipeline_components.store import Store
from pipeline_components.store.pins import pin
from tests.kits.pages import text_of


def test_the_list_says_what_matters_and_keeps_what_was_asked(root):
    page = text_of(root, "/artifacts?q=good&sort=size&component=train")
    assert 'href="/artifacts/train/1"' in page and 'href="/artifacts/export/1"' not in page
    assert 'value="good"' in page and "train (2)" in page and 'aria-sort="descending"' in page
    assert "SERVED NOW, version 1" in text_of(root, "/artifacts")
    assert "No artifact is like that." in text_of(root, "/artifacts?q=nothing")


def test_an_artifact_says_what_made_it_what_it_was_made_from_and_of(root):
    page = text_of(root, "/artifacts/train/2")
    for said in ("/artifacts/preprocess/1", "/artifacts/evaluate/2", "/artifacts/export/1", "/runs/run__1", "seed"):
        assert said in page, said
    assert Store(root).artifact("train/2").manifest.files["model.keras"]["sha256"] in page
    assert "digits/1 now: push" in text_of(root, "/artifacts/export/1")


def test_what_is_pinned_says_why(root, tmp_path):
    copy = shutil.copytree(root, tmp_path / "copy", symlinks=True)
    pin(copy, "train/1", "in the paper", "")
    assert "pinned: in the paper" in text_of(copy, "/artifacts/train/1")


def test_what_was_made_directly_of_an_artifact(root):
    assert users_of(Store(root), "train/1") == ["report/1", "evaluate/1"]


def test_the_lineage_is_a_picture_and_a_list(root):
    page = text_of(root, "/artifacts/train/2/lineage")
    assert '<svg class="lineage"' in page and "served digits/1" in page
    assert "It was made from nothing" not in page
