import hashlib

import pytest

from pipeline_components.errors import ArtifactDamaged
from pipeline_components.store.files import fetch, path_of, send

BODIES = {"a.txt": b"same", "deep/b.txt": b"same", "deep/er/c.bin": b"x" * 6_000_000, "empty": b""}


@pytest.fixture
def files(tmp_path):
    for name, body in BODIES.items():
        (tmp_path / "from" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "from" / name).write_bytes(body)
    return {name: {"size": len(body), "sha256": hashlib.sha256(body).hexdigest()} for name, body in BODIES.items()}


def test_sent_once_and_fetched_whole(bucket, files, tmp_path):
    assert send(bucket, tmp_path / "from", files) == 6_000_004  # equal bytes once
    assert send(bucket, tmp_path / "from", files) == 0
    assert len(bucket.list("files")) == 3
    fetch(bucket, files, tmp_path / "to")
    assert {name: (tmp_path / "to" / name).read_bytes() for name in files} == BODIES


def test_bytes_that_have_changed_are_refused_and_mended(bucket, files, tmp_path):
    send(bucket, tmp_path / "from", files)
    bucket.put(path_of(files["a.txt"]["sha256"]), b"sand")
    with pytest.raises(ArtifactDamaged, match="its bytes have changed"):
        fetch(bucket, files, tmp_path / "damaged")
    bucket.delete(path_of(files["empty"]["sha256"]))
    send(bucket, tmp_path / "from", files, anew=True)
    fetch(bucket, files, tmp_path / "to")


def test_a_missing_file_is_named(bucket, files, tmp_path):
    with pytest.raises(ArtifactDamaged, match="missing"):
        fetch(bucket, files, tmp_path / "to")
