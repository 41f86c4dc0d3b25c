"""The reference of a line: of the package, carried on unchanged, replaced by nobody but a person."""

import json

import numpy as np
import pyarrow as pa
import pytest

from pipeline_components.data.examples import Examples
from pipeline_components.data.schema import DataSchema
from pipeline_components.errors import BadData
from pipeline_components.json_files import write_json
from pipeline_components.preprocess import fixed_reference
from pipeline_components.preprocess.statistics import measured_part
from tests.kits.tfds import handwriting

DIGITS = list("0123456789")
MNIST = DataSchema(dataset="mnist", classes=DIGITS)


@pytest.fixture(scope="module")
def own():
    """What 2,000 digits are as a reference."""
    parts = {
        name: measured_part(name, Examples(*split, pa.array([f"{name}/{i}" for i in range(len(split[1]))])), DIGITS)
        for name, split in handwriting().items()
    }
    schema = DataSchema(dataset="mnist_sample", classes=DIGITS)
    return fixed_reference.described("mine", schema, parts, np.full(10, 0.1), np.zeros((28, 28)))


@pytest.mark.parametrize("dataset", ["mnist", "mnist_sample"])
def test_a_line_has_a_reference_made_of_all_its_data(dataset):
    found = fixed_reference.chosen(None, DataSchema(dataset=dataset, classes=DIGITS))
    assert (found.baseline.name, found.baseline.line) == ("the reference of mnist", "mnist")
    assert {name: part["examples"] for name, part in found.baseline.splits.items()} == {"train": 54_000, "test": 10_000}
    assert found.links.max() == pytest.approx(0.43, abs=0.01)
    assert found.disagreement.mean() == pytest.approx(0.078, abs=0.002)
    assert found.appearance is not None


def test_a_line_that_is_not_known_has_none_until_it_is_described(own, tmp_path):
    schema = DataSchema(dataset="kmnist", classes=DIGITS)
    assert fixed_reference.chosen(None, schema) is None
    write_json(tmp_path / "reference.json", own.as_json())
    assert fixed_reference.chosen(tmp_path, schema) is None


def test_what_the_served_data_carries_on_goes_before_the_package(own, tmp_path):
    write_json(tmp_path / "reference.json", own.as_json())
    found = fixed_reference.chosen(tmp_path, MNIST)
    assert found.baseline == own.baseline and found.baseline.name == "mine (mnist_sample)"
    assert found.appearance is own.appearance is None  # 200 of a class are too few
    assert (found.disagreement.tolist(), found.links.tolist()) == (own.disagreement.tolist(), own.links.tolist())


def test_data_of_before_there_were_references_is_held_against_the_package(tmp_path):
    assert fixed_reference.chosen(tmp_path, MNIST).baseline.name == "the reference of mnist"


@pytest.mark.parametrize("change", [{"splits": None}, {"links": "x"}, {"appearance": {"mean": [[0.0]]}}])
def test_a_file_that_is_none_is_named(own, tmp_path, change):
    file = tmp_path / "reference.json"
    file.write_text(json.dumps(own.as_json() | change))
    with pytest.raises(BadData, match=rf"^{file}: not a reference \(.*\): serve another version, or none$"):
        fixed_reference.chosen(tmp_path, MNIST)
