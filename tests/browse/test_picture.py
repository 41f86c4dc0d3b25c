"""A lineage laid out: data on the left, what is served on the right, and no more than one can take in."""

import shutil

import pytest

from pipeline_components.browse.picture import picture_of
from pipeline_components.errors import ArtifactNotFound
from pipeline_components.store import Store
from tests.kits.store import chain, produce, recipe, served


def test_each_stands_right_of_what_it_was_made_from(tmp_path):
    store = Store(tmp_path)
    made = chain(store)
    found = picture_of(store, "train/1")
    columns = {node.name: node.column for node in found.nodes}
    assert columns == {"ingest/1": 0, "preprocess/1": 1, "train/1": 2, "export/1": 3}
    assert ("preprocess/1", "train/1", "preprocess") in found.edges
    assert len({(node.column, node.row) for node in found.nodes}) == len(made)


def test_a_served_version_is_at_the_end(tmp_path):
    store = Store(tmp_path)
    served(store, 1)
    found = picture_of(store, "export/1")
    assert [(node.name, node.kind, node.column) for node in found.nodes if node.kind == "served"] == [
        ("served digits/1", "served", 1)
    ]


def test_what_is_gone_or_damaged_is_shown_as_that(tmp_path):
    store = Store(tmp_path)
    chain(store)
    shutil.rmtree(tmp_path / "ingest" / "1")
    (tmp_path / "preprocess" / "1" / "artifact.json").write_text("{}")
    kinds = {node.name: node.kind for node in picture_of(store, "train/1").nodes}
    assert kinds["preprocess/1"] == "damaged"
    (tmp_path / "preprocess" / "1" / "artifact.json").unlink()
    shutil.rmtree(tmp_path / "preprocess" / "1")
    assert {node.name: node.kind for node in picture_of(store, "train/1").nodes}["preprocess/1"] == "missing"


def test_no_more_than_a_picture_has_room_for(tmp_path):
    store = Store(tmp_path)
    data = produce(store, recipe("ingest")).artifact
    for seed in range(6):
        produce(store, recipe("preprocess", inputs={"examples": data}, seed=seed))
    found = picture_of(store, "ingest/1", most=4)
    assert (len(found.nodes), found.left_out) == (5, 2)
    assert "preprocess/6" in {node.name for node in found.nodes}, "the newest are shown"


def test_no_such_artifact(tmp_path):
    with pytest.raises(ArtifactNotFound):
        picture_of(Store(tmp_path), "train/1")
