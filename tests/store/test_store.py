"""What the store promises of one process: made once, found again, and why not."""

import errno
import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline_components.errors import ArtifactDamaged, BadData, StoreError
from pipeline_components.store import Hit, Miss, Outside, ServedModel, Store
from pipeline_components.store.gc import collect
from pipeline_components.store.pins import pin
from pipeline_components.store.seal import seal
from tests.kits.store import LIBRARIES, SOURCE, chain, maker, produce, recipe


def test_a_recipe_is_made_once_and_then_found(store):
    first = produce(store, recipe(epochs=3), run_id="manual__1")
    again = store.produce(recipe(epochs=3), lambda out: pytest.fail("made twice"))
    assert (first.hit, first.why, first.artifact.id) == (False, "MISS: nothing like it yet", "train/1")
    assert (again.hit, again.why, again.artifact.id) == (True, "HIT: train/1", "train/1")
    manifest = again.artifact.manifest
    assert list(manifest.files) == ["notes.txt", "saved_model/saved_model.pb", "saved_model/variables/data"]
    assert manifest.files["notes.txt"]["size"] == (first.artifact.path / "notes.txt").stat().st_size
    assert manifest.config == {"epochs": 3} and manifest.facts == {"parts": 2}
    assert manifest.made["run_id"] == "manual__1"
    assert store.artifacts() == [again.artifact] and store.verify() == []


def test_force_makes_it_again_under_the_next_number(store):
    first = produce(store, recipe(epochs=3)).artifact
    second = produce(store, recipe(epochs=3), force=True)
    assert (second.why, second.artifact.id) == ("MISS: forced", "train/2")
    assert second.artifact.manifest.digest == first.manifest.digest  # number, time and host are not digested


def test_times_host_and_run_are_not_digested_and_everything_else_is(store):
    manifest = produce(store, recipe(epochs=3)).artifact.manifest
    body = manifest.as_json() | {"made": {"at": "x"}, "id": "train/9"}
    others = {
        name: {**body, name: {**body[name], "x": "0" * 64}} for name in ("config", "source", "libraries", "facts")
    }
    rebuilt = {name: type(manifest)(**{k: v for k, v in each.items() if k not in ("format", "digest", "key")})
               for name, each in {**others, "same": body}.items()}  # fmt: skip
    assert rebuilt.pop("same").digest == manifest.digest
    assert manifest.digest not in {each.digest for each in rebuilt.values()} and len(rebuilt) == 4


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"epochs": 3}, "MISS: config epochs 20 → 3"),
        ({"epochs": 20, "seed": 1}, "MISS: config seed (none) → 1"),
        ({"epochs": 20, "source": SOURCE | {"pkg/train.py": "c" * 64}}, "MISS: source pkg/train.py changed"),
        ({"epochs": 20, "source": SOURCE | {"pkg/new.py": "c" * 64}}, "MISS: source pkg/new.py added"),
        ({"epochs": 20, "source": {"pkg/train.py": "a" * 64}}, "MISS: source pkg/config.py removed"),
        ({"epochs": 20, "libraries": LIBRARIES | {"tensorflow": "2.21"}}, "MISS: library tensorflow 2.20 → 2.21"),
        ({"epochs": 3, "libraries": {}}, "MISS: config epochs 20 → 3 and 2 more"),
    ],
)
def test_a_miss_names_what_changed(store, changed, why):
    produce(store, recipe(epochs=20))
    found = store.find(recipe(**changed))
    assert isinstance(found, Miss) and found.why == why and found.nearest == "train/1"


def test_a_miss_is_told_against_the_most_similar_artifact_not_the_newest(store):
    produce(store, recipe(epochs=20, seed=0))
    produce(store, recipe(epochs=5, seed=9, batch_size=64))
    assert store.find(recipe(epochs=21, seed=0)).why == "MISS: config epochs 20 → 21"


def test_an_input_counts_by_its_bytes(store):
    data = [store.produce(recipe("preprocess", n=n), maker(content)).artifact for n, content in enumerate("aba")]
    produce(store, recipe(inputs={"examples": data[0]}))
    assert store.find(recipe(inputs={"examples": data[1]})).why == "MISS: input examples preprocess/1 → preprocess/2"
    assert store.find(recipe(inputs={"examples": data[2]})).why == "HIT: train/1"
    assert store.find(recipe(inputs={"examples": data[:2]})).why == (
        "MISS: input examples preprocess/1 → preprocess/1, preprocess/2"
    )


def photos(path: str, sha256: str) -> dict[str, Outside]:
    return {"images": Outside(path, sha256 * 64)}


