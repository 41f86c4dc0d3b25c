import os

import pytest

from pipeline_components.errors import ArtifactDamaged
from pipeline_components.store import lock
from pipeline_components.store.check import problems_of
from pipeline_components.store.files import path_of
from tests.kits.store import produce, recipe


def test_a_copy_appears_whole_is_dropped_and_comes_again(here, there):
    produce(here, recipe())
    manifest = there.artifact("train/1").manifest
    for _ in range(2):
        there.cache.bring(manifest)
        assert problems_of(there.artifact(manifest.id)) == []
        there.cache.drop(manifest.id)
        assert not (there.root / manifest.id).exists()


def test_what_is_not_as_it_was_does_not_appear(here, there, bucket):
    manifest = produce(here, recipe()).artifact.manifest
    bucket.put(path_of(manifest.files["notes.txt"]["sha256"]), b"rotten")
    with pytest.raises(ArtifactDamaged, match=r"notes\.txt: its bytes have changed"):
        there.cache.bring(manifest)
    assert not (there.root / manifest.id).exists()


def test_what_somebody_reads_stays(here):
    artifact = produce(here, recipe()).artifact
    descriptor = lock.hold(artifact.folder, shared=True)
    assert descriptor is not None
    here.cache.drop(artifact.id)
    assert problems_of(artifact) == []
    os.close(descriptor)
    here.cache.drop(artifact.id)
    assert not artifact.folder.exists()
