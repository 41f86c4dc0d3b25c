import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline_components.errors import ArtifactNotFound, BucketUnreachable, StoreError
from pipeline_components.json_files import parse_json
from pipeline_components.store import Hit, Miss, Store
from pipeline_components.store.bucket import Bucket
from pipeline_components.store.check import problems_of
from pipeline_components.store.files import path_of
from pipeline_components.store.gc import collect
from pipeline_components.store.graph import graph_of
from pipeline_components.store.ledger import path_of as entry_of
from pipeline_components.store.remote import RemoteStore
from pipeline_components.store.runs import run_ids
from pipeline_components.store.seal import seal
from tests.kits.bucket import free_port, in_memory
from tests.kits.store import chain, maker, produce, recipe


def never(out):
    raise AssertionError("made again")


def test_what_one_machine_made_another_finds(here, there):
    made = chain(here)
    again = there.produce(recipe("ingest"), never).artifact
    assert again == made["ingest"] or again.manifest == made["ingest"].manifest
    assert problems_of(again) == []
    train = recipe("train", inputs={"preprocess": there.artifact("preprocess/1")}, epochs=1)
    assert there.produce(train, never).artifact.id == "train/1"
    assert not (there.root / "preprocess" / "1").exists()  # nobody asked for its files
    assert {each.id for each in there.summaries()} == {each.id for each in made.values()}


def test_a_machine_that_has_nothing_knows_what_was_made_from_what(here, there):
    made = chain(here)
    here.write_run("r", {"parameters": {}})
    graph = graph_of(there.documents())
    assert set(graph.artifacts) == {each.id for each in made.values()}
    assert graph.users["ingest/1"] == ["preprocess/1"]
    assert run_ids(there.documents()) == ["r"]
    assert not (there.root / "ingest" / "1").exists()


def test_a_run_spread_over_two_machines_brings_its_inputs(here, there):
    ingest = produce(here, recipe("ingest")).artifact
    preprocess = produce(there, recipe("preprocess", inputs={"examples": there.artifact(ingest.id)})).artifact
    train = produce(here, recipe("train", inputs={"examples": here.artifact(preprocess.id)})).artifact
    assert (there.root / "ingest/1/artifact.json").read_bytes() == (here.root / "ingest/1/artifact.json").read_bytes()
    assert (here.root / "preprocess/1/notes.txt").is_file()
    assert train.manifest.inputs["examples"]["digest"] == preprocess.digest


def test_two_writers_of_one_recipe_have_one_artifact(here, there):
    for round_ in range(50):
        barrier = threading.Barrier(2)

        def make(out, round_=round_, barrier=barrier):
            barrier.wait(10)
            return maker("train", round_, threading.get_ident())(out)  # other bytes each

        with ThreadPoolExecutor(2) as pool:
            both = list(pool.map(lambda store, r=round_: store.produce(recipe(seed=r), make), (here, there)))
        ids, bytes_ = {each.artifact.id for each in both}, {each.artifact.manifest.content for each in both}
        assert ids == {f"train/{round_ + 1}"} and len(bytes_) == 1
        assert sorted(each.hit for each in both) == [False, True]
        assert [each for one in both for each in problems_of(one.artifact)] == []
    assert here.mirror.last("train") == 50


def test_numbers_of_many_machines_have_no_gap(bucket, tmp_path):
    def publish(machine: int) -> list[str]:
        store = RemoteStore(tmp_path / str(machine), bucket)
        return [produce(store, recipe(seed=[machine, n])).artifact.id for n in range(4)]

    with ThreadPoolExecutor(6) as pool:
        ids = [each for one in pool.map(publish, range(6)) for each in one]
    assert sorted(ids, key=lambda each: int(each[6:])) == [f"train/{n}" for n in range(1, 25)]


def test_a_claim_whose_writer_died_is_gone_on_with(here, there):
    of = recipe(seed=1)
    here.ledger.create(entry_of(f"keys/{of.key}", 1), {"after": 0})
    assert isinstance(there.find(of), Miss)
    assert produce(there, of).artifact.id == "train/1"
    assert produce(here, of).hit
    assert here.ledger.last(f"keys/{of.key}") == 1


def test_forced_is_made_anew_and_found_by_all(here, there):
    produce(here, recipe(seed=1))
    assert produce(there, recipe(seed=1), force=True).artifact.id == "train/2"
    assert there.find(recipe(seed=1)).artifact.id == "train/2"


