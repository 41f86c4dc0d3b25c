"""A store that is moved into a bucket is the same store there, for all machines; what is pulled is whole."""

import shutil
from pathlib import Path

import pytest

from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.errors import ArtifactDamaged, ArtifactNotFound, StoreError
from pipeline_components.store import Store
from pipeline_components.store.bucket import Bucket
from pipeline_components.store.check import problems_of
from pipeline_components.store.files import path_of
from pipeline_components.store.gc import collect
from pipeline_components.store.graph import graph_of
from pipeline_components.store.remote import RemoteStore
from pipeline_components.store.transfer import Pushed, pull, push, send_runs, sync
from tests.kits.bucket import in_memory
from tests.kits.store import KEEP_NOTHING, chain, produce, recipe


def never(out):
    raise AssertionError("made again")


def silent(line: str) -> None:
    assert "\n" not in line


@pytest.fixture
def moved(tmp_path) -> Store:
    """A chain, numbers that were collected, a recipe made twice, two versions and a rollback, a run of two attempts."""
    store = Store(tmp_path / "moved")
    made = chain(store)
    produce(store, recipe("train", seed=1))
    collect(store.root, KEEP_NOTHING, dry_run=False)
    made = chain(store) | {"other": produce(store, recipe("export", seed=2)).artifact}
    produce(store, recipe("train", seed=3))
    produce(store, recipe("train", seed=3), force=True)
    serving = store.served(MODEL_NAME)
    serving.push(made["export"])
    serving.push(made["other"], why="better")
    serving.rollback(why="worse")
    store.write_run("r", {"parameters": {}, "attempt": 1})
    store.write_run("r", {"parameters": {}, "attempt": 2})
    return store


def documents(store: Store) -> dict[str, object]:
    """All that a store tells of itself."""
    serving = store.served(MODEL_NAME)
    return {
        "artifacts": {each.id: each.manifest for each in store.artifacts()},
        "journal": [(each.action, each.version, each.export, each.why, each.replaces) for each in serving.journal()],
        "versions": {each.number: each.files for each in serving.versions()},
        "runs": store.runs(),
    }


def test_a_store_that_is_pushed_is_the_same_store_on_every_machine(bucket, moved, tmp_path):
    moved.pin("export/2", "in the paper", "anna")
    moved.unpin("export/2", "printed", "bob")
    told, before = [], documents(moved)
    sent = push(RemoteStore(moved.root, bucket), told.append)
    there = RemoteStore(tmp_path / "there", bucket)
    here = RemoteStore(moved.root, bucket)
    assert documents(there) == documents(here) == before
    assert (sent.artifacts, sent.versions, sent.runs) == (len(before["artifacts"]), 3, 2)
    assert len(told) == len(before["artifacts"]) + 3
    assert there.pins() == {} and [each["who"] for each in there.pinnings("export/2")] == ["anna", "bob"]
    assert there.verify() == []
    assert there.produce(recipe("train", seed=3), never).artifact.number == moved_last(before, "train")
    with pytest.raises(ArtifactNotFound, match=r"train/1: no such artifact"):
        there.artifact("train/1")  # it was collected before
    made = produce(there, recipe("train", seed=4)).artifact
    assert made.number == moved_last(before, "train") + 1
    assert here.produce(recipe("train", seed=4), never).artifact.id == made.id
    assert there.served(MODEL_NAME).rollback(2).number == 4


def moved_last(before: dict, component: str) -> int:
    return max(int(each.partition("/")[2]) for each in before["artifacts"] if each.startswith(f"{component}/"))


def test_a_push_that_has_ended_has_nothing_to_do(bucket, moved):
    push(RemoteStore(moved.root, bucket), silent)
    before = bucket.requests
    assert push(RemoteStore(moved.root, bucket), silent) == Pushed()
    assert {name: count for name, count in bucket.requests.items() if count != before[name]}.keys() <= {"get"}


def test_a_push_that_was_interrupted_goes_on_and_nobody_uses_the_bucket_meanwhile(bucket, moved, tmp_path):
    before, sent = documents(moved), []

    def stop(line: str) -> None:
        sent.append(line)
        if len(sent) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        push(RemoteStore(moved.root, bucket), stop)
    there = RemoteStore(tmp_path / "there", bucket)
    with pytest.raises(StoreError, match="is being pushed into it: wait"):
        produce(there, recipe())
    other = Store(tmp_path / "other")
    chain(other, epochs=9)
    with pytest.raises(StoreError, match="is being pushed into it: go on there"):
        push(RemoteStore(other.root, bucket), silent)
    produce(moved, recipe("train", seed=5))  # the folder is a store of its own as long as it is not moved
    again = push(RemoteStore(moved.root, bucket), silent)
    assert again.artifacts == len(before["artifacts"]) - 3 + 1
    assert there.verify() == [] and documents(there)["journal"] == before["journal"]


