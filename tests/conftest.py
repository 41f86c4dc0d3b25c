"""What tests share."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def mnist_dir() -> Path:
    """The folder with MNIST's four original files; tests that need it are skipped by name where it is not."""
    folder = os.environ.get("DIGITS_MANUAL_DIR")
    if not folder or not (Path(folder) / "train-images-idx3-ubyte.gz").is_file():
        pytest.skip("needs all of MNIST: set DIGITS_MANUAL_DIR to the folder with its four original files")
    return Path(folder).resolve()
