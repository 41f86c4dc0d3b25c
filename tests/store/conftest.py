"""What the store's tests share."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.store import ServedModel, Store
from pipeline_components.store.bucket import Bucket
from pipeline_components.store.remote import RemoteStore
from tests.kits.bucket import in_memory, s3_server
from tests.kits.store import produce, recipe


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "artifacts")


@pytest.fixture
def exports(store):
    return [produce(store, recipe("export", seed=seed)).artifact for seed in range(3)]


@pytest.fixture
def serving(store) -> ServedModel:
    return ServedModel(store.root, MODEL_NAME)


@pytest.fixture(scope="session")
def s3(tmp_path_factory) -> Iterator[dict[str, str]]:
    """A real S3 server: the variables by which it is reached."""
    pytest.importorskip("obstore", reason="needs obstore: the extra `remote`")
    with s3_server(tmp_path_factory.mktemp("s3") / "data") as variables:
        yield variables


@pytest.fixture(params=["memory", "file", "s3"])
def bucket(request, tmp_path, monkeypatch) -> Bucket:
    """An empty bucket of each kind that can be had here."""
    pytest.importorskip("obstore", reason="needs obstore: the extra `remote`")
    if request.param == "memory":
        return in_memory()
    if request.param == "file":
        return Bucket.at((tmp_path / "bucket").as_uri(), wait_s=2)
    for name, value in request.getfixturevalue("s3").items():
        monkeypatch.setenv(name, value)
    return Bucket.at(f"s3://digits/{tmp_path.name}-{uuid.uuid4().hex}", wait_s=5)


@pytest.fixture
def here(bucket, tmp_path) -> RemoteStore:
    return RemoteStore(tmp_path / "here", bucket)


@pytest.fixture
def there(bucket, tmp_path) -> RemoteStore:
    return RemoteStore(tmp_path / "there", bucket)
