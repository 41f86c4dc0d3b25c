"""The index changes what a lookup costs, and no answer: whatever becomes of it, the artifacts' folders alone count."""

import json
import os
import shutil
from pathlib import Path

import pytest

from pipeline_components.errors import StoreError
from pipeline_components.store import Artifact, Store, catalog, index, lock
from pipeline_components.store.gc import Policy, collect
from pipeline_components.store.seal import seal, stamped
from tests.kits.store import KEEP_NOTHING, produce, recipe


def publish(store: Store, *seeds: int) -> list[Artifact]:
    return [produce(store, recipe(seed=seed)).artifact for seed in seeds]


def as_an_older_version_would(store: Store, number: int, seed: int) -> None:
    """Publish without an index."""
    kept = store.root / "kept"
    shutil.move(store.root / ".index", kept)
    assert produce(store, recipe(seed=seed)).artifact.number == number
    shutil.rmtree(store.root / ".index")
    shutil.move(kept, store.root / ".index")


@pytest.fixture
def no_scan(monkeypatch):
    """From now on nobody may look at all of a component's artifacts."""

    def refuse(*_: object) -> None:
        pytest.fail("all artifacts were looked at")

    def forbid() -> None:
        monkeypatch.setattr(catalog, "summaries", refuse)
        monkeypatch.setattr(catalog, "numbers", refuse)

    return forbid


def test_steps_look_at_no_more_artifacts_than_they_ask_for(store, no_scan, monkeypatch):
    publish(store, *range(30))
    store.write_run("run__1", {})
    no_scan()
    read: list[str] = []
    monkeypatch.setattr(
        "pipeline_components.store.find.read_artifact",
        lambda root, name: read.append(name) or catalog.read_artifact(root, name),
    )
    assert produce(store, recipe(seed=7)).why == "HIT: train/8" and read == ["train/8"]
    assert next(store.newest("train")).id == "train/30" and read == ["train/8", "train/30"]
    assert produce(store, recipe(seed=31)).artifact.id == "train/31"
    assert len(read) == 2 + 20 + 1  # a miss is told against the twenty newest; the room needed is that of the last
    assert [each.number for each in store.newest("train")] == list(range(31, 0, -1))
    assert store.last_run()["run_id"] == "run__1"


HARM = {
    "lost": Path.unlink,
    "cut": lambda file: os.truncate(file, file.stat().st_size - 1),
    "emptied": lambda file: os.truncate(file, 0),
    "flipped": lambda file: file.write_bytes(file.read_bytes().replace(b"1", b"2")),
    "turned": lambda file: file.write_bytes(file.read_bytes()[::-1]),
    "a link": lambda file: (file.unlink(), file.symlink_to("/dev/zero")),
    "a pipe": lambda file: (file.unlink(), os.mkfifo(file)),
    "a folder": lambda file: (file.unlink(), file.mkdir()),
}


@pytest.mark.parametrize("harm", HARM.values(), ids=HARM)
@pytest.mark.parametrize("name", ["last", "part"])
def test_damage_of_any_kind_is_mended_from_the_artifacts(store, name, harm):
    made = publish(store, 1, 2, 3)
    key = made[1].manifest.key
    harm(store.root / ".index" / "train" / ("last" if name == "last" else key[:2]))
    assert produce(store, recipe(seed=2)).why == "HIT: train/2"
    assert publish(store, 4)[0].id == "train/4"
    assert [each.number for each in store.newest("train")] == [4, 3, 2, 1] and store.verify() == []


@pytest.mark.parametrize("body", [b"", b"[]", b'{"last": 1}', b"null"])
def test_an_index_of_another_shape_is_not_believed(store, body):
    publish(store, 1, 2)
    (store.root / ".index" / "train" / "last").write_bytes(stamped("last", body))
    assert produce(store, recipe(seed=2)).why == "HIT: train/2" and publish(store, 3)[0].id == "train/3"


def test_what_is_published_during_a_lookup_is_a_miss_like_any_other(store, monkeypatch):
    publish(store, 1)
    monkeypatch.setattr(index.Index, "numbers_of", lambda *_: [])
    assert store.find(recipe(seed=1)).why == "MISS: nothing like it yet"
    publish(store, 2)
    assert store.find(recipe(seed=1)).why == "MISS: config seed 2 → 1"


def test_files_of_the_index_that_were_exchanged_are_not_believed(store):
    made = publish(store, 1, 2)
    files = [store.root / ".index" / "train" / each.manifest.key[:2] for each in made]
    raw = [file.read_bytes() for file in files]
    files[0].write_bytes(raw[1])
    files[1].write_bytes(raw[0])
    assert [produce(store, recipe(seed=seed)).why for seed in (1, 2)] == ["HIT: train/1", "HIT: train/2"]


