"""Which artifacts a folder holds: none followed through a link, none believed from a cache that is wrong."""

import os
from pathlib import Path

import pytest

from pipeline_components.errors import ArtifactNotFound, StoreError
from pipeline_components.store import Store
from pipeline_components.store.gc import collect
from tests.kits.store import maker, produce, recipe


@pytest.mark.parametrize("look", [Store.verify, lambda store: collect(store.root, dry_run=False)])
def test_drafts_that_an_older_version_left_beside_the_artifacts_are_swept(store, look):
    produce(store, recipe())
    store.write_run("manual__1", {})
    for folder in (".", "train", "runs"):
        (store.root / folder / ".draft-dead").mkdir()
    look(store)
    assert list(store.root.rglob(".draft-*")) == [] and store.artifact("train/1")


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


def test_an_id_that_does_not_exist_says_which_is_the_last(store):
    produce(store, recipe())
    with pytest.raises(ArtifactNotFound, match=r"train/9: no such artifact in .*: the last is train/1"):
        store.artifact("train/9")
    with pytest.raises(ArtifactNotFound, match="no export artifact is there"):
        store.artifact("export/1")


def test_links_in_the_place_of_components_and_artifacts_are_not_followed(store, tmp_path):
    real = produce(store, recipe()).artifact
    outside = tmp_path / "outside"
    real.path.rename(outside)
    real.path.symlink_to(outside)
    with pytest.raises(StoreError, match="a link"):
        store.artifact("train/1")
    (store.root / "export").symlink_to("/etc")
    with pytest.raises(StoreError, match="a link"):
        store.produce(recipe("export"), maker())
    assert sorted(Path("/etc").glob(".draft*")) == []
