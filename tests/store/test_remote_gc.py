import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest

from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.errors import ArtifactNotFound, StoreError
from pipeline_components.store import Store, files, notes, remote, remote_gc
from pipeline_components.store.check import problems_of
from pipeline_components.store.gc import Policy
from pipeline_components.store.graph import graph_of
from tests.kits.store import KEEP_NOTHING, chain, maker, produce, recipe

LENIENT = Policy(keep=0, days=0, runs=0)


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """Each use is noted, and there is no least grace: both take hours otherwise."""
    monkeypatch.setattr(notes, "NOTED_S", -1.0)
    monkeypatch.setattr(remote_gc, "GRACE", timedelta(0))


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


def test_no_grace_is_shorter_than_files_are_taken_for_fresh(here, monkeypatch):
    monkeypatch.setattr(remote_gc, "GRACE", 2 * files.FRESH)
    chain(here)
    assert collect(here).collected == {}
    assert len(here.bucket.list("files")) > 3


def killed(store, monkeypatch, after: int):
    """A collection that is killed after so many burials, its lease not yet over."""
    bury, count = remote_gc._bury, []

    def dying(*arguments):
        if len(count) == after:
            raise KeyboardInterrupt
        count.append(arguments)
        return bury(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(remote_gc, "_bury", dying)
        patched.setattr(remote_gc, "_end_lease", lambda *_: None)
        with pytest.raises(KeyboardInterrupt):
            collect(store)


def lease_over(store):
    number = store.ledger.last("collections")
    entry = store.ledger.entry("collections", number)
    store.ledger.put(remote_gc.path_of("collections", number), entry | {"until": "2026-01-01T00:00:00+00:00"})


def test_two_collectors_do_not_work_at_once_and_one_that_died_is_gone_on_with(here, there, monkeypatch, tmp_path):
    chain(here)
    third = remote.RemoteStore(tmp_path / "third", here.bucket)
    assert len(third.summaries()) == 4
    killed(here, monkeypatch, after=2)
    with pytest.raises(StoreError, match=r"collects, until .* at most: wait"):
        collect(there)
    lease_over(there)
    collect(there)
    for store in (here, there, third):
        assert store.summaries() == [] and store.verify() == []
    assert here.bucket.list("files") == []


@pytest.mark.parametrize("after", [0, 1])
def test_what_a_collection_that_died_was_about_to_take_is_decided_afresh(here, there, monkeypatch, after):
    chain(here)
    killed(here, monkeypatch, after)
    lease_over(there)
    there.pin("train/1", "a good one")
    assert [each.id for each in there.summaries()].count("train/1") == 1
    found = collect(there)
    assert "train/1" not in found.collected and found.kept["train/1"] == "pinned"
    assert here.artifact("train/1").manifest and here.verify() == []


def meanwhile(monkeypatch, act):
    """Let something happen between deciding and burying."""
    decide = remote_gc._decide

    def decided(*arguments):
        found = decide(*arguments)
        act()
        return found

    monkeypatch.setattr(remote_gc, "_decide", decided)


def test_a_pin_between_deciding_and_burying_holds(here, there, monkeypatch):
    chain(here)
    meanwhile(monkeypatch, lambda: there.pin("train/1", "a good one"))
    found = collect(here)
    assert found.kept["train/1"] == found.kept["ingest/1"] == "used or pinned meanwhile"
    assert set(found.collected) == {"export/1"}
    assert there.verify() == [] and produce(there, recipe("ingest")).hit


def test_an_input_used_between_deciding_and_burying_stays(here, there, monkeypatch):
    chain(here)
    made = []

    def publish():
        inputs = {"examples": there.artifact("preprocess/1")}
        made.append(produce(there, recipe("train", inputs=inputs, seed=77)).artifact.id)

    meanwhile(monkeypatch, publish)
    assert set(collect(here).collected) == {"export/1", "train/1"}
    assert made == ["train/2"] and there.verify() == []
    assert here.artifact("preprocess/1").manifest and produce(here, recipe("ingest")).hit


def test_who_comes_after_the_mark_is_told(here, there, monkeypatch):
    chain(here)
    head = type(here.bucket).head

    def late(bucket, path):
        found = head(bucket, path)
        if path.startswith("uses/preprocess"):
            with pytest.raises(ArtifactNotFound, match="a collector has taken it"):
                there.pin("preprocess/1")
        return found

    monkeypatch.setattr(type(here.bucket), "head", late)
    collect(here)
    assert here.pins() == {} and there.verify() == []


def test_a_collector_whose_lease_ran_out_stops_when_another_has_begun(here, there, monkeypatch):
    chain(here)
    monkeypatch.setattr(remote_gc, "LEASE", timedelta(0))
    meanwhile(monkeypatch, lambda: remote_gc._begin(there))
    with pytest.raises(StoreError, match="another collector has taken over"):
        collect(here)
    assert len(there.summaries()) == 4


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