def test_what_an_older_version_published_is_taken_in(store):
    publish(store, 1, 2)
    as_an_older_version_would(store, 3, seed=3)
    as_an_older_version_would(store, 4, seed=4)
    assert produce(store, recipe(seed=4)).why == "HIT: train/4"
    assert next(store.newest("train")).id == "train/4" and publish(store, 5)[0].id == "train/5"


def test_numbers_that_any_collector_took_are_never_given_again(store):
    publish(store, 1, 2, 3)
    old = shutil.copytree(store.root / ".index", store.root.parent / "old")
    publish(store, 4, 5)
    collect(store.root, KEEP_NOTHING, dry_run=False)
    for path in (old, None):  # an index of before the collection, and none
        shutil.rmtree(store.root / ".index")
        if path:
            shutil.copytree(path, store.root / ".index")
        assert produce(store, recipe(seed=5)).artifact.id == ("train/6" if path else "train/7")
        collect(store.root, KEEP_NOTHING, dry_run=False)
    (store.root / "train" / ".collected.json").write_bytes(seal({"format": 1, "numbers": list(range(1, 20))}))
    assert produce(store, recipe(seed=6)).artifact.id == "train/20"


def test_an_index_that_lags_after_a_power_loss_gives_no_number_twice(store):
    publish(store, 1, 2)
    last = (store.root / ".index" / "train" / "last").read_bytes()
    publish(store, 3, 4)
    (store.root / ".index" / "train" / "last").write_bytes(last)
    assert publish(store, 5)[0].id == "train/5"
    assert [produce(store, recipe(seed=seed)).why for seed in (3, 4)] == ["HIT: train/3", "HIT: train/4"]


def test_the_collector_leaves_an_index_of_what_it_spared(store, no_scan):
    made = publish(store, *range(5))
    collect(store.root, Policy(keep=1, days=0, runs=0, grace_hours=0), dry_run=False)
    text = b"".join(file.read_bytes() for file in (store.root / ".index" / "train").iterdir())
    assert [each.manifest.key.encode() in text for each in made] == [False, False, False, False, True]
    no_scan()
    assert produce(store, recipe(seed=4)).why == "HIT: train/5" and publish(store, 9)[0].id == "train/6"


def test_an_entry_that_leads_to_nothing_or_to_another_recipes_artifact_is_a_miss(store):
    made = publish(store, 1, 2)
    shutil.rmtree(made[0].path)
    assert produce(store, recipe(seed=1)).artifact.id == "train/3"
    other = made[1].manifest.as_json() | {"config": {"seed": 9}}
    manifest = type(made[1].manifest)(**{name: each for name, each in other.items() if name not in ("digest", "key")})
    (made[1].path / "artifact.json").write_bytes(manifest.render())
    assert store.find(recipe(seed=2)).why.startswith("MISS: config seed")


def test_a_store_that_cannot_be_written_is_searched_all_the_same(store, monkeypatch):
    publish(store, 1, 2)
    shutil.rmtree(store.root / ".index")

    def refuse(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(lock, "locked", refuse)
    assert store.find(recipe(seed=1)).why == "HIT: train/1"
    assert [each.number for each in store.newest("train")] == [2, 1]
    assert not (store.root / ".index").exists()


def test_a_damaged_list_of_the_collector_hides_nothing_and_stops_the_next_publish(store):
    publish(store, 1, 2)
    collect(store.root, Policy(keep=1, days=0, runs=0, grace_hours=0), dry_run=False)
    (store.root / "train" / ".collected.json").write_bytes(b"{}")
    assert store.find(recipe(seed=2)).why == "HIT: train/2"
    assert store.find(recipe(seed=3)).why == "MISS: config seed 2 → 3"
    with pytest.raises(StoreError, match=r"collected\.json"):
        publish(store, 3)


def test_a_lookup_in_no_store_makes_none(store):
    assert store.find(recipe()).why == "MISS: nothing like it yet"
    assert [*store.newest("train")] == [] and store.last_run() is None and not store.root.exists()


def test_the_newest_are_found_beyond_a_hole_of_any_size(store, monkeypatch):
    monkeypatch.setattr(index, "HOLE", 3)
    made = publish(store, *range(12))
    for each in (*made[1:6], made[8], made[10]):
        shutil.rmtree(each.path)
    (made[7].path / "artifact.json").write_bytes(b"{}")
    assert [each.number for each in store.newest("train")] == [12, 10, 7, 1]


def test_a_manifest_with_a_hostile_key_is_no_path_in_the_index(store):
    made = publish(store, 1)[0]
    body = json.loads((made.path / "artifact.json").read_bytes()) | {"key": "../../../escaped"}
    body.pop("checksum")
    (made.path / "artifact.json").write_bytes(seal(body))
    shutil.rmtree(store.root / ".index")
    assert produce(store, recipe(seed=1)).artifact.id == "train/2"
    assert sorted(path.name for path in store.root.parent.iterdir()) == ["artifacts"]
