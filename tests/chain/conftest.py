"""What the chain's tests share."""

import shutil
from pathlib import Path

import pytest

from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.store import ServedModel, Store
from tests.kits.light import fill
from tests.kits.numbered import make_light


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that `tests.kits.light` has filled: copy it before you change it."""
    return fill(Store(tmp_path_factory.mktemp("filled") / "artifacts")).root


@pytest.fixture
def store(filled: Path, tmp_path: Path) -> Store:
    """A copy of the store that `tests.kits.light` has filled."""
    return Store(shutil.copytree(filled, tmp_path / "artifacts"))


@pytest.fixture
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chain whose components take no time: what they make is a number."""
    make_light(monkeypatch)


@pytest.fixture
def serving(store: Store) -> ServedModel:
    return ServedModel(store.root, MODEL_NAME)
