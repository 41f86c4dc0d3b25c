import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest

from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.errors import ArtifactNotFound, StoreError
from pipeline_components.store import Store, files, remote, remote_gc
from pipeline_components.store.check import problems_of
from pipeline_components.store.gc import Policy
from pipeline_components.store.graph import graph_of
from tests.kits.store import KEEP_NOTHING, chain, maker, produce, recipe

LENIENT = Policy(keep=0, days=0, runs=0)


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """A use is noted at each time, and a file is never too old to be skipped: both take hours otherwise."""
    monkeypatch.setattr(remote, "NOTED_S", -1.0)


def collect(store, policy=KEEP_NOTHING):
    return store.collect(policy, dry_run=False)


def test_what_nobody_needs_goes_from_every_machine_and_its_number_stays_given(bucket, here, there):
    made = chain(here)
    there.find(recipe("ingest"))
    dry = there.collect(KEEP_NOTHING)
    assert set(dry.collected) == {each.id for each in made.values()} and dry.is_dry_run
    assert here.summaries()
    found = collect(there)
    assert found.collected == dry.collected and found.freed_bytes > 0
    assert next(iter(found.collected)) == "export/1", "users before inputs"
    assert here.summaries() == there.summaries() == []
    assert bucket.list("files") == []
    assert not (there.root / "ingest" / "1").exists()
    assert graph_of(here.documents()).artifacts == {}
    with pytest.raises(ArtifactNotFound, match="no such artifact in"):
        there.artifact("train/1")
    assert not (here.root / "ingest" / "1").exists()
    assert here.verify() == there.verify() == []
    again = produce(there, recipe("ingest"))
    assert (again.artifact.id, again.hit) == ("ingest/2", False)
    assert produce(here, recipe("ingest")).artifact.id == "ingest/2"
    assert here.verify() == []


def test_what_is_served_pinned_of_a_run_or_just_used_stays_with_what_it_was_made_from(here, there):
    one, two = chain(here, 1), chain(here, 2)
    here.served(MODEL_NAME).push(one["export"], who="a")
    there.pin(two["train"].id, "a good one", "anna")
    found = collect(there)
    assert set(found.collected) == {two["export"].id}
    assert found.kept["train/2"] == "pinned" and found.kept["export/1"] == "served"
    assert here.pins()["train/2"]["who"] == "anna"
    here.unpin("train/2")
    with pytest.raises(StoreError, match="not pinned"):
        there.unpin("train/2")
    here.write_run("r", {"steps": {"train": {"id": "train/2"}}})
    assert collect(there, Policy(keep=0, days=0, runs=1, grace_hours=0)).collected == {}
    assert collect(there, LENIENT).kept["train/2"] == "just used"
    assert set(collect(there).collected) == {"train/2"}
    assert there.verify() == []


def test_a_use_on_any_machine_counts(bucket, here, there):
    made = produce(here, recipe(seed=1)).artifact
    of_train = [each for each in bucket.list("uses") if each.path.startswith("uses/train")]
    assert of_train == []
    assert there.find(recipe(seed=1)).artifact.id == made.id
    assert [each.path for each in bucket.list("uses")] == ["uses/train/000000001.json"]


def test_a_copy_of_what_was_collected_is_no_hit(here, there):
    produce(here, recipe(seed=1))
    there.find(recipe(seed=1))
    collect(here)
    again = produce(there, recipe(seed=1))
    assert (again.artifact.id, again.hit) == ("train/2", False)


def test_an_input_that_was_collected_meanwhile_is_named_and_made_again_the_next_time(here, there):
    ingest = produce(there, recipe("ingest")).artifact
    collect(here)
    with pytest.raises(ArtifactNotFound, match=r"ingest/1: not in .*: run again"):
        produce(there, recipe("train", inputs={"examples": ingest}))
    assert produce(there, recipe("ingest")).artifact.id == "ingest/2"


