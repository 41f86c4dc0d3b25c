"""What is published, and what a failure leaves: nothing."""

import errno
import os
from pathlib import Path

import pytest

from pipeline_components.errors import ArtifactDamaged, BadData, StoreError
from tests.kits.store import produce, recipe


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


def test_a_number_that_somebody_else_took_is_passed_over(store):
    produce(store, recipe(epochs=1))

    def make(out: Path):
        (store.root / "train" / "2").mkdir()
        (store.root / "train" / "2" / "x").write_text("not ours")
        return {}

    assert store.produce(recipe(epochs=2), make).artifact.id == "train/3"


def test_links_fifos_and_the_manifests_own_name_are_refused_in_an_artifact(store):
    def link(out: Path):
        (out / "link").symlink_to("/etc/passwd")

    with pytest.raises(StoreError, match="wrote link, a link"):
        store.produce(recipe(), link)
    with pytest.raises(StoreError, match="wrote pipe, neither a file nor a folder"):
        store.produce(recipe(), lambda out: os.mkfifo(out / "pipe"))
    with pytest.raises(StoreError, match=r"wrote artifact\.json, which is the store's own"):
        store.produce(recipe(), lambda out: (out / "artifact.json").write_text("{}"))
    assert store.artifacts() == []
