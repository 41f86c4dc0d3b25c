"""A version in service is known by its files, and so is what might be pushed."""

import pytest

from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.errors import StoreError
from pipeline_components.store import ServedModel, content_in
from pipeline_components.store.version import content_of, files_in
from tests.kits.store import maker, produce, recipe


def test_what_is_pushed_has_the_content_that_it_was_said_to_have(store):
    export = produce(store, recipe("export")).artifact
    version = ServedModel(store.root, MODEL_NAME).push(export)
    assert sorted(files_in(export)) == ["saved_model.pb", "variables/data"]
    assert version.files == files_in(export)
    assert version.content == content_in(export) == content_of(version.files)
    assert content_in(produce(store, recipe("export", seed=1)).artifact) != version.content


def test_the_order_of_files_counts_for_nothing_and_every_digest_does():
    one, other = {"size": 1, "sha256": "a"}, {"size": 1, "sha256": "b"}
    assert content_of({"x": one, "y": other}) == content_of({"y": other, "x": one})
    assert len({content_of(each) for each in ({"x": one}, {"x": other}, {"y": one}, {})}) == 4


def test_a_folder_that_is_not_there_is_named(store):
    made = store.produce(recipe("report"), maker("x")).artifact
    with pytest.raises(StoreError, match="report/1: no folder 'model' in it: expected an export"):
        files_in(made, "model")
