"""What the collector keeps, and what it takes."""

import os
import time

import pytest

from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.errors import ArtifactNotFound, StoreError
from pipeline_components.store import ServedModel, content_in
from pipeline_components.store.gc import Policy, collect
from pipeline_components.store.pins import pin, pins, unpin
from tests.kits.store import KEEP_NOTHING, chain, produce, recipe, served


def test_a_dry_run_says_what_would_go_and_touches_nothing(store):
    made = chain(store)
    found = collect(store.root, KEEP_NOTHING)
    assert found.is_dry_run and found.collected.keys() == {each.id for each in made.values()}
    assert found.freed_bytes == sum(path.stat().st_size for path in store.root.glob("*/1/**/*") if path.is_file())
    assert len(store.artifacts()) == 4 and next(iter(found.collected)) == "export/1"  # users go before inputs


def test_what_is_served_stays_with_all_it_was_made_from(store):
    kept, gone = chain(store, 1), chain(store, 2)
    ServedModel(store.root, MODEL_NAME).push(kept["export"])
    found = collect(store.root, KEEP_NOTHING, dry_run=False)
    assert found.collected.keys() == {gone["train"].id, gone["export"].id}
    assert found.kept == {
        "export/1": "served",
        "train/1": "an input of one served",
        "preprocess/1": "an input of one served",
        "ingest/1": "an input of one served",
    }
    assert store.verify() == [] and [each.id for each in store.artifacts("train")] == ["train/1"]


def test_pins_and_recent_runs_keep_too(store):
    for epochs in range(1, 4):
        chain(store, epochs)
    pin(store.root, "train/1", "for the paper")
    store.write_run("run__1", {"steps": {"train": {"id": "train/2"}}})
    store.write_run("run__2", {"steps": {"train": {"id": "train/3"}}})
    found = collect(store.root, Policy(keep=0, days=0, runs=1, grace_hours=0), dry_run=False)
    assert found.collected.keys() == {"export/1", "export/2", "export/3", "train/2"}
    assert found.kept["train/1"] == "pinned" and found.kept["train/3"] == "used by one of the last 1 runs"
    assert store.verify() == []  # the older run's train/2 is gone, and known to be collected
    assert pins(store.root)["train/1"]["why"] == "for the paper"
    unpin(store.root, "train/1")
    assert collect(store.root, KEEP_NOTHING).collected.keys() >= {"train/1", "ingest/1"}
    with pytest.raises(StoreError, match="train/1: not pinned"):
        unpin(store.root, "train/1")


def test_the_newest_and_the_recently_used_stay(store):
    for epochs in range(5):
        produce(store, recipe(epochs=epochs))
    old = time.time() - 10 * 86400
    for number in range(1, 5):
        os.utime(store.root / "train" / str(number), (old, old))
    assert collect(store.root, Policy(keep=2, days=0, runs=0)).collected.keys() == {"train/1", "train/2", "train/3"}
    assert collect(store.root, Policy(keep=0, keep_of={"train": 4}, days=0)).collected.keys() == {"train/1"}
    assert collect(store.root, Policy(keep=0, days=11)).collected.keys() == set()
    assert produce(store, recipe(epochs=0)).hit  # which makes it recently used
    assert collect(store.root, Policy(keep=0, days=1)).collected.keys() == {"train/2", "train/3", "train/4"}


def test_the_inputs_of_what_is_being_made_are_in_use(store):
    data = produce(store, recipe("preprocess", inputs={"x": produce(store, recipe("ingest")).artifact})).artifact

    def make(out):
        found = collect(store.root, KEEP_NOTHING, dry_run=False)
        assert (found.collected, found.kept) == ({}, {"preprocess/1": "in use", "ingest/1": "an input of one in use"})
        return {}

    made = store.produce(recipe(inputs={"examples": data}), make).artifact
    assert store.verify() == [] and made.id == "train/1"