def test_a_bucket_with_artifacts_is_not_pushed_into(bucket, moved, tmp_path):
    chain(RemoteStore(tmp_path / "there", bucket))
    with pytest.raises(StoreError, match="has artifacts of its own"):
        push(RemoteStore(moved.root, bucket), silent)
    assert not (moved.root / ".remote").exists()


def test_a_machine_that_waits_with_an_empty_cache_takes_up_what_is_pushed(bucket, moved, tmp_path):
    there = RemoteStore(tmp_path / "there", bucket)
    assert there.summaries() == []
    push(RemoteStore(moved.root, bucket), silent)
    assert [each.id for each in there.summaries()] == [each.id for each in moved.summaries()]


def test_a_store_of_an_older_version_is_pushed_as_it_is(bucket, tmp_path):
    old = Store(tmp_path / "old")
    shutil.copytree(Path(__file__).parent / "old_store" / "store", old.root)
    before = documents(old)
    push(RemoteStore(old.root, bucket), silent)
    there = RemoteStore(tmp_path / "there", bucket)
    assert documents(there) == before
    assert there.verify() == []


def test_a_store_that_is_damaged_is_not_pushed(moved):
    bucket = in_memory()
    (moved.artifacts("train")[0].path / "notes.txt").write_text("damaged")
    with pytest.raises(ArtifactDamaged, match=r"^train/\d: notes.txt: .*nothing is pushed"):
        push(RemoteStore(moved.root, bucket), silent)
    assert bucket.list("") == []


def test_a_folder_that_was_pushed_publishes_into_the_bucket_alone(moved, tmp_path):
    push(RemoteStore(moved.root, in_memory()), silent)
    with pytest.raises(StoreError, match="set DIGITS_REMOTE"):
        produce(moved, recipe(seed=7))
    with pytest.raises(StoreError, match="set DIGITS_REMOTE"):
        moved.served(MODEL_NAME).rollback()
    with pytest.raises(StoreError, match="a cache of memory://"):
        push(RemoteStore(moved.root, Bucket.at((tmp_path / "other").as_uri())), silent)


def test_pull_brings_what_is_served_and_all_that_it_was_made_from(bucket, tmp_path):
    here, there = RemoteStore(tmp_path / "here", bucket), RemoteStore(tmp_path / "there", bucket)
    made = chain(here)
    produce(here, recipe("train", seed=8))
    assert pull(there, [], silent) == []
    here.served(MODEL_NAME).push(made["export"])
    assert pull(there, [], silent) == ["ingest/1", "preprocess/1", "train/1", "export/1"]
    assert [each for one in made.values() for each in problems_of(Store(there.root).artifact(one.id))] == []
    assert (there.root / "serving" / MODEL_NAME / "1" / "saved_model.pb").is_file()
    assert not (there.root / "train" / "2").exists()
    (there.root / "train" / "1" / "notes.txt").write_text("damaged")
    assert pull(there, ["train/1"], silent) == ["ingest/1", "preprocess/1", "train/1"]
    assert problems_of(Store(there.root).artifact("train/1")) == []


def test_pull_names_what_is_damaged_in_the_bucket(bucket, tmp_path):
    here, there = RemoteStore(tmp_path / "here", bucket), RemoteStore(tmp_path / "there", bucket)
    made = chain(here)
    bucket.put(path_of(made["train"].manifest.files["notes.txt"]["sha256"]), b"rotten")
    with pytest.raises(ArtifactDamaged, match=r"notes\.txt: its bytes have changed"):
        pull(there, ["export/1"], silent)
    assert not (there.root / "train" / "1").exists()


def test_sync_lets_a_machine_know_all_and_sends_the_records_that_it_could_not(bucket, tmp_path):
    here, there = RemoteStore(tmp_path / "here", bucket), RemoteStore(tmp_path / "there", bucket)
    made = chain(here)
    here.served(MODEL_NAME).push(made["export"])
    _ = there.mirror
    Store(there.root).write_run("away", {"parameters": {}})  # as when the bucket did not answer
    assert sync(there) == {"artifacts": 4, "served": 1, "runs_sent": 1}
    assert sync(there) == {"artifacts": 4, "served": 1, "runs_sent": 0}
    assert [each["run_id"] for each in here.runs()] == ["away"]
    assert set(graph_of(there.mirror.folder).artifacts) == {each.id for each in made.values()}
    assert not (there.root / "train").exists()
    shutil.rmtree(there.root)
    assert send_runs(there) == 0