def test_old_versions_are_retired_everywhere(here, there):
    for seed in range(4):
        here.served(MODEL_NAME).push(produce(here, recipe("export", seed=seed)).artifact, who="a")
    there.served(MODEL_NAME).bring(1)
    found = collect(there, Policy(keep=0, days=0, runs=0, grace_hours=0, versions=2))
    assert set(found.retired) == {"serving/digits/1", "serving/digits/2"}
    assert set(found.collected) == {"export/1", "export/2"}
    for store in (here, there):
        model = store.served(MODEL_NAME)
        assert model.numbers() == [3, 4] and model.current().number == 4
        assert [each.action for each in model.journal()].count("retired") == 2
        assert not (model.layout / "1").exists()
        assert store.verify() == []


def test_no_grace_is_shorter_than_uses_are_noted_late(here, monkeypatch):
    monkeypatch.setattr(remote, "NOTED_S", 3600.0)
    chain(here)
    assert collect(here).collected == {}
    assert len(here.bucket.list("files")) > 3


def test_two_collectors_do_not_work_at_once_and_one_that_died_is_gone_on_with(here, there, monkeypatch):
    chain(here)
    with monkeypatch.context() as dying:
        dying.setattr(remote_gc, "_bury", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        dying.setattr(remote_gc, "_say", _first_only(remote_gc._say))
        with pytest.raises(KeyboardInterrupt):
            collect(here)
    with pytest.raises(StoreError, match=r"collects, until .* at most: wait"):
        collect(there)
    assert there.summaries() == [], "what was about to go is not shown, and is not damaged"
    monkeypatch.setattr(remote_gc, "LEASE", timedelta(0))
    number, left = remote_gc._begin(_later(there, monkeypatch))
    assert number == 2 and set(left) == {"ingest/1", "preprocess/1", "train/1", "export/1"}
    collect(_later(there, monkeypatch))
    assert here.summaries() == [] and here.verify() == [] and here.bucket.list("files") == []


def test_nothing_is_collected_beside_a_damaged_manifest(bucket, here, there):
    chain(here)
    bucket.put("artifacts/train/000000001.json", b"{}")
    with pytest.raises(StoreError, match=r"train/1: its manifest in .* is damaged; nothing collected"):
        collect(there)
    assert len(bucket.list("files")) > 3


def test_files_that_nobody_names_go_after_the_grace_and_no_earlier(bucket, here):
    bucket.put(files.path_of("a" * 64), b"left by an upload that was killed")
    collect(here, LENIENT)
    assert len(bucket.list("files")) == 1
    collect(here)
    assert bucket.list("files") == []


def test_publishing_beside_a_collector_leaves_whole_artifacts(here, there):
    """With the grace that there is for it: what was just sent or used stays."""
    failed = []

    def publish():
        for seed in range(30):
            made = there.produce(recipe(seed=seed), maker("the same bytes")).artifact
            failed.extend(problems_of(made))

    def go_on(until: threading.Thread):
        while until.is_alive():
            with suppress(StoreError):
                collect(here, Policy(keep=0, days=0, runs=0, grace_hours=0.05))

    publishing = threading.Thread(target=publish)
    publishing.start()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(go_on, publishing).result()
    assert failed == [] and len(there.summaries()) == 30
    assert there.verify() == []


def test_housekeeping_of_a_folder_that_is_a_cache_goes_through_the_bucket(tmp_path, monkeypatch):
    monkeypatch.setenv("DIGITS_REMOTE", (tmp_path / "bucket").as_uri())
    store = Store.at(tmp_path / "cache")
    chain(store)
    assert store.verify() == []
    assert set(store.collect(KEEP_NOTHING, dry_run=False).collected) == {
        "export/1",
        "ingest/1",
        "preprocess/1",
        "train/1",
    }


def _first_only(say):
    """The first word of a collector, that it is at work and on what, and then no more: it is killed."""
    said = []

    def first(*arguments, **options):
        if not said:
            said.append(say(*arguments, **options))

    return first


def _later(store, monkeypatch):
    """When every lease has ended."""
    number = store.ledger.last("collections")
    entry = store.ledger.entry("collections", number)
    store.ledger.put(remote_gc.path_of("collections", number), entry | {"until": "2026-01-01T00:00:00+00:00"})
    return store