def test_old_versions_are_retired_and_their_exports_become_collectable(store):
    serving, exports = served(store, 5)
    policy = Policy(keep=0, days=0, runs=0, grace_hours=0, versions=3)
    dry = collect(store.root, policy)
    assert list(dry.retired) == ["serving/digits/1", "serving/digits/2"] and list(dry.collected) == exports[:2]
    assert dry.retired["serving/digits/1"] == sum(
        path.stat().st_size for path in (serving.folder / "1").rglob("*") if path.is_file()
    )
    assert dry.freed_bytes == sum(dry.collected.values()) + sum(dry.retired.values())
    assert serving.numbers() == [1, 2, 3, 4, 5] and len(serving.journal()) == 5
    done = collect(store.root, policy, dry_run=False)
    assert (done.retired, done.collected) == (dry.retired, dry.collected)
    assert serving.numbers() == [3, 4, 5] and store.verify() == []
    assert [(each.action, each.version, each.export) for each in serving.journal()[5:]] == [
        ("retired", 1, "export/1"),
        ("retired", 2, "export/2"),
    ]
    assert serving.journal()[5].why == "older than the newest 3"
    assert collect(store.root, policy, dry_run=False).retired == {}
    said = r"^version 2 of model digits: retired on \d{4}-\d\d-\d\d: there are 3, 4, 5$"
    with pytest.raises(ArtifactNotFound, match=said):
        serving.rollback(2)
    assert serving.push(produce(store, recipe("export", seed=9)).artifact).number == 6
    assert len(collect(store.root).retired) == 0 and Policy().versions == 10


def test_neither_the_current_version_nor_the_one_to_roll_back_to_is_retired(store):
    serving, exports = served(store, 4)
    assert serving.rollback(1).number == 5  # from here a rollback has nowhere to go
    assert serving.retirable(0) == [1, 2, 3, 4]
    serving.push(store.artifact(exports[3]))
    assert serving.push(store.artifact(exports[2])).number == 7
    assert serving.retirable(0) == [1, 2, 3, 4, 5]  # 6 is what a rollback goes to
    collect(store.root, Policy(versions=0), dry_run=False)
    assert serving.numbers() == [6, 7] and serving.rollback().origin == 6 and store.verify() == []


def test_what_was_rolled_back_stays_withdrawn_when_the_rollback_is_retired(store):
    serving, exports = served(store, 2)
    serving.rollback()
    content = content_in(store.artifact(exports[1]))
    for seed in (7, 8):
        serving.push(produce(store, recipe("export", seed=seed)).artifact)
    collect(store.root, Policy(versions=0), dry_run=False)
    assert serving.numbers() == [4, 5] and serving.withdrawn(content)
    assert not serving.withdrawn(content_in(store.artifact(exports[0])))


@pytest.mark.parametrize("by", ["gc", "rollback"])
def test_a_retirement_that_a_crash_cut_short_is_completed(store, monkeypatch, by):
    serving, _ = served(store, 4)
    with monkeypatch.context() as patch:
        patch.setattr("pipeline_components.store.lock.discard", lambda *_: (_ for _ in ()).throw(OSError(5, "I/O")))
        with pytest.raises(StoreError, match="i/o while collecting"):
            collect(store.root, Policy(versions=2), dry_run=False)
    assert serving.numbers() == [1, 2, 3, 4] and store.verify() == []  # written down, and still there
    if by == "gc":
        assert len(collect(store.root, Policy(versions=2), dry_run=False).retired) == 2
    else:
        with pytest.raises(ArtifactNotFound, match="version 1 of model digits: retired on "):
            serving.rollback(1)
    assert serving.numbers() == [3, 4] and store.verify() == []
    assert [each.version for each in serving.journal() if each.action == "retired"] == [1, 2]


def test_nothing_is_retired_while_a_versions_record_is_damaged(store):
    serving, _ = served(store, 3)
    (serving.folder / "1" / "version.json").write_bytes(b"{}")
    with pytest.raises(StoreError, match=r"1/version\.json"):
        collect(store.root, Policy(versions=0), dry_run=False)
    assert serving.numbers() == [1, 2, 3]


def test_nothing_is_collected_while_a_record_that_would_keep_it_is_damaged(store):
    made = chain(store)
    ServedModel(store.root, MODEL_NAME).push(made["export"])
    manifest = made["train"].path / "artifact.json"
    kept = manifest.read_bytes()
    manifest.write_bytes(b"{}")
    with pytest.raises(
        StoreError, match=r"train/1/artifact\.json.*nothing collected, for what is served was made from train/1"
    ):
        collect(store.root, KEEP_NOTHING, dry_run=False)
    manifest.write_bytes(kept)
    store.write_run("run__1", {})
    for file in (store.root / "runs" / "run__1.json", store.root / "serving" / "digits" / "1" / "version.json"):
        kept = file.read_bytes()
        file.write_bytes(kept[:-5])
        with pytest.raises(StoreError, match=file.name):
            collect(store.root, Policy(keep=0, days=0, grace_hours=0), dry_run=False)
        file.write_bytes(kept)
    assert len(store.artifacts()) == 4
