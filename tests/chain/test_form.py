"""The trigger form's JSON schemas, made from the pydantic models."""

from enum import StrEnum
from typing import Literal

import pytest
from pydantic import Field

from pipeline_components.chain.components import run_components
from pipeline_components.chain.config import PipelineConfig
from pipeline_components.chain.form import BOUNDS, field, flat_schema, for_the_form, force_schema, title
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
        "description": "Passes over the training split. A whole number from 1 to 1,000.",
        "allOf": [{"maximum": 1000, "minimum": 1}],
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
    assert (threshold["allOf"], threshold["default"]) == ([{"minimum": 0, "maximum": 1}], None)
    assert threshold["description"].endswith("From 0 to 1, or empty.")
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


def test_no_number_is_changed_by_the_form_and_every_bound_is_told() -> None:
    """Airflow's form puts `minimum` in place of a smaller number, and says nothing."""
    assert not [name for name, each in flat_schema().items() if set(BOUNDS) & set(each)]
    bounded = {name: each for name, each in flat_schema().items() if "allOf" in each}
    assert len(bounded) > 20
    for each in bounded.values():
        told = each["description"].replace(",", "")
        bounds = each["allOf"][0].items()
        assert all(f"{bound}" in told or f"{bound - 1}" in told for _, bound in bounds), told


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 1000}, "A whole number from 1 to 1,000."),
        ({"type": "integer", "minimum": 0, "exclusiveMaximum": 2**31}, "A whole number from 0 to 2,147,483,647."),
        ({"type": ["integer", "null"], "exclusiveMinimum": 0}, "A whole number, at least 1, or empty."),
        ({"type": "number", "exclusiveMinimum": 0, "maximum": 0.5}, "More than 0, at most 0.5."),
        ({"type": "number", "minimum": 0}, "At least 0."),
    ],
)
def test_bounds_in_words(schema: dict[str, object], said: str) -> None:
    assert field("width", schema | {"description": "How wide."})["description"] == f"How wide. {said}"


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("size_budget_mb", "Size budget (MB)"),
        ("latency_p50_budget_ms", "Latency p50 budget (ms)"),
        ("epochs", "Epochs"),
        ("s", "S"),
    ],
)
def test_a_label_is_words_and_a_unit(name: str, label: str) -> None:
    assert title(name) == label


def test_a_budget_says_that_it_is_a_limit() -> None:
    budgets = [each["description"] for name, each in flat_schema().items() if "budget" in name]
    assert len(budgets) == 5 and all(each.startswith("Limit: ") for each in budgets)


def test_force_offers_every_component() -> None:
    assert force_schema()["examples"] == [each.name for each in run_components()]


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


@pytest.mark.parametrize(
    ("advice", "said"),
    [
        (
            "put it into a folder and name it with --manual-dir, or set --dataset to mnist_sample",
            "put it into a folder and name it with DIGITS_MANUAL_DIR, "
            "or set “Dataset” in the form (--dataset) to mnist_sample",
        ),
        ("raise --size-budget-mb", "raise “Size budget (MB)” in the form (--size-budget-mb)"),
        ("/data/--dataset: try --again, -- or not", "/data/--dataset: try --again, -- or not"),
    ],
)
def test_advice_speaks_of_what_a_form_has(advice: str, said: str) -> None:
    assert for_the_form(advice) == said
