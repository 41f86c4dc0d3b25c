import shutil

import pytest

from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.store.files import path_of
from pipeline_components.store.ledger import path_of as entry_of
from tests.kits.store import chain


@pytest.fixture
def made(here):
    made = chain(here)
    here.served(MODEL_NAME).push(made["export"], who="a")
    here.write_run("r", {"steps": {}})
    here.pin("train/1", "a good one")
    return made


def problems(store):
    return [(each.where, each.name) for each in store.verify()]


def test_an_intact_bucket_has_none_on_any_machine(made, here, there):
    assert problems(here) == problems(there) == []


def test_bit_rot_is_found_whether_a_copy_is_here_or_not(made, bucket, here, there):
    bucket.put(path_of(made["train"].manifest.files["notes.txt"]["sha256"]), b"rotten")
    assert problems(here) == problems(there) == [("train/1", "notes.txt")]
    shutil.rmtree(here.root / "train")
    assert problems(here) == [("train/1", "notes.txt")]


def test_a_file_that_is_gone_is_named_for_each_who_needs_it(made, bucket, there):
    bucket.delete(path_of(made["export"].manifest.files["saved_model/saved_model.pb"]["sha256"]))
    assert ("serving/digits/1", "saved_model.pb") in problems(there)
    assert ("export/1", "saved_model/saved_model.pb") in problems(there)


def test_a_number_that_is_missing_and_documents_that_are_damaged_are_named(made, bucket, there):
    bucket.delete(entry_of("artifacts/preprocess", 1))
    bucket.put(entry_of("artifacts/preprocess", 2), b"{}")
    bucket.put(entry_of("runs/r", 1), b"{}")
    found = problems(there)
    assert ("preprocess/1", "artifact.json") in found
    assert {where for where, _ in found} >= {"artifacts/preprocess/000000002", "runs/r/000000001"}