def test_what_is_outside_the_store_counts_by_its_digest_and_not_by_its_place(store):
    made = produce(store, recipe("predict", outside=photos("photos", "a"))).artifact
    assert store.artifact("predict/1").manifest.outside == {"images": {"path": "photos", "sha256": "a" * 64}}
    assert store.find(recipe("predict", outside=photos("moved", "a"))).why == "HIT: predict/1"
    assert store.find(recipe("predict", outside=photos("moved", "b"))).why == (
        "MISS: outside images photos (aaaaaaaa) → moved (bbbbbbbb)"
    )
    assert store.find(recipe("predict")).why == "MISS: outside images photos (aaaaaaaa) → (none)"
    assert store.find(recipe("predict", n=1, outside=photos("moved", "a"))).why == "MISS: config n (none) → 1"
    other = produce(store, recipe("predict", outside=photos("photos", "b"))).artifact
    assert made.digest != other.digest and produce(store, recipe("predict")).artifact.digest != made.digest


def test_the_environment_is_in_the_digest_and_not_in_the_key(store):
    first = produce(store, recipe(epochs=1)).artifact
    flags = replace(recipe(epochs=1), environment={"cpu_flags": "avx2"})
    assert produce(store, flags).why == "HIT: train/1"
    second = produce(store, flags, force=True).artifact
    assert second.manifest.platform == {**first.manifest.platform, "cpu_flags": "avx2"}
    assert second.digest != first.digest


def test_a_manifest_of_the_first_format_is_read_and_found_and_keeps_its_digest_and_key(store):
    made = produce(store, recipe(epochs=3)).artifact
    body = {name: value for name, value in made.manifest.as_json().items() if name != "outside"} | {"format": 1}
    (made.path / "artifact.json").write_bytes(seal(body))
    old = store.artifact("train/1").manifest
    assert (old.format, old.outside, old.key, old.digest) == (1, {}, made.manifest.key, made.digest)
    assert store.verify() == [] and store.find(recipe(epochs=3)).why == "HIT: train/1"
    assert store.find(recipe(epochs=3, outside=photos("x", "a"))).why == "MISS: outside images (none) → x (aaaaaaaa)"
    assert produce(store, recipe(epochs=4)).artifact.manifest.format == 2


def test_a_damaged_artifact_is_never_reused_and_the_lookup_says_so(store):
    first = produce(store, recipe(epochs=3)).artifact
    file = first.path / "saved_model" / "variables" / "data"
    before = file.stat()
    file.write_bytes(file.read_bytes()[::-1])
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))  # same size, same times: only the bytes can tell
    again = produce(store, recipe(epochs=3))
    assert (again.hit, again.why) == (False, "MISS: train/1 is damaged: saved_model/variables/data")
    assert again.artifact.id == "train/2"
    assert produce(store, recipe(epochs=3)).why == "HIT: train/2"
    (problem,) = store.verify()
    assert (problem.where, problem.name) == ("train/1", "saved_model/variables/data")


def test_a_damaged_input_is_refused_before_the_component_reads_it(store):
    data = produce(store, recipe("preprocess")).artifact
    (data.path / "notes.txt").write_text("x")
    with pytest.raises(ArtifactDamaged, match=r"^preprocess/1: notes.txt: 1 bytes found, \d+ expected"):
        store.produce(recipe(inputs={"examples": data}), lambda out: pytest.fail("it was read"))


def test_what_a_component_raises_comes_through_and_leaves_nothing(store):
    def fail(out: Path):
        (out / "half").write_text("half")
        raise error

    for error in (BadData("train.arrow: empty"), ValueError("a bug"), FileNotFoundError(errno.ENOENT, "gone", "x")):
        with pytest.raises(type(error)) as caught:
            store.produce(recipe(), fail)
        assert caught.value is error
    assert [path.name for path in (store.root / "train").iterdir()] == []


def test_a_full_disk_while_making_is_one_line_with_path_and_room(store):
    def fail(out: Path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(out / "model.keras"))

    with pytest.raises(
        StoreError, match=r"model\.keras: no space left on device while making train: .* free: make room"
    ):
        store.produce(recipe(), fail)


def test_a_publish_that_clearly_has_no_room_is_refused_before_any_work(store, monkeypatch):
    produce(store, recipe(epochs=1))
    monkeypatch.setattr("pipeline_components.store.disk.free_bytes", lambda folder: 1000)
    with pytest.raises(StoreError, match=r"no room to publish train: about 1\.0 MB needed, 1\.0 kB free"):
        store.produce(recipe(epochs=2), lambda out: pytest.fail("work was begun"))


def test_empty_folders_are_dropped_and_facts_have_no_nan(store):
    def make(out: Path):
        (out / "a" / "b").mkdir(parents=True)
        (out / "file").write_text("x")
        return {"loss": float("nan"), "curve": (1.0, float("inf"))}

    made = store.produce(recipe(), make).artifact
    assert not (made.path / "a").exists() and store.verify() == []
    assert store.artifact("train/1").manifest.facts == {"loss": None, "curve": [1.0, None]}


