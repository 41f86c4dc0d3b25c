"""What the store's tests share."""

from pathlib import Path

import pytest

from pipeline_components.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "artifacts")
