"""What examples are held against: the data of an artifact before."""

import json

import pytest

from pipeline_components.data.schema import DataSchema
from pipeline_components.errors import BadData
from pipeline_components.preprocess.baseline import of_artifact

DIGITS = [str(digit) for digit in range(10)]
SPLITS = {"train": {"examples": 3}, "test": {"examples": 2}}
STATISTICS = {"splits": SPLITS}


@pytest.fixture
def artifact(tmp_path):
    """A preprocess artifact of the sample, as far as a baseline reads it."""
    (tmp_path / "schema.json").write_text(DataSchema(dataset="mnist_sample", classes=DIGITS).model_dump_json())
    (tmp_path / "statistics.json").write_text(json.dumps(STATISTICS))
    return tmp_path


def test_an_artifact_gives_its_line_classes_and_splits(artifact):
    found = of_artifact(artifact)
    assert (found.name, found.line) == ("the data of the served model (mnist_sample)", "mnist")
    assert (found.classes, found.splits) == (DIGITS, SPLITS)


@pytest.mark.parametrize(
    ("dataset", "classes", "fits"),
    [("mnist", DIGITS, True), ("kmnist", DIGITS, False), ("mnist", DIGITS[::-1], False), ("mnist", DIGITS[:9], False)],
)
def test_data_of_the_same_line_and_classes_can_be_compared(artifact, dataset, classes, fits):
    assert of_artifact(artifact).fits(DataSchema(dataset=dataset, classes=classes)) is fits


@pytest.mark.parametrize(
    ("file", "content"),
    [("schema.json", "{}"), ("schema.json", None), ("statistics.json", "[]"), ("statistics.json", '{"splits": {}}')],
)
def test_a_folder_that_is_none_is_named(artifact, file, content):
    (artifact / file).unlink() if content is None else (artifact / file).write_text(content)
    with pytest.raises(BadData, match=rf"^{artifact}: not a baseline \(.*\): give a folder that preprocess made$"):
        of_artifact(artifact)
