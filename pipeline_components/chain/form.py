"""The trigger form: every parameter of a retraining as a flat JSON schema, made from the pydantic models alone."""

import re
from collections.abc import Mapping
from typing import Any

from pipeline_components.chain.components import run_components
from pipeline_components.chain.config import PipelineConfig
from pipeline_components.config import Config

UNITS = {"mb": "MB", "ms": "ms", "s": "s", "h": "hours"}
BOUNDS = {
    "minimum": "at least",
    "exclusiveMinimum": "more than",
    "maximum": "at most",
    "exclusiveMaximum": "less than",
}


def force_schema() -> dict[str, Any]:
    """The field that chooses components to make again."""
    components = [component.name for component in run_components()]
    return {
        "default": [],
        "type": ["array", "null"],
        "items": {"type": "string", "enum": components},
        "uniqueItems": True,
        "examples": components,  # what a form offers to choose from
        "title": "Make again",
        "description": "Components to make again (the parameter `force`) although the store has what they would make.",
        "section": "Cache",
    }


def flat_schema(models: Mapping[str, type[Config]] | None = None) -> dict[str, dict[str, Any]]:
    """Parameter → its JSON schema with default, title, description and bounds; `section` says where it stands."""
    return {
        name: {"section": part.capitalize()} | field(name, schema)
        for part, model in (models or PipelineConfig.models()).items()
        for name, schema in _properties(model).items()
    }


def field(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with a title that people read, and its bounds in the description and in `allOf`.

    Airflow's form would put the nearest bound in place of a number outside `minimum` and `maximum`, and say nothing
    (3.3.2); in `allOf` it leaves them alone, and a request with that number is answered with the reason.
    """
    bounds = {key: schema[key] for key in BOUNDS if key in schema}
    shown = {key: value for key, value in schema.items() if key not in bounds} | {"title": title(name)}
    if not bounds:
        return shown
    empty = ", or empty" if "null" in schema["type"] else ""
    return shown | {
        "allOf": [bounds],
        "description": f"{schema['description']} {_in_words(bounds, 'integer' in schema['type'])}{empty}.",
    }


def title(name: str) -> str:
    """`size_budget_mb` as `Size budget (MB)`."""
    *words, last = name.split("_")
    if words and last in UNITS:
        return f"{' '.join(words).capitalize()} ({UNITS[last]})"
    return " ".join([*words, last]).capitalize()


def for_the_form(advice: str) -> str:
    """Advice for the command line as one for the trigger form: a flag's field there, or the variable for a folder."""
    fields = flat_schema()
    variables = {name: each.env_var for component in run_components() for name, each in component.outside.items()}

    def said(flag: re.Match[str]) -> str:
        name = flag[0][2:].replace("-", "_")
        field = f"“{fields[name]['title']}” in the form ({flag[0]})" if name in fields else flag[0]
        return variables.get(name, field)

    return re.sub(r"(?<!\S)--[a-z][a-z-]*", said, advice)


def _in_words(bounds: Mapping[str, float], whole: bool) -> str:
    """`A whole number from 1 to 1,000`, `More than 0, at most 0.5`."""
    if whole:
        bounds = {
            key.replace("exclusiveM", "m"): bound + {"exclusiveMinimum": 1, "exclusiveMaximum": -1}.get(key, 0)
            for key, bound in bounds.items()
        }
    kind = "a whole number, " if whole else ""
    if {"minimum", "maximum"} == set(bounds):
        said = f"{kind.replace(',', '')}from {bounds['minimum']:,} to {bounds['maximum']:,}"
    else:
        said = kind + ", ".join(f"{words} {bounds[key]:,}" for key, words in BOUNDS.items() if key in bounds)
    return said[:1].upper() + said[1:]


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
