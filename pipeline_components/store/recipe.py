"""What an artifact is made from, and how two recipes differ."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from pipeline_components.store.artifact import Artifact
from pipeline_components.store.manifest import Manifest, each_input, recipe_key

Input = Artifact | Sequence[Artifact]


@dataclass(frozen=True)
class Outside:
    """Something that a component reads and the store does not hold, such as a folder of images, and its digest."""

    path: str
    sha256: str


@dataclass(frozen=True)
class Recipe:
    """Component, config, inputs, source, libraries and what is outside the store: equal keys mean equal artifacts.

    An input counts by its bytes: one that was made again with the same result changes nothing downstream; neither
    does something outside that has moved. The `environment`, such as the CPU's flags, is written down, not in the key.
    """

    component: str
    config: dict[str, Any]
    inputs: Mapping[str, Input]
    source: dict[str, str]
    libraries: dict[str, str]
    outside: Mapping[str, Outside] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def key(self) -> str:
        """The digest that a published artifact is found by."""
        contents, outside = each_input(self.inputs_json, "content"), each_input(self.outside_json, "sha256")
        return recipe_key(self.component, self.config, contents, self.source, self.libraries, outside)

    @cached_property
    def inputs_json(self) -> dict[str, Any]:
        """The inputs as a manifest names them."""
        return {
            name: value.as_input() if isinstance(value, Artifact) else [each.as_input() for each in value]
            for name, value in self.inputs.items()
        }

    @property
    def outside_json(self) -> dict[str, dict[str, str]]:
        """What is outside as a manifest names it."""
        return {name: asdict(value) for name, value in self.outside.items()}

    def artifacts(self) -> list[Artifact]:
        """Every input artifact."""
        return [each for value in self.inputs.values() for each in ([value] if isinstance(value, Artifact) else value)]


def changes(before: Manifest, recipe: Recipe) -> list[str]:
    """What differs, most telling first: `config epochs 20 → 3`, `source pipeline_components/train.py changed`."""
    inputs, outside = (before.inputs, recipe.inputs_json), (before.outside, recipe.outside_json)
    return [
        *_terms("config", before.config, recipe.config),
        *_terms(
            "input", *(each_input(each, "id") for each in inputs), *(each_input(each, "content") for each in inputs)
        ),
        *_source(before.source, recipe.source),
        *_terms("library", before.libraries, recipe.libraries),
        *_terms("outside", *map(_places, outside), *(each_input(each, "sha256") for each in outside)),
    ]


def _terms(
    kind: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    old: Mapping[str, Any] | None = None,
    new: Mapping[str, Any] | None = None,
) -> list[str]:
    """What differs in `old` and `new`, as `before` and `after` tell of it: by default these themselves differ."""
    old, new = before if old is None else old, after if new is None else new
    return [
        f"{kind} {name} {_shown(before, name)} → {_shown(after, name)}"
        for name in [*after, *(name for name in before if name not in after)]
        if (name in old) != (name in new) or old.get(name) != new.get(name)
    ]


def _source(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    changed = [f"source {name} changed" for name in after if name in before and before[name] != after[name]]
    added = [f"source {name} added" for name in after if name not in before]
    return [*changed, *added, *(f"source {name} removed" for name in before if name not in after)]


def _places(outside: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    return {name: f"{value['path']} ({value['sha256'][:8]})" for name, value in outside.items()}


def _shown(values: Mapping[str, Any], name: str) -> str:
    if name not in values:
        return "(none)"
    value = values[name]
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
