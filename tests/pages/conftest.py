"""One store for all tests of pages that change nothing in it."""

from pathlib import Path

import pytest

from tests.kits.pages import filled


@pytest.fixture(scope="session")
def root(tmp_path_factory) -> Path:
    """A store with two runs, the second blessed and served."""
    return filled(tmp_path_factory.mktemp("pages") / "store").root
