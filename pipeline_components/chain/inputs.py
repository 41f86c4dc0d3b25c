"""Inputs of a component that is run alone (`digits train`): the newest artifacts that fit."""

from collections.abc import Mapping

from pipeline_components.chain.components import Component
from pipeline_components.errors import ArtifactNotFound, BadConfig
from pipeline_components.store import Artifact, Store


def chosen_inputs(store: Store, component: Component, given: Mapping[str, str]) -> dict[str, str]:
    """Component → artifact id for every input: as given, else as the inputs after it were made, else the newest."""
    chosen: dict[str, str] = {}
    inherited: dict[str, str] = {}
    for name, source in reversed(list(component.inputs.items())):
        asked = given.get(name) or inherited.get(name)
        artifact = store.artifact(asked) if asked else newest(store, source)
        if artifact.component != source:
            raise BadConfig(f"--{name}: {artifact.id} found, an artifact of {source} expected")
        chosen[source] = artifact.id
        inputs = artifact.manifest.inputs
        inherited |= {key: each["id"] for key, each in inputs.items() if isinstance(each, dict)}
    return chosen


def newest(store: Store, component: str) -> Artifact:
    """The newest artifact of a component; raises ArtifactNotFound when there is none."""
    found = next(store.newest(component), None)
    if found is None:
        raise ArtifactNotFound(f"{store.root}: no {component} artifact yet: run `digits {component}` first")
    return found
