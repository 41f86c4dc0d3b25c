"""What the store's tests share."""

from pathlib import Path

import pytest

from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.store import ServedModel, Store
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
