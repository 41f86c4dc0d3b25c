"""Recipes for `digits reproduce` and `replay`: what made an artifact, or would make what a run did not finish."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeGuard

from pydantic import ValidationError

from pipeline_components.chain.components import COMPONENTS, Component
from pipeline_components.chain.config import PipelineConfig, in_one_line
from pipeline_components.chain.produce import Folders, make, plan, recipe_of
from pipeline_components.errors import BadConfig, BadData, StoreError, nearest
from pipeline_components.store import Artifact, Recipe, Store
from pipeline_components.store.ids import is_id


@dataclass(frozen=True)
class Again:
    """A recipe with the code and libraries of now, and what makes it in a folder."""

    recipe: Recipe
    make: Callable[[Path], Mapping[str, Any]]


def component_named(name: str) -> Component:
    """The component of that name; raises BadConfig with the nearest name."""
    if name not in COMPONENTS:
        raise BadConfig(f"unknown component {name!r}{nearest(name, COMPONENTS)}")
    return COMPONENTS[name]


def artifact_again(store: Store, artifact: Artifact, outside: Folders) -> Again:
    """The recipe that an artifact was made by; raises BadData when a folder outside the store is not as it was.

    Folders are looked for where they were, unless `outside` names them.
    """
    component, manifest = component_named(artifact.component), artifact.manifest
    inputs = {
        name: [store.artifact(each["id"]) for each in value] if isinstance(value, list) else store.artifact(value["id"])
        for name, value in manifest.inputs.items()
    }
    parameters, digests = dict(manifest.config), {name: each["sha256"] for name, each in manifest.outside.items()}
    for name in component.outside:
        if then := parameters.pop(f"{name}_sha256", None):  # in manifests of format 1, which knew no place
            digests[name] = then
    try:
        config = component.config.model_validate(parameters)
    except ValidationError as error:
        raise BadConfig(f"{artifact.id}: made with other parameters than there are now: {in_one_line(error)}") from None
    folders = {name: Path(each["path"]) for name, each in manifest.outside.items()} | dict(outside)
    for name in digests.keys() - folders.keys():
        raise BadConfig(f"{artifact.id}: {name}: its manifest names no folder: name it with --{name}")
    recipe = recipe_of(component, config, inputs, folders)
    for name, before in digests.items():
        if recipe.outside[name].sha256 != before:
            raise BadData(f"{folders[name]}: {name}: not what {artifact.id} was made from: name a folder that is")
    return Again(recipe, partial(make, component, recipe, folders))


def step_again(store: Store, record: Mapping[str, Any], name: str, outside: Folders) -> Again:
    """The recipe of one step of a recorded run; of a step that failed, from the run's parameters and what it had."""
    component, steps, parameters = component_named(name), record.get("steps"), record.get("parameters")
    if not _are_steps(steps) or not isinstance(parameters, dict):
        raise StoreError(f"{record['run_id']}: its record holds no steps and parameters as a run writes them")
    if name in steps:
        return artifact_again(store, store.artifact(steps[name]["id"]), outside)
    if not component.in_run:
        raise BadConfig(f"{name}: no step of {record['run_id']}: its steps: {', '.join(steps)}")
    made = {each: step["id"] for each, step in steps.items()}
    if lacking := [source for source in component.inputs.values() if source not in made]:
        raise StoreError(f"{record['run_id']}: {name} had no input: {lacking[0]} was not made in that run")
    recipe = plan(component, store, PipelineConfig.from_flat(parameters)[name], made, outside)
    return Again(recipe, partial(make, component, recipe, outside))


def _are_steps(value: object) -> TypeGuard[Mapping[str, Mapping[str, Any]]]:
    """Whether a record's steps are {component: {"id": …}}."""
    return isinstance(value, dict) and all(isinstance(each, dict) and is_id(each.get("id")) for each in value.values())
