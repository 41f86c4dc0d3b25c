"""The trigger form: every parameter of a retraining as a flat JSON schema, made from the pydantic models alone."""

from collections.abc import Mapping
from typing import Any

from pipeline_components.chain.config import PipelineConfig
from pipeline_components.config import Config


def force_schema() -> dict[str, Any]:
    """The field that chooses components to make again."""
    components = list(PipelineConfig.models())
    return {
        "default": [],
        "type": ["array", "null"],
        "items": {"type": "string", "enum": components},
        "uniqueItems": True,
        "examples": components,  # what a form offers to choose from
        "title": "Force",
        "description": "Components to make again although the store has what they would make.",
        "section": "Cache",
    }


def flat_schema(models: Mapping[str, type[Config]] | None = None) -> dict[str, dict[str, Any]]:
    """Parameter → its JSON schema with default, title, description and bounds; `section` names its component."""
    return {
        name: schema | {"section": part.capitalize()}
        for part, model in (models or PipelineConfig.models()).items()
        for name, schema in _properties(model).items()
    }


def _properties(model: type[Config]) -> dict[str, dict[str, Any]]:
    whole = model.model_json_schema()
    definitions = whole.get("$defs", {})
    return {name: _inlined(schema, definitions) for name, schema in whole.get("properties", {}).items()}


def _inlined(schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """The schema with no reference in it, and `T | None` as T with the type null allowed: forms show no anyOf.

    Ours, because a library that resolves references (jsonref) would save two of these lines and leave the rest.
    """
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return _inlined(definitions[name] | {key: schema[key] for key in schema if key != "$ref"}, definitions)
    if "anyOf" not in schema:
        return schema
    branches = [_inlined(branch, definitions) for branch in schema["anyOf"]]
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    given = [branch for branch in branches if branch.get("type") != "null"]
    if len(given) != 1 or len(given) == len(branches):
        return schema
    nullable = given[0] | {"type": [given[0]["type"], "null"]}
    return nullable | ({"enum": [*nullable["enum"], None]} if "enum" in nullable else {}) | rest
