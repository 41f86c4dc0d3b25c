"""A model's file: its bytes follow from the model alone, and it is the model."""

import json
import re
import zipfile

import numpy as np
import pytest

from pipeline_components import models
from pipeline_components.train.archive import renumbered, save_model


@pytest.fixture(scope="module")
def network():
    return models.network("mlp").build(3, 0)


def test_the_archive_holds_no_date_no_address_and_no_optimizer(network, tmp_path):
    save_model(network, tmp_path / "model.keras")
    with zipfile.ZipFile(tmp_path / "model.keras") as archive:
        assert archive.namelist() == ["config.json", "metadata.json", "model.weights.h5"]
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert json.loads(archive.read("metadata.json"))["date_saved"] == "1980-01-01@00:00:00"
        config = archive.read("config.json").decode()
        assert '"shared_object_id": 1}' in config and re.findall(r": \d{10,}", config) == []
        assert b"optimizer" not in archive.read("model.weights.h5")


def test_one_model_is_one_file_and_is_itself_when_loaded(network, tmp_path):
    import keras

    twin = models.network("mlp").build(3, 0)
    for name, each in (("a", network), ("b", twin), ("other", models.network("mlp").build(3, 1))):
        save_model(each, tmp_path / f"{name}.keras")
    a, b, other = ((tmp_path / f"{name}.keras").read_bytes() for name in ("a", "b", "other"))
    assert a == b != other
    images = np.random.default_rng(0).integers(0, 256, (4, 28, 28), dtype=np.uint8)
    np.testing.assert_array_equal(keras.models.load_model(tmp_path / "a.keras")(images), network(images))


def test_ids_are_counted_from_one_in_their_order_and_what_was_shared_stays_shared():
    config = '{"shared_object_id": 140512}, {"shared_object_id": 77}, {"shared_object_id": 140512}, {"units": 140512}'
    assert renumbered(config) == (
        '{"shared_object_id": 1}, {"shared_object_id": 2}, {"shared_object_id": 1}, {"units": 140512}'
    )
