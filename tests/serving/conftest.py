"""What the server's tests share."""

import pytest


@pytest.fixture
def folder(tmp_path):
    """A folder of two versions."""
    for number in (1, 2):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "saved_model.pb").touch()
    return tmp_path
