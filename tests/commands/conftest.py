"""What the commands' tests share."""

import pytest

from pipeline_components.store import Store


@pytest.fixture
def store(tmp_path, monkeypatch) -> Store:
    monkeypatch.setenv("DIGITS_STORE", str(tmp_path / "artifacts"))
    return Store(tmp_path / "artifacts")