def test_threads_with_one_recipe_make_one_artifact(store):
    made = []

    def make(out: Path):
        made.append(out)
        return maker("x")(out)

    outcomes = []
    threads = [threading.Thread(target=lambda: outcomes.append(store.produce(recipe(), make))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1 and sorted(outcome.hit for outcome in outcomes) == [False] + [True] * 7
    assert {outcome.artifact.id for outcome in outcomes} == {"train/1"}
    assert list((store.root / ".locks").glob("recipe-*")) == []


@pytest.mark.parametrize("name", ["store", "pins", "keys", "recipe", "component", "model", "digits", "index", "a" * 40])
def test_a_component_or_a_model_may_have_any_name_and_waits_for_nobody(store, name):
    def use() -> None:
        made = produce(store, recipe(name)).artifact
        pin(store.root, made.id)
        assert ServedModel(store.root, name).push(made).export == f"{name}/1"
        assert produce(store, recipe(name)).hit and collect(store.root, dry_run=False).collected == {}
        done.append(store.verify())

    done: list = []
    thread = threading.Thread(target=use, daemon=True)
    thread.start()
    thread.join(20)
    assert done == [[]]


@pytest.mark.parametrize("name", ["runs", "serving", "Train", "../x", ""])
def test_a_component_that_is_no_folder_of_artifacts_is_refused(store, name):
    with pytest.raises(StoreError, match="not a component's name"):
        recipe(name)
    assert not store.root.exists()


def test_a_number_that_somebody_else_took_is_passed_over(store):
    produce(store, recipe(epochs=1))

    def make(out: Path):
        (store.root / "train" / "2").mkdir()
        (store.root / "train" / "2" / "x").write_text("not ours")
        return {}

    assert store.produce(recipe(epochs=2), make).artifact.id == "train/3"


def test_drafts_of_the_dead_are_swept_and_those_of_the_living_are_not(store):
    produce(store, recipe(epochs=1))
    dead = store.root / ".drafts" / ".draft-dead"
    dead.mkdir()
    (dead / "half").write_text("half")

    def make(out: Path):
        assert not dead.exists()
        assert store.sweep() == [] and out.exists()
        return {}

    store.produce(recipe(epochs=2), make)
    dead.mkdir()
    store.write_run("manual__1", {})
    assert list(store.root.rglob(".draft-*")) == []


@pytest.mark.parametrize("look", [Store.verify, lambda store: collect(store.root, dry_run=False)])
def test_drafts_that_an_older_version_left_beside_the_artifacts_are_swept(store, look):
    produce(store, recipe())
    store.write_run("manual__1", {})
    for folder in (".", "train", "runs"):
        (store.root / folder / ".draft-dead").mkdir()
    look(store)
    assert list(store.root.rglob(".draft-*")) == [] and store.artifact("train/1")


def test_run_records_come_back_and_bad_run_ids_do_not_become_paths(store):
    store.write_run("manual__2026-01-01T00:00:00+00:00", {"steps": {"train": "train/1"}, "verdict": "blessed"})
    store.write_run("b", {"verdict": None})
    store.write_run("b", {"verdict": "refused"})
    assert [(run["run_id"], run["verdict"]) for run in store.runs()] == [
        ("manual__2026-01-01T00:00:00+00:00", "blessed"),
        ("b", "refused"),
    ]
    for hostile in ("../x", "", ".hidden", "a/b", "a\0", "x" * 201, None):
        with pytest.raises(StoreError, match="not a run id"):
            store.write_run(hostile, {})
        with pytest.raises(StoreError, match="not a run id"):
            store.run(hostile)
    with pytest.raises(StoreError, match="no record of such a run"):
        store.run("c")


def test_the_store_loads_nothing_heavy():
    script = "import sys, pipeline_components.store as s; print([m for m in ('numpy','pydantic','pyarrow','tensorflow','rich') if m in sys.modules])"  # noqa: E501
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_artifacts_are_summarised_from_a_cache_that_cannot_lie(store):
    made = produce(store, recipe()).artifact
    raw = (made.path / "artifact.json").read_bytes()
    for number in range(2, 251):
        (store.root / "train" / str(number)).mkdir()
        (store.root / "train" / str(number) / "artifact.json").write_bytes(raw)
    first = store.summaries()
    assert len(first) == 250 and (store.root / ".cache" / "summaries").exists()
    assert store.summaries() == first
    path = store.root / "train" / "77" / "artifact.json"
    before = path.stat()
    with path.open("r+b") as file:  # in place: same inode, same size
        file.write(raw.replace(b"train", b"troin"))
        file.seek(0)
        file.write(b"x")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert [each.id for each in store.summaries() if each.damage] == ["train/77"]
    cache = store.root / ".cache" / "summaries"
    assert b"parts" in cache.read_bytes()
    cache.write_bytes(cache.read_bytes().replace(b"parts", b"ports", 1))
    assert [each.facts for each in store.summaries() if not each.damage] == [{"parts": 2}] * 249


def test_find_returns_the_artifact_with_its_bytes_checked(store):
    made = chain(store)
    found = store.find(recipe("train", inputs={"preprocess": made["preprocess"]}, epochs=1))
    assert isinstance(found, Hit) and found.artifact.id == "train/1"
    assert found.artifact.manifest.inputs["preprocess"]["digest"] == made["preprocess"].manifest.digest
