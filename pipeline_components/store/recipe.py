"""What an artifact is made from, and how two recipes differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pipeline_components.store.artifact import Artifact
from pipeline_components.store.manifest import Manifest, each_input, recipe_key

Input = Artifact | Sequence[Artifact]


@dataclass(frozen=True)
class Recipe:
    """Component, config, inputs, source and libraries: equal keys mean equal artifacts.

    An input counts by its bytes: one that was made again with the same result changes nothing downstream.
    """

    component: str
    config: dict[str, Any]
    inputs: Mapping[str, Input]
    source: dict[str, str]
    libraries: dict[str, str]

    @cached_property
    def key(self) -> str:
        """The digest that a published artifact is found by."""
        return recipe_key(
            self.component, self.config, each_input(self.inputs_json, "content"), self.source, self.libraries
        )

    @cached_property
    def inputs_json(self) -> dict[str, Any]:
        """The inputs as a manifest names them."""
        return {
            name: value.as_input() if isinstance(value, Artifact) else [each.as_input() for each in value]
            for name, value in self.inputs.items()
        }

    def artifacts(self) -> list[Artifact]:
        """Every input artifact."""
        return [each for value in self.inputs.values() for each in ([value] if isinstance(value, Artifact) else value)]


def changes(before: Manifest, recipe: Recipe) -> list[str]:
    """What differs, most telling first: `config epochs 20 → 3`, `source pipeline_components/train.py changed`."""
    return [
        *_terms("config", before.config, recipe.config),
        *_inputs(before.inputs, recipe.inputs_json),
        *_source(before.source, recipe.source),
        *_terms("library", before.libraries, recipe.libraries),
    ]


def _terms(kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    names = [*after, *(name for name in before if name not in after)]
    return [
        f"{kind} {name} {_shown(before, name)} → {_shown(after, name)}"
        for name in names
        if (name in before) != (name in after) or before.get(name) != after.get(name)
    ]


def _inputs(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    old, new = each_input(before, "content"), each_input(after, "content")
    names = each_input(before, "id"), each_input(after, "id")
    return [
        f"input {name} {_shown(names[0], name)} → {_shown(names[1], name)}"
        for name in [*new, *(name for name in old if name not in new)]
        if old.get(name) != new.get(name)
    ]


def _source(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    changed = [f"source {name} changed" for name in after if name in before and before[name] != after[name]]
    added = [f"source {name} added" for name in after if name not in before]
    return [*changed, *added, *(f"source {name} removed" for name in before if name not in after)]


def _shown(values: Mapping[str, Any], name: str) -> str:
    if name not in values:
        return "(none)"
    value = values[name]
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
