"""The data's contract as a file: frozen, strict, and itself again."""

import json

import pytest
from pydantic import ValidationError

from pipeline_components.data.schema import DataSchema, ImageSchema, read_schema
from pipeline_components.errors import BadData

SCHEMA = DataSchema(dataset="mnist", classes=["0", "1"], splits={"train": 5})


def test_a_schema_is_read_again_and_what_it_leaves_out_has_mnists_values(tmp_path):
    (tmp_path / "schema.json").write_text(SCHEMA.model_dump_json())
    assert read_schema(tmp_path / "schema.json") == SCHEMA
    (tmp_path / "schema.json").write_text('{"dataset": "mnist", "classes": ["0", "1"]}')
    found = read_schema(tmp_path / "schema.json")
    assert found.image == ImageSchema(shape=[28, 28], dtype="uint8", minimum=0, maximum=255)
    assert found.splits == {}


@pytest.mark.parametrize(
    "change",
    [
        {"classes": ["only"]},
        {"classes": [str(n) for n in range(257)]},
        {"classes": ["0", "1", "0"]},
        {"classes": ["0", ""]},
        {"dataset": ""},
        {"splits": {"train": 1.5}},
        {"splits": {"train": 0}},
        {"splits": {"trian": 5}},
        {"sizes": {}},
    ],
)
def test_what_is_no_schema_is_refused(tmp_path, change):
    content = SCHEMA.model_dump(mode="json") | change
    with pytest.raises(ValidationError):
        DataSchema.model_validate(content)
    (tmp_path / "schema.json").write_text(json.dumps(content))
    with pytest.raises(BadData, match=r"schema\.json: not a schema \(1 validation error .*\): run preprocess again"):
        read_schema(tmp_path / "schema.json")


def test_a_missing_schema_is_named(tmp_path):
    with pytest.raises(BadData, match=r"schema\.json: not a schema \(.*No such file"):
        read_schema(tmp_path / "schema.json")
