"""Finds or makes one component's artifact by its recipe, and lets through the gate what may be served.

Nothing here loads TensorFlow until a component has to run.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from pipeline_components import quiet
from pipeline_components.chain.components import Component
from pipeline_components.chain.environment import environment_of
from pipeline_components.chain.gate import check_gate, shut
from pipeline_components.chain.references import served_as
from pipeline_components.config import Config
from pipeline_components.store import Artifact, Hit, Outcome, Outside, Recipe, Store, code_of

log = logging.getLogger(__name__)

Made = Mapping[str, str]
Folders = Mapping[str, Path]
Gathered = Mapping[str, Sequence[str]]
NOTHING: Gathered = {}


def produce(
    component: Component,
    store: Store,
    config: Config,
    made: Made,
    *,
    outside: Folders | None = None,
    watch: Callable[[Any], None] | None = None,
    force: bool = False,
    run_id: str | None = None,
) -> Outcome:
    """A component's artifact: `made` names those of the components before it, `outside` folders that it reads.

    `watch` is told what a long one tells meanwhile.
    """
    outside = outside or {}
    recipe = plan(component, store, config, made, outside)
    if component.gated:
        check_gate(store, made[component.inputs["evaluation"]])
    besides: dict[str, Any] = {"workspace": store.workspace(recipe)} if component.resumed else {}
    besides |= {"watch": watch} if watch else {}
    outcome = store.produce(recipe, partial(make, component, recipe, outside, **besides), force=force, run_id=run_id)
    log.info("%s  %s", outcome.artifact.id, outcome.why)
    return outcome


def plan(
    component: Component, store: Store, config: Config, made: Made, outside: Folders, gathered: Gathered = NOTHING
) -> Recipe:
    """The recipe of the component's next artifact: config settled, inputs by id, and what it is compared with."""
    inputs: dict[str, Any] = {name: store.artifact(made[source]) for name, source in component.inputs.items()}
    inputs |= {name: [store.artifact(each) for each in gathered.get(name, ())] for name in component.gathered}
    for parameter, taken in component.taken.items():
        if named := getattr(config, parameter):
            inputs[taken.name] = taken.artifact(store, named)
            config = taken.take(config, inputs[taken.name])
    for parameter, choose in component.begins_from.items():
        begun = choose(store, config, inputs)
        config = config.model_copy(update={parameter: begun and begun.id})
        inputs |= {parameter: begun} if begun else {}
    for name, reference in component.references.items():
        chosen = reference(store, inputs)
        if chosen is not None:
            inputs[name] = chosen

    def is_made(asked: Config) -> bool:
        return isinstance(store.find(recipe_of(component, asked, inputs, outside)), Hit)

    settled = component.settle(config, is_made, outside) if component.settle else config
    empty = {name: count for name, count in component.counted.items() if getattr(config, name) is None}
    settled = settled.model_copy(update={name: count(store, inputs) for name, count in empty.items()})
    served = {name: version for name in component.references if (version := served_as(store, inputs.get(name)))}
    return replace(recipe_of(component, settled, inputs, outside), served_as=served)


def recipe_of(component: Component, config: Config, inputs: Mapping[str, Any], outside: Folders) -> Recipe:
    """The recipe of a component with this very config and these very inputs, and the code and libraries of now."""
    code = code_of(component.module, "pipeline_components", component.chosen(config))
    return Recipe(
        component=component.name,
        config=config.model_dump(mode="json"),
        inputs=inputs,
        source=code.source,
        libraries=code.libraries,
        outside=digests(component, outside),
        environment=environment_of(code),
    )


def digests(component: Component, outside: Folders) -> dict[str, Outside]:
    """The outside folders whose content is part of the recipe."""
    return {
        name: Outside(str(outside[name].resolve()), folder.digest(outside[name]))
        for name, folder in component.outside.items()
        if folder.digest and name in outside
    }


def make(component: Component, recipe: Recipe, outside: Folders, out: Path, **besides: Any) -> Mapping[str, Any]:
    """Run a recipe's component: it writes into the folder `out`; returns its facts.

    It is not given the artifacts that its config was taken from, which is all that it has of them.
    """
    if "tensorflow" in recipe.libraries:
        quiet.import_tensorflow()
    only_taken = {taken.name for taken in component.taken.values()}
    folders = {name: _paths(each) for name, each in recipe.inputs.items() if name not in only_taken}
    given = {name: outside[name] for name in component.outside if name in outside}
    config = component.config.model_validate(recipe.config)
    return component.function(**folders, **given, **besides, out=out, config=config)


def _paths(artifacts: Artifact | Sequence[Artifact]) -> Path | list[Path]:
    return artifacts.path if isinstance(artifacts, Artifact) else [each.path for each in artifacts]


def is_skipped(component: Component, store: Store, made: Made, approval: str = "never") -> bool:
    """Whether the gate is shut before a component, or before one that it takes its inputs from."""
    if any(source not in made for source in component.inputs.values()):
        return True
    return component.gated and shut(store, made[component.inputs["evaluation"]], approval) is not None
