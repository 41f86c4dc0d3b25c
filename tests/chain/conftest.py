"""What the chain's tests share."""

import shutil
from pathlib import Path

import pytest

from pipeline_components.store import Store
from tests.kits.light import fill


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that `tests.kits.light` has filled: copy it before you change it."""
    return fill(Store(tmp_path_factory.mktemp("filled") / "artifacts")).root


@pytest.fixture
def store(filled: Path, tmp_path: Path) -> Store:
    """A copy of the store that `tests.kits.light` has filled."""
    return Store(shutil.copytree(filled, tmp_path / "artifacts"))