def test_bit_rot_in_the_bucket_is_never_used_and_mended_by_the_same_bytes(bucket, here, there):
    made = produce(here, recipe(seed=1)).artifact
    bucket.put(path_of(made.manifest.files["notes.txt"]["sha256"]), b"rotten")
    found = there.find(recipe(seed=1))
    assert isinstance(found, Miss) and (found.reason.kind, found.reason.file) == ("damaged", "notes.txt")
    assert not (there.root / "train" / "1").exists()
    mended = produce(there, recipe(seed=1))
    assert (mended.artifact.id, mended.hit) == ("train/1", False)
    assert isinstance(there.find(recipe(seed=1)), Hit)
    assert problems_of(mended.artifact) == []


def test_bit_rot_that_is_made_again_otherwise_has_another_number(bucket, here, there):
    made = produce(here, recipe(seed=1)).artifact
    bucket.put(path_of(made.manifest.files["notes.txt"]["sha256"]), b"rotten")
    assert there.produce(recipe(seed=1), maker("other bytes")).artifact.id == "train/2"
    assert there.find(recipe(seed=1)).artifact.id == "train/2"


def test_a_damaged_copy_is_fetched_again(here):
    made = produce(here, recipe(seed=1)).artifact
    (made.path / "notes.txt").write_text("damaged")
    found = here.find(recipe(seed=1))
    assert isinstance(found, Hit) and problems_of(found.artifact) == []


def test_runs_of_all_machines_with_their_attempts(here, there):
    here.write_run("a", {"steps": {}, "attempt": 1})
    there.write_run("a", {"steps": {}, "attempt": 2})
    there.write_run("b", {"steps": {}})
    assert {each["run_id"] for each in here.runs()} == {"a", "b"}
    assert [each["attempt"] for each in here.run("a")["earlier"]] == [1]


def test_a_folder_is_the_cache_of_one_bucket(here, tmp_path):
    produce(here, recipe())
    with pytest.raises(StoreError, match="name another"):
        _ = RemoteStore(here.root, Bucket.at((tmp_path / "other").as_uri())).mirror
    alone = Store(tmp_path / "alone")
    produce(alone, recipe())
    with pytest.raises(StoreError, match="a store of its own"):
        _ = RemoteStore(alone.root, in_memory()).mirror


def test_what_is_here_goes_on_when_the_bucket_does_not_answer(s3, tmp_path, monkeypatch):
    for name, value in s3.items():
        monkeypatch.setenv(name, value)
    address = f"s3://digits/{tmp_path.name}"
    made = produce(RemoteStore(tmp_path / "here", Bucket.at(address)), recipe(seed=1)).artifact
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    store = RemoteStore(tmp_path / "here", Bucket.at(address, wait_s=0.5))
    assert store.produce(recipe(seed=1), never).artifact.id == made.id
    assert [each.id for each in store.newest("train")] == [made.id]
    with pytest.raises(BucketUnreachable, match=rf"^{address}: does not answer"):
        produce(store, recipe(seed=2))


def test_an_input_that_the_bucket_does_not_have_is_refused(here, bucket):
    ingest = produce(here, recipe("ingest")).artifact
    bucket.delete(entry_of("artifacts/ingest", 1))
    with pytest.raises(ArtifactNotFound, match="not in"):
        produce(here, recipe("train", inputs={"examples": ingest}))


def test_the_environment_names_the_bucket(tmp_path, monkeypatch):
    monkeypatch.setenv("DIGITS_STORE", str(tmp_path / "cache"))
    assert not isinstance(Store.from_environment(), RemoteStore)
    monkeypatch.setenv("DIGITS_REMOTE", (tmp_path / "bucket").as_uri())
    found = Store.from_environment()
    assert isinstance(found, RemoteStore) and found.root == tmp_path / "cache"


def test_a_cache_neither_numbers_nor_collects_by_itself(here):
    produce(here, recipe())
    with pytest.raises(StoreError, match="set DIGITS_REMOTE"):
        produce(Store(here.root), recipe(seed=2))
    with pytest.raises(StoreError, match="set DIGITS_REMOTE"):
        collect(here.root)


@pytest.mark.parametrize("path", ["store.json", entry_of("artifacts/ingest", 1), entry_of("served/digits", 1)])
def test_what_a_newer_version_wrote_is_refused_and_not_guessed(here, there, path):
    export = produce(here, recipe("export")).artifact
    produce(here, recipe("ingest"))
    here.served("digits").push(export, "saved_model")
    written = parse_json(here.bucket.get(path))
    written.pop("checksum")
    here.bucket.put(path, seal({**written, "format": 9}))

    def read():
        list(there.summaries())
        there.served("digits").current()

    with pytest.raises(StoreError, match=rf"{path}: format 9 is from a newer version, this one reads \d: update it"):
        read()
