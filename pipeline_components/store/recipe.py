"""What an artifact is made from, and how two recipes differ."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from pipeline_components.errors import StoreError
from pipeline_components.store import ids
from pipeline_components.store.artifact import Artifact
from pipeline_components.store.manifest import Manifest, each_input, recipe_key
from pipeline_components.store.reason import Change, changes_between

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
    does something outside that has moved. The `environment`, such as the CPU's flags, is written down, not in the key;
    nor is `served_as`, {input: the served version that it was}: a rollback gives the same bytes another version.
    """

    component: str
    config: dict[str, Any]
    inputs: Mapping[str, Input]
    source: dict[str, str]
    libraries: dict[str, str]
    outside: Mapping[str, Outside] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    served_as: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not ids.is_component(self.component):
            raise StoreError(
                f"{ids.shown(self.component)}: not a component's name: lower-case letters, digits and _ expected"
            )

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


def changes(before: Manifest, recipe: Recipe) -> tuple[Change, ...]:
    """What differs, most telling first; a changed file of the source tells more than one that came or went."""
    inputs, outside = (before.inputs, recipe.inputs_json), (before.outside, recipe.outside_json)
    source = changes_between("source", before.source, recipe.source)
    return (
        *changes_between("config", before.config, recipe.config),
        *changes_between("input", *_each("content", *inputs), told=_each("id", *inputs)),
        *sorted(source, key=lambda each: (each.after is None, each.before is None)),
        *changes_between("library", before.libraries, recipe.libraries),
        *changes_between("outside", *_each("sha256", *outside), told=(_places(outside[0]), _places(outside[1]))),
    )


def _each(term: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    return each_input(before, term), each_input(after, term)


def _places(outside: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    return {name: f"{value['path']} ({value['sha256'][:8]})" for name, value in outside.items()}
