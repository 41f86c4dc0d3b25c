"""The trigger form's JSON schemas, made from the pydantic models."""

from enum import StrEnum
from typing import Literal

import pytest
from pydantic import Field

from pipeline_components.chain.config import PipelineConfig
from pipeline_components.chain.form import flat_schema, force_schema
from pipeline_components.config import Config
from pipeline_components.errors import BadConfig
from pipeline_components.models import NETWORKS


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class PaintConfig(Config):
    colour: Colour = Field(Colour.RED, description="Which.")
    layers: int | None = Field(None, ge=1, le=9, description="How many.")
    finish: Literal["matt", "gloss"] | None = Field("matt", description="What kind.")
    width: float | int = Field(1, description="How wide.")


def test_every_field_is_there_with_its_words_and_bounds() -> None:
    schema = flat_schema()
    assert list(schema) == list(PipelineConfig().flat())
    assert schema["epochs"] == {
        "default": 20,
        "description": PipelineConfig.models()["train"].model_fields["epochs"].description,
        "maximum": 1000,
        "minimum": 1,
        "section": "Train",
        "title": "Epochs",
        "type": "integer",
    }


def test_names_are_offered_to_choose_from() -> None:
    schema = flat_schema()
    assert schema["network"]["enum"] == list(NETWORKS)
    assert schema["dataset"]["examples"][:3] == ["auto", "mnist", "mnist_sample"]


def test_a_parameter_that_may_be_absent_has_type_null_beside_its_own() -> None:
    threshold = flat_schema()["accuracy_threshold"]
    assert threshold["type"] == ["number", "null"]
    assert (threshold["minimum"], threshold["maximum"], threshold["default"]) == (0, 1, None)
    assert "anyOf" not in threshold


def test_a_new_component_appears_by_itself_with_enums_spelled_out() -> None:
    schema = flat_schema({"paint": PaintConfig})
    assert {name for name, each in schema.items() if each["section"] == "Paint"} == set(PaintConfig.model_fields)
    assert schema["colour"]["enum"] == ["red", "blue"]
    assert (schema["colour"]["default"], schema["colour"]["type"]) == ("red", "string")
    assert schema["finish"]["enum"] == ["matt", "gloss", None]
    assert schema["finish"]["type"] == ["string", "null"]
    assert schema["layers"]["type"] == ["integer", "null"]
    assert len(schema["width"]["anyOf"]) == 2


def test_force_offers_every_component() -> None:
    assert force_schema()["examples"] == list(PipelineConfig.models())


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"epohcs": 3}, "unknown parameter 'epohcs'; did you mean 'epochs'"),
        ({"epochs": 5.0}, "epochs: 5.0 found"),
        ({"learning_rate": float("nan")}, "learning_rate: nan found"),
        ({"dataset": "mnist\n"}, "dataset: 'mnist\\\\n' found"),
    ],
)
def test_what_a_schema_lets_through_the_models_refuse(parameters: dict[str, object], message: str) -> None:
    with pytest.raises(BadConfig, match=message):
        PipelineConfig.from_flat(parameters)
