import os

import pytest

from pipeline_components.errors import ArtifactDamaged
from pipeline_components.store import runs
from pipeline_components.store.catalog import summaries
from pipeline_components.store.collected import collected
from pipeline_components.store.ledger import Ledger
from pipeline_components.store.mirror import Mirror
from pipeline_components.store.remote import RemoteStore
from tests.kits.bucket import in_memory
from tests.kits.store import chain


@pytest.fixture
def bucket(tmp_path):
    bucket = in_memory()
    store = RemoteStore(tmp_path / "maker", bucket)
    chain(store)
    store.write_run("first", {"steps": {}})
    store.write_run("second", {"steps": {}, "attempt": 1})
    store.write_run("second", {"steps": {}, "attempt": 2})
    return bucket


def test_lists_and_records_without_a_file_of_an_artifact(bucket, tmp_path):
    mirror = Mirror(tmp_path / "mirror", Ledger(bucket))
    mirror.complete()
    mirror.complete_runs()
    assert [each.id for each in summaries(mirror.folder)] == ["export/1", "ingest/1", "preprocess/1", "train/1"]
    assert {path.name for path in mirror.folder.glob("*/*/*")} == {"artifact.json"}
    second = runs.read_run(mirror.folder, "second")
    assert second["attempt"] == 2
    assert [each["attempt"] for each in second["earlier"]] == [1]


def test_what_is_known_is_not_read_again(bucket, tmp_path):
    mirror = Mirror(tmp_path / "mirror", Ledger(bucket))
    mirror.complete()
    mirror.complete_runs()
    before = bucket.requests["get"]
    mirror.complete()
    mirror.complete_runs()
    assert mirror.manifest("train/1").id == "train/1"
    assert bucket.requests["get"] == before


def test_a_damaged_copy_is_read_again_and_a_damaged_entry_told(bucket, tmp_path):
    mirror = Mirror(tmp_path / "mirror", Ledger(bucket))
    mirror.complete()
    (mirror.folder / "train/1/artifact.json").write_text("{}")
    assert mirror.manifest("train/1").component == "train"
    raw = bucket.get("artifacts/train/000000001.json")
    bucket.put("artifacts/train/000000001.json", raw.replace(b"numpy", b"nampy"))
    os.truncate(mirror.folder / "train/1/artifact.json", 10)
    with pytest.raises(ArtifactDamaged, match=r"artifacts/train/000000001\.json"):
        mirror.manifest("train/1")


def test_nothing_of_that_number_is_none(bucket, tmp_path):
    mirror = Mirror(tmp_path / "mirror", Ledger(bucket))
    assert mirror.manifest("train/2") is None
    assert (mirror.last("train"), mirror.last("other")) == (1, 0)


def test_what_was_collected_is_none_and_not_asked_for_again(bucket, tmp_path):
    Ledger(bucket).create("artifacts/train/000000002.json", {"collected": True})
    mirror = Mirror(tmp_path / "mirror", Ledger(bucket))
    mirror.complete()
    assert collected(mirror.folder, "train") == [2] and mirror.manifest("train/2") is None
    before = bucket.requests["get"]
    mirror.complete()
    assert bucket.requests["get"] == before
    assert [each.id for each in summaries(mirror.folder, "train")] == ["train/1"]
