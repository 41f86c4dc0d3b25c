"""The evaluated model that export reads."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest

from pipeline_components.data.examples import read_examples
from pipeline_components.data.exported_model import Identity
from pipeline_components.errors import BadModel
from pipeline_components.export import export
from pipeline_components.export.evaluated import identity, load_network
from tests.kits.exports import CONFIG


def test_a_truncated_model_file_is_bad_model(artifacts, tmp_path):
    examples, model, evaluation = artifacts
    whole = (model / "model.keras").read_bytes()
    (tmp_path / "model.keras").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadModel, match=r"model\.keras"):
        export(examples, tmp_path, evaluation, out=tmp_path, config=CONFIG)


def test_the_network_comes_back_as_it_was_evaluated(artifacts):
    examples, model, evaluation = artifacts
    network = load_network(model / "model.keras")
    images = read_examples(examples / "test.arrow").image[:5].astype(np.float32)
    seen = np.stack(pq.read_table(evaluation / "predictions.parquet")["probabilities"].to_numpy()[:5])
    np.testing.assert_allclose(network.predict(images, verbose=0), seen, atol=1e-6)


def test_no_file_and_no_network_are_one_line_each(tmp_path):
    (tmp_path / "text.keras").write_text("x")
    for name in ("none.keras", "text.keras"):
        with pytest.raises(
            BadModel, match=rf"{name}: not a Keras model that can be loaded \(.*\): train again$"
        ) as caught:
            load_network(tmp_path / name)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("dataset", "line"), [("mnist_sample", "mnist"), ("kmnist", "kmnist"), ("my_own", "my_own")])
def test_a_model_is_of_its_examples_classes_dataset_and_line(tmp_path, dataset, line):
    (tmp_path / "schema.json").write_text(json.dumps({"dataset": dataset, "classes": ["a", "b"]}))
    assert identity(tmp_path) == Identity(["a", "b"], dataset, line)
